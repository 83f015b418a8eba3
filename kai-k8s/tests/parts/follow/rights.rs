//! Rights and credentials of watches.

use kai_k8s::CannotWatch;

use super::*;

fn as_user(user: &testkit::User) -> kai_k8s::ClusterSettings {
    settings(cluster().url(), &user.credentials)
}

#[tokio::test]
async fn who_may_list_pods_but_not_watch_them_is_told_which_right_is_missing() {
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list", "get"], &["pods", "namespaces"]);
    let source =
        ClusterPodSource::connect(&as_user(&user), SourceOptions::default()).await.unwrap();
    let mut followed = Followed::start(&source, &options(&[])).await;
    let error = followed.error().await;
    match CannotWatch::of(&error) {
        Some(CannotWatch::Right(right)) => assert_eq!(right.to_string(), "watch pods"),
        other => panic!("{other:?}: {error}"),
    }
}

#[tokio::test]
async fn many_namespaces_are_watched_each_by_who_may_not_watch_all() {
    let (user, api) = (cluster().fresh_user(), cluster().api());
    let names: Vec<_> = (0..34).map(|number| format!("follow-roles-{number}")).collect();
    cluster().grant(&user.name, None, &["get", "list"], &["namespaces"]);
    for name in &names {
        api.create_namespace(name).await.unwrap();
        cluster().grant(&user.name, Some(name), &["list", "watch"], &["pods"]);
    }
    let source =
        ClusterPodSource::connect(&as_user(&user), SourceOptions::default()).await.unwrap();
    let selected: Vec<_> = names.iter().map(String::as_str).collect();
    let mut followed = Followed::start(&source, &options(&selected)).await;
    for name in [&names[0], &names[33]] {
        api.create_pod(&pod(name, "web", "roles:1").to_json()).await.unwrap();
        let has = |state: &ClusterState| {
            let report = state.report(Window::Now, SystemTime::now());
            report.inventory.namespace(name).is_some_and(|it| it.images().len() == 1)
        };
        followed.until("a pod", has).await;
    }
}

#[tokio::test]
async fn namespaces_and_nodes_that_may_be_listed_alone_are_listed_again_and_again() {
    let (namespace, api) = ("follow-listed", cluster().api());
    let user = cluster().fresh_user();
    cluster().grant(&user.name, None, &["list", "get"], &["namespaces", "nodes"]);
    cluster().grant(&user.name, None, &["list", "watch"], &["pods"]);
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let behind = settings(relay.url(), &user.credentials);
    let source = ClusterPodSource::connect(&behind, SourceOptions::default()).await.unwrap();
    let options = options(&[]);
    let mut followed = Followed::start(&source, &options).await;
    namespace_with_a_pod(&api, namespace).await;
    let has = |state: &ClusterState| {
        let report = state.report(Window::Now, SystemTime::now());
        report.inventory.namespace(namespace).is_some_and(|it| it.images().len() == 1)
    };
    followed.until("the pod", has).await;
    let lists = |path: &str| {
        let requests = relay.requests();
        requests.iter().filter(|it| it.query("watch").is_none() && it.path() == path).count()
    };
    // Once with everything, and once in place of the watch.
    for path in ["/api/v1/namespaces", "/api/v1/nodes"] {
        followed.until_so("another list", || lists(path) >= 2).await;
    }
    assert_eq!(followed.told, ["began", "synced"], "no failure");
}

#[tokio::test]
async fn a_token_that_is_renewed_is_used_when_the_server_refuses_the_old_one() {
    let (namespace, api) = ("follow-token", cluster().api());
    namespace_with_a_pod(&api, namespace).await;
    let trouble = Trouble::before(cluster());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = cluster()
        .kubeconfig_via(trouble.relay.url(), &testkit::Credentials::Anonymous)
        .replace("user: {}", "user: {tokenFile: token}");
    std::fs::write(path("config"), config).unwrap();
    let [first, second] = [cluster().fresh_user(), cluster().fresh_user()].map(|user| {
        cluster().grant(&user.name, None, &["list", "get", "watch"], &["*"]);
        super::super::token(&user.credentials)
    });
    std::fs::write(path("token"), &first).unwrap();
    let overrides = kai_k8s::Overrides::default();
    let settings = kai_k8s::ClusterSettings::Kubeconfig { path: path("config"), overrides };
    let source = ClusterPodSource::connect(&settings, brief()).await.unwrap();
    let mut followed = Followed::start(&source, &options(&[namespace])).await;
    // The first one has ended, for good.
    std::fs::write(path("token"), &second).unwrap();
    let has = |request: &RelayRequest, token: &str| {
        request.header("authorization").is_some_and(|it| it.ends_with(token))
    };
    trouble.set(move |request| if has(request, &first) { Fault::status(401) } else { Fault::Pass });
    let renewed = || {
        let requests = trouble.relay.requests();
        requests.iter().any(|request| is_watch(request) && has(request, &second))
    };
    followed.until_so("a watch with the second token", renewed).await;
    api.create_pod(&pod(namespace, "second", "second:1").to_json()).await.unwrap();
    let has = |state: &ClusterState| {
        let report = state.report(Window::Now, SystemTime::now());
        report.inventory.namespace(namespace).is_some_and(|it| it.images().len() == 2)
    };
    followed.until("a pod", has).await;
    assert_eq!(followed.told, ["began", "synced"]);
}

#[tokio::test]
async fn a_right_that_is_lost_in_the_middle_is_told() {
    let namespace = "follow-lost";
    namespace_with_a_pod(&cluster().api(), namespace).await;
    let trouble = Trouble::before(cluster());
    let (source, _) = source(cluster(), trouble.relay.url(), brief()).await;
    let mut followed = Followed::start(&source, &options(&[namespace])).await;
    trouble.watches(|| Fault::status(403));
    let error = followed.error().await;
    assert!(matches!(CannotWatch::of(&error), Some(CannotWatch::Right(_))), "{error}");
}
