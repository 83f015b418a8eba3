//! A server that refuses to open a watch, for now or from its revision.

use super::*;

#[tokio::test]
async fn a_server_that_is_busy_or_broken_is_asked_again_and_that_is_told() {
    let (namespace, api) = ("follow-busy", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    let busy = Fault::status(429).retry_after("1");
    for fault in [busy, Fault::status(500), Fault::status(503)] {
        followed.told.clear();
        let refused = heard.count("reopened: refused");
        trouble.watches(move || fault.clone());
        followed.until("it is told", |state| state.interrupted().is_some()).await;
        assert!(heard.count("reopened: refused") >= refused + 2, "not by the first failure");
        run_job(&api, namespace, "job", "busy:1").await;
        trouble.nothing();
        followed.until("it goes on", |state| state.interrupted().is_none()).await;
        assert_eq!(followed.told, ["interrupted", "resumed"]);
        followed.until_it_is_what_a_pass_finds(direct).await;
    }
    assert!(seen(&followed.state, "busy:1"));
    assert_eq!(heard.relisted(), 0);
}

#[tokio::test]
async fn an_outage_is_told_within_seconds_and_survived_without_a_list() {
    let (namespace, api) = ("follow-outage", cluster().api());
    namespace_with_a_pod(&api, namespace).await;
    let trouble = Trouble::before(cluster());
    let quick = brief().request_timeout(Duration::from_secs(2));
    for options_of in [brief(), quick] {
        let (source, heard) = source(cluster(), trouble.relay.url(), options_of).await;
        let (direct, _) = super::source(cluster(), cluster().url(), SourceOptions::default()).await;
        let mut followed = Followed::start(&source, &options(&[namespace])).await;
        let started = std::time::Instant::now();
        trouble.set(|_| Fault::Reset);
        followed.until("it is told", |state| state.interrupted().is_some()).await;
        assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
        run_job(&api, namespace, "job", "outage:1").await;
        // Longer than a request may take.
        let ends = std::time::Instant::now() + Duration::from_secs(3);
        followed.until_so("some time", || std::time::Instant::now() > ends).await;
        trouble.nothing();
        followed.until("it goes on", |state| state.interrupted().is_none()).await;
        while !seen(&followed.state, "outage:1") {
            followed.for_a_moment().await;
        }
        followed.until_it_is_what_a_pass_finds(&direct).await;
        assert_eq!((heard.relisted(), followed.told.len()), (0, 4), "{:?}", followed.told);
    }
}

#[tokio::test]
async fn a_revision_that_is_refused_as_too_old_is_followed_by_one_list() {
    let (namespace, api) = ("follow-gone", cluster().api());
    let scene = Scene::new(namespace, brief()).await;
    let Scene { trouble, source, heard, direct } = &scene;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    let mut faults = vec![Fault::status(410)];
    trouble.watches(move || faults.pop().unwrap_or(Fault::Pass));
    followed.until_so("a list", || heard.relisted() > 0).await;
    api.create_pod(&pod(namespace, "second", "second:1").to_json()).await.unwrap();
    followed.until_it_is_what_a_pass_finds(direct).await;
    while followed.told.len() < 4 {
        followed.for_a_moment().await;
    }
    assert_eq!((heard.count("relisted: expired"), heard.relisted()), (1, 1));
    assert_eq!(followed.told, ["began", "synced", "began", "synced"]);
}

#[tokio::test]
async fn a_server_that_answers_in_json_alone_cannot_be_watched() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass).json_only();
    let (source, _) = source(cluster(), relay.url(), brief()).await;
    let error = Followed::begin(&source, &options(&["default"])).error().await;
    assert_eq!(kai_k8s::CannotWatch::of(&error), Some(kai_k8s::CannotWatch::Encoding));
}

#[tokio::test]
async fn a_server_that_answers_in_json_from_now_on_is_asked_some_times_more() {
    let namespace = "follow-json";
    let quick = brief().pause_max(Duration::from_millis(50));
    let Scene { trouble, source, heard, .. } = &Scene::new(namespace, quick).await;
    let mut followed = Followed::start(source, &options(&[namespace])).await;
    followed.until_so("a watch that was open", || trouble.opened() >= 2).await;
    trouble.watches(|| Fault::Garbage);
    let error = followed.error().await;
    assert_eq!(kai_k8s::CannotWatch::of(&error), Some(kai_k8s::CannotWatch::Encoding));
    assert_eq!((heard.count("reopened: refused"), heard.relisted()), (5, 0));
}
