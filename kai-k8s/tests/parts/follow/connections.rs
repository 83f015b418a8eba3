//! Watches that end, break, say nothing or say nonsense: nothing is lost, and nothing is listed again.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn a_watch_that_ends_in_its_time_goes_on_without_a_list() {
    let (namespace, api) = ("follow-ends", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    let lists = || {
        let requests = trouble.relay.requests();
        let lists = requests.iter().filter(|request| {
            request.query("watch").is_none() && request.query("limit") != Some("1")
        });
        lists.filter(|request| request.path().ends_with("/pods")).count()
    };
    let before = lists();
    for number in 0..3 {
        let ended = heard.count("reopened: end");
        run_job(&api, namespace, "job", &format!("job:{number}")).await;
        let image = format!("job:{number}");
        followed.until("a job", |state| seen(state, &image)).await;
        followed.until_so("an end", || heard.count("reopened: end") > ended).await;
    }
    followed.until_it_is_what_a_pass_finds(direct).await;
    assert_eq!((heard.relisted(), lists()), (0, before));
    assert_eq!(followed.told, ["began", "synced"]);
}

#[tokio::test]
async fn events_that_are_cut_anywhere_are_told_again() {
    let (namespace, api) = ("follow-cut", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    // Through the head of a frame, the type of its event, and into the pod.
    for bytes in [1, 3, 4, 5, 9, 13, 40, 200, 700] {
        let broken = heard.count("reopened: broken");
        trouble.watches(move || Fault::CutAfter(bytes));
        let image = format!("cut:{bytes}");
        let opened = trouble.opened();
        followed.until_so("a watch that is cut", || trouble.opened() > opened).await;
        run_job(&api, namespace, "job", &image).await;
        followed.until_so("a cut", || heard.count("reopened: broken") > broken).await;
        trouble.nothing();
        followed.until("the job", |state| seen(state, &image)).await;
    }
    followed.until_it_is_what_a_pass_finds(direct).await;
    assert_eq!(heard.relisted(), 0);
}

#[tokio::test]
async fn nonsense_and_resets_are_followed_by_another_try() {
    let (namespace, api) = ("follow-nonsense", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    let faults = [Fault::NotHttp, Fault::Reset, Fault::Garbage];
    for (number, fault) in faults.into_iter().enumerate() {
        let opened = trouble.opened();
        trouble.watches(move || fault.clone());
        let image = format!("nonsense:{number}");
        run_job(&api, namespace, "job", &image).await;
        followed.until_so("two tries", || trouble.opened() >= opened + 2).await;
        trouble.nothing();
        followed.until("the job", |state| seen(state, &image)).await;
    }
    followed.until_it_is_what_a_pass_finds(direct).await;
    assert_eq!(heard.relisted(), 0);
}

#[tokio::test]
async fn a_watch_that_breaks_whenever_it_is_opened_is_told_once() {
    let (namespace, api) = ("follow-breaks", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    followed.told.clear();
    trouble.watches(|| Fault::CutAfter(0));
    followed.until("it is told", |state| state.interrupted().is_some()).await;
    run_job(&api, namespace, "job", "breaks:1").await;
    let opened = trouble.opened();
    followed.until_so("two more tries", || trouble.opened() >= opened + 2).await;
    assert_eq!(followed.told, ["interrupted"]);
    trouble.nothing();
    followed.until("it goes on", |state| state.interrupted().is_none()).await;
    assert_eq!(followed.told, ["interrupted", "resumed"]);
    followed.until("the job", |state| seen(state, "breaks:1")).await;
    followed.until_it_is_what_a_pass_finds(direct).await;
    assert_eq!(heard.relisted(), 0);
}

#[tokio::test]
async fn lists_that_are_cut_are_read_again() {
    let namespace = "follow-cut-lists";
    let quick = brief().request_timeout(Duration::from_secs(1));
    let scene = Scene::new(namespace, quick).await;
    let Scene { trouble, source, direct, .. } = &scene;
    for fault in [Fault::CutAfter(20), Fault::StallAfter(20)] {
        trouble.set(move |_| fault.clone());
        let mut followed = Followed::begin(source, &options(&[namespace]));
        followed.until("it is told", |state| state.interrupted().is_some()).await;
        trouble.nothing();
        followed.until("all is told", ClusterState::is_synced).await;
        followed.until_it_is_what_a_pass_finds(direct).await;
    }
}

#[tokio::test]
async fn a_silent_connection_is_given_up_a_little_after_its_time() {
    let (namespace, api) = ("follow-silent", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, .. } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    trouble.watches(|| Fault::StallAfter(0));
    let opened = trouble.opened();
    followed.until_so("a watch that is silent", || trouble.opened() > opened).await;
    let started = Instant::now();
    run_job(&api, namespace, "job", "silent:1").await;
    followed.until_so("it is given up", || heard.count("reopened: broken") > 0).await;
    assert!(started.elapsed() < Duration::from_secs(25), "{:?}", started.elapsed());
    trouble.nothing();
    followed.until("the job", |state| seen(state, "silent:1")).await;
    assert_eq!(heard.relisted(), 0);
}
