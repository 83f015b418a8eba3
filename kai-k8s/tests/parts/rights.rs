use kai_core::SourceErrorKind;
use kai_k8s::{OnForbidden, Split};
use testkit::{Fault, FaultRelay};

use super::{chain, cluster, lines, make, only, quick, run, settings};

#[tokio::test]
async fn rights_in_two_namespaces_suffice_to_read_those_two() {
    make("two", &[("a", 1), ("b", 2), ("c", 1)]);
    let user = cluster().fresh_user();
    for namespace in ["two-a", "two-b"] {
        cluster().grant(&user.name, Some(namespace), &["list"], &["pods"]);
    }
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let via_relay = settings(relay.url(), &user.credentials);
    let collected = run(&via_relay, quick(), &only(&["two-b", "two-a"])).await.unwrap();
    assert_eq!(lines(&collected), "two-a: two-a:1\ntwo-b: two-b:1");
    assert_eq!(collected.summary.pods, 3);

    let asked: Vec<_> = relay.requests().iter().map(|request| request.path().to_owned()).collect();
    assert!(!asked.contains(&"/api/v1/namespaces".to_owned()), "no list of namespaces: {asked:?}");
    assert_eq!(asked.len(), 3, "two lists and the version: {asked:?}");
}

#[tokio::test]
async fn a_namespace_that_may_not_be_read_fails_the_run_and_is_named() {
    make("refuse", &[("a", 1), ("b", 1)]);
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("refuse-a"), &["list"], &["pods"]);
    let direct = settings(cluster().url(), &user.credentials);
    let error = run(&direct, quick(), &only(&["refuse-a", "refuse-b"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Forbidden);
    let told = chain(&error).replace(&user.name, "USER");
    insta::assert_snapshot!(told, @r#"cannot list pods in namespace `refuse-b`: the server answered 403 Forbidden: pods is forbidden: User "USER" cannot list resource "pods" in API group "" in the namespace "refuse-b""#);
}

#[tokio::test]
async fn a_namespace_that_may_not_be_read_is_skipped_by_choice_and_never_reported_empty() {
    make("skip", &[("a", 1), ("b", 1)]);
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("skip-a"), &["list"], &["pods"]);
    let direct = settings(cluster().url(), &user.credentials);
    let source = quick().on_forbidden(OnForbidden::Skip);
    let collected = run(&direct, source, &only(&["skip-a", "skip-b"])).await.unwrap();
    assert_eq!(lines(&collected), "skip-a: skip-a:1");
    let skipped: Vec<_> = collected.skipped.iter().map(|skipped| &*skipped.namespace).collect();
    assert_eq!(skipped, ["skip-b"]);
    assert!(collected.skipped[0].reason.starts_with("cannot list pods in namespace `skip-b`: "));
}

#[tokio::test]
async fn where_all_pods_at_once_are_forbidden_each_namespace_is_listed() {
    make("each", &[("a", 2), ("b", 0), ("c", 1)]);
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list"], &["namespaces"]);
    for namespace in ["each-a", "each-b"] {
        cluster().grant(&user.name, Some(namespace), &["list"], &["pods"]);
    }
    let direct = settings(cluster().url(), &user.credentials);
    let others = kai_core::CollectOptions::default();

    let error = run(&direct, quick(), &others).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Forbidden);
    assert!(chain(&error).starts_with("cannot list pods in namespace `"), "{}", chain(&error));

    let source = quick().on_forbidden(OnForbidden::Skip);
    let collected = run(&direct, source, &others).await.unwrap();
    assert_eq!(lines(&collected), "each-a: each-a:1\neach-b: ");
    assert!(collected.skipped.iter().any(|skipped| skipped.namespace == "each-c"));
}

#[tokio::test]
async fn a_right_that_is_withdrawn_in_the_middle_fails_the_run() {
    make("withdrawn", &[("a", 3)]);
    let relay = FaultRelay::start(cluster(), |request| match request.path() {
        "/api/v1/pods" if request.query("continue").is_some() => Fault::status(403),
        _ => Fault::Pass,
    });
    let via_relay = settings(relay.url(), &cluster().admin());
    let everything = kai_core::CollectOptions::default();
    let error =
        run(&via_relay, quick().page_size(1).split(Split::Pages), &everything).await.unwrap_err();
    assert_eq!(
        chain(&error),
        "cannot list pods in all namespaces: the server answered 403 Forbidden: fault relay answers 403"
    );
}

#[tokio::test]
async fn without_the_right_to_list_namespaces_they_must_be_named() {
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list"], &["pods"]);
    let direct = settings(cluster().url(), &user.credentials);
    let error = run(&direct, quick(), &kai_core::CollectOptions::default()).await.unwrap_err();
    assert!(
        chain(&error).starts_with("cannot list namespaces: the server answered 403 Forbidden: ")
    );
}

#[tokio::test]
async fn a_named_namespace_without_pods_is_asked_for() {
    make("named", &[("empty", 0)]);
    let names = only(&["named-empty", "named-none"]);
    let admin = settings(cluster().url(), &cluster().admin());
    let collected = run(&admin, quick(), &names).await.unwrap();
    assert_eq!(lines(&collected), "named-empty: \nnamed-none: ");
    let not_found: Vec<_> = collected.not_found.iter().map(ToString::to_string).collect();
    assert_eq!(not_found, ["named-none"]);

    // Who may not get it, can't tell that it does not exist.
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list"], &["pods"]);
    let direct = settings(cluster().url(), &user.credentials);
    let collected = run(&direct, quick(), &names).await.unwrap();
    assert_eq!(lines(&collected), "named-empty: \nnamed-none: ");
    assert!(collected.not_found.is_empty());
}
