//! What ran and ended is part of one report.

use super::*;

fn since(state: &ClusterState, mark: Mark) -> Vec<String> {
    images(&state.report(Window::Since(mark), at(999)))
}

#[test]
fn a_job_that_came_and_went_is_in_one_report() {
    let mut state = state_with([running("shop", 1, "nginx:1.27")]);
    let mark = state.mark();
    let job = || running("jobs", 2, "job:1");
    let namespace = Observed::Namespace(Namespace::new("jobs").with_uid("7"));
    state.apply(Change::Observed(namespace, Revision::new(200)), at(200));
    let created =
        pod("jobs", 2).with_container(Container::new(ContainerKind::Regular, "app", "job:1"));
    tell(&mut state, created, 201);
    tell(&mut state, job(), 202);
    tell(&mut state, succeeded(job()), 203);
    tell(&mut state, succeeded(job()), 204);
    end(&mut state, succeeded(job()), 205);
    assert_eq!(images(&state.report(Window::Now, at(0))), ["shop nginx:1.27"]);
    assert_eq!(since(&state, mark), ["jobs job:1", "shop nginx:1.27"]);
    assert_eq!(since(&state, state.mark()), ["shop nginx:1.27"]);

    let report = state.report(Window::Since(mark), at(0));
    assert_eq!(report.summary.pods, 2, "it is in it once");
    let table = report.containers.unwrap();
    let ids: Vec<_> =
        (0..1).flat_map(|at| table.containers_of(at)).map(|it| it.id.to_string()).collect();
    assert_eq!(ids, [format!("containerd://{:064x}", 2)]);
    let ended: Vec<_> = report.uses.unwrap().rows().map(|row| row.ended).collect();
    assert_eq!(ended, [Some(at(203)), None]);
}

#[test]
fn it_ran_if_its_containers_say_so_whatever_phases_were_seen() {
    let waiting =
        || pod("jobs", 2).with_container(Container::new(ContainerKind::Regular, "app", "job:1"));
    let ended = || succeeded(running("jobs", 2, "job:1"));
    // What was seen of the pod, in order, and whether it ran.
    let table: [(&str, Vec<Pod>, bool); 4] = [
        ("it was never seen to run", vec![waiting(), ended()], true),
        ("only its end was seen", vec![], true),
        ("it was seen ended first", vec![ended()], true),
        ("it never got to run", vec![waiting()], false),
    ];
    for (what, seen, ran) in table {
        let mut state = state_with([]);
        let mark = state.mark();
        for (number, pod) in seen.into_iter().enumerate() {
            tell(&mut state, pod, 201 + number as u64);
        }
        let last = if ran { ended() } else { waiting() };
        end(&mut state, last, 210);
        assert_eq!(since(&state, mark).len(), usize::from(ran), "{what}");
        // What comes again is no other run.
        end(&mut state, ended(), 210);
        tell(&mut state, ended(), 209);
        assert_eq!(since(&state, mark).len(), usize::from(ran), "{what}");
    }
}

#[test]
fn what_had_ended_before_is_no_news_and_what_ended_meanwhile_is() {
    let mut state = state_with([succeeded(running("jobs", 1, "old:1"))]);
    let mark = state.mark();
    assert_eq!(since(&state, mark), [""; 0]);
    end(&mut state, succeeded(running("jobs", 1, "old:1")), 200);
    assert_eq!(since(&state, mark), [""; 0]);
    // While the source was away, one came and ended, and another one went.
    tell(&mut state, running("jobs", 2, "went:1"), 201);
    state.apply(Change::Began, at(300));
    tell(&mut state, succeeded(running("jobs", 3, "new:1")), 301);
    synced(&mut state, 302);
    assert_eq!(since(&state, mark), ["jobs new:1", "jobs went:1"]);
}

#[test]
fn an_image_that_is_replaced_in_place_ended() {
    let mut state = state_with([running("shop", 1, "nginx:1.27")]);
    let mark = state.mark();
    let mut between = running("shop", 1, "nginx:1.28");
    between.containers[0].running = false;
    tell(&mut state, between, 200);
    assert_eq!(since(&state, mark), ["shop nginx:1.27", "shop nginx:1.28"]);
    tell(&mut state, running("shop", 1, "nginx:1.28"), 201);
    assert_eq!(images(&state.report(Window::Now, at(0))), ["shop nginx:1.28"]);
    assert_eq!(since(&state, mark), ["shop nginx:1.27", "shop nginx:1.28"]);
}

#[test]
fn what_filters_leave_out_does_not_come_back_by_ending() {
    let filter = crate::PodFilter::default().selecting("app=web".parse().unwrap());
    let options = CollectOptions::default().pods(filter);
    let mut state = ClusterState::new(Arc::new(options));
    state.apply(Change::Began, at(0));
    synced(&mut state, 1);
    let mark = state.mark();
    tell(&mut state, running("shop", 1, "a:1"), 2);
    end(&mut state, running("shop", 1, "a:1"), 3);
    tell(&mut state, running("shop", 2, "b:1").with_label("app", "web"), 4);
    end(&mut state, running("shop", 2, "b:1").with_label("app", "web"), 5);
    assert_eq!(since(&state, mark), ["shop b:1"]);
}

#[test]
fn of_more_ends_than_are_kept_the_oldest_are_lost_and_counted() {
    let mut state = state_with([]);
    let (mark, more) = (state.mark(), 10);
    for number in 0..(ClusterState::ENDED_MAX as u64 + more) {
        let job = succeeded(running("jobs", number, &format!("job:{number}")));
        tell(&mut state, job.clone(), 1000 + 2 * number);
        end(&mut state, job, 1001 + 2 * number);
    }
    assert_eq!(state.lost(), more);
    let reported = since(&state, mark);
    assert_eq!(reported.len(), ClusterState::ENDED_MAX);
    assert!(!reported.contains(&"jobs job:9".to_owned()));
    assert!(reported.contains(&"jobs job:10".to_owned()));
}
