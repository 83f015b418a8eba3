use kai_k8s::SourceOptions;
use testkit::{Fault, RelayRequest};

use super::{cluster, connect, expected, is_pods, paged, run, run_through};

#[tokio::test]
async fn every_page_size_gives_the_same_inventory() {
    let expected = expected().await;
    for size in [7, 100, 0] {
        let source = connect(cluster().url(), SourceOptions::default().page_size(size)).await;
        assert!(run(&source).await.unwrap() == expected, "pages of {size}");
    }
}

#[tokio::test]
async fn pages_are_asked_for_one_after_the_other_and_version_and_namespaces_beside_them() {
    let relay = testkit::FaultRelay::start(cluster(), |_| Fault::Pass);
    let source = connect(relay.url(), paged().user_agent("kai/0 (test)")).await;
    let collected =
        kai_core::collect(&source, &super::options(), std::time::UNIX_EPOCH).await.unwrap();
    assert!(collected.inventory.server_version().unwrap().git_version.starts_with("v1."));

    let requests = relay.requests();
    let pages: Vec<_> = requests.iter().filter(|request| is_pods(request)).collect();
    assert_eq!(pages.len(), 10);
    assert!(pages.iter().all(|page| page.query("limit") == Some("100")));
    assert_eq!(pages.iter().filter(|page| page.query("continue").is_none()).count(), 1);
    let others = requests.iter().filter(|request| !is_pods(request)).map(RelayRequest::path);
    let mut others: Vec<_> = others.collect();
    others.sort_unstable();
    assert_eq!(others, ["/api/v1/namespaces", "/version"]);
    for request in &requests {
        assert_eq!(request.header("user-agent"), Some("kai/0 (test)"), "{}", request.uri);
        assert_eq!(request.header("accept"), Some("application/json"), "{}", request.uri);
    }
}

#[tokio::test]
async fn one_request_at_a_time_is_enough() {
    let relay = testkit::FaultRelay::start(cluster(), |request| match request.path() {
        "/api/v1/pods" if request.query("continue").is_none() => Fault::status(403),
        _ => Fault::Pass,
    });
    let options = paged().max_in_flight(std::num::NonZeroUsize::MIN);
    assert!(run(&connect(relay.url(), options).await).await.unwrap() == expected().await);
    assert_eq!(relay.connections(), 1);
}

#[tokio::test]
async fn without_paging_there_is_one_list() {
    let (result, lists) = run_through(|_| Fault::Pass, paged().page_size(0)).await;
    assert!(result.unwrap() == expected().await);
    assert_eq!(lists.iter().map(|list| list.uri.query()).collect::<Vec<_>>(), [None]);
}
