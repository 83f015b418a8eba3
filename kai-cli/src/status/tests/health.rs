use kai_k8s::RequestObserver;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

impl Bench {
    fn health(&self) -> (u16, String) {
        let answer = self.get("/healthz");
        (answer.status, answer.body)
    }

    /// Time passes in which the scheduler beats.
    fn beating(&self, seconds: u32) {
        for _ in 0..seconds {
            self.clock.advance(SECOND);
            self.state.beat();
        }
    }
}

fn green() -> (u16, String) {
    (200, "ok\n".to_owned())
}

fn red(why: &str) -> (u16, String) {
    (503, format!("{why}\n"))
}

#[test]
fn a_scheduler_that_is_silent_for_over_a_minute_is_red_until_it_beats() {
    let bench = Bench::new();
    for begun in [false, true] {
        println!("in a cycle: {begun}");
        if begun {
            bench.state.cycle_started();
        }
        bench.state.beat();
        bench.clock.advance(60 * SECOND);
        assert_eq!(bench.health(), green());
        bench.clock.advance(SECOND);
        assert_eq!(bench.health(), red("the scheduler has been silent for 61 s"));
        bench.state.beat();
        assert_eq!(bench.health(), green());
    }
}

#[test]
fn a_cycle_without_progress_within_twice_the_request_timeout_is_red_until_it_gets_on() {
    let bench = Bench::new();
    bench.beating(1000);
    assert_eq!(bench.health(), green(), "no cycle runs");
    bench.state.cycle_started();
    bench.beating(120);
    assert_eq!(bench.health(), green());
    bench.beating(1);
    assert_eq!(bench.health(), red("the cycle has made no progress for 121 s"));
    bench.state.progressed();
    assert_eq!(bench.health(), green());
    bench.beating(121);
    bench.state.cycle_ended(121 * SECOND, None);
    assert_eq!(bench.health(), green());
}

#[test]
fn neither_kubernetes_nor_anchore_makes_it_red() {
    let bench = Bench::new();
    for _ in 0..100 {
        bench.state.cycle_started();
        // Each try ends in a timeout.
        for _ in 0..2 {
            bench.beating(60);
            bench.state.answered(None);
            bench.state.progressed();
            assert_eq!(bench.health(), green());
        }
        bench.state.cycle_ended(120 * SECOND, None);
        bench.state.delivered(Outcome::Refused);
        assert_eq!(bench.health(), green());
    }
}

#[test]
fn a_plugin_may_take_its_minute_where_requests_are_short() {
    let clock = Hands::new();
    let state = State::with_clock(5 * SECOND, false, clock.clone());
    state.cycle_started();
    clock.advance(65 * SECOND);
    state.beat();
    assert_eq!(state.health(), Ok(()));
    clock.advance(SECOND);
    assert_eq!(state.health(), Err(state::Stall::Cycle(66 * SECOND)));
}
