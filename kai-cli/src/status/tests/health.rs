use futures_util::FutureExt;
use kai_k8s::RequestObserver;
use tokio::time::{advance, sleep};

use super::state::Stall;
use super::*;
use crate::periodic::tests::observed;
use crate::testing::{Cluster, Receiver, Verdict};

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
    assert_eq!(state.health(), Err(Stall::Cycle(66 * SECOND)));
}

/// The clock of a paused runtime.
#[derive(Debug)]
struct Paused;

impl Clock for Paused {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn date(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// A state that the loop tells, over a cluster that takes its time.
async fn with_loop(takes: Duration, while_it_runs: impl AsyncFnOnce(&State)) {
    let state = Arc::new(State::with_clock(REQUEST_TIMEOUT, false, Arc::new(Paused)));
    let cluster = Cluster::of(&["a"]);
    cluster.take(takes);
    let end = while_it_runs(&state);
    let observer = Arc::<State>::clone(&state);
    observed(&[], &cluster, &Receiver::start(|_| Verdict::Yes), observer, end).await;
}

#[tokio::test(start_paused = true)]
async fn a_cycle_that_gets_no_further_makes_it_red_until_it_does() {
    with_loop(200 * SECOND, async |state| {
        sleep(119 * SECOND).await;
        assert_eq!(state.health(), Ok(()));
        sleep(10 * SECOND).await;
        assert!(matches!(state.health(), Err(Stall::Cycle(_))), "{:?}", state.health());
        sleep(72 * SECOND).await;
        assert_eq!(state.health(), Ok(()), "the cycle has ended");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_is_not_run_makes_it_red() {
    with_loop(Duration::ZERO, async |state| {
        sleep(SECOND).await;
        assert_eq!(state.health(), Ok(()));
        // Nothing else gets its turn meanwhile.
        advance(61 * SECOND).now_or_never();
        assert!(matches!(state.health(), Err(Stall::Scheduler(_))), "{:?}", state.health());
        sleep(SECOND).await;
        assert_eq!(state.health(), Ok(()));
    })
    .await;
}
