use std::num::NonZeroUsize;
use std::time::Duration;

use kai_k8s::{Compression, SourceOptions, Split};
use testkit::{Fault, FaultRelay, RelayRequest};
use tokio::sync::mpsc::unbounded_channel;
use tokio::time::timeout;

use super::{Encoding, cluster, connect, expected, is_pods, paged, run, run_through};

#[tokio::test]
async fn every_encoding_split_and_page_size_gives_the_same_report() {
    let expected = expected().await;
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let relay = encoding.relay(|_| Fault::Pass);
        for split in [Split::Cheapest, Split::Pages, Split::Namespaces] {
            for size in [1, 7, 500, 0] {
                let options = SourceOptions::default().page_size(size).split(split);
                let source = connect(relay.url(), options).await;
                let report = run(&source).await.unwrap();
                assert!(report == expected, "{encoding:?}, {split:?}, pages of {size}");
            }
        }
    }
}

#[tokio::test]
async fn a_cluster_that_fits_into_a_page_takes_three_requests_that_leave_together() {
    let one_page = SourceOptions::default().page_size(1000);
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let source = connect(relay.url(), one_page.clone()).await;
    let collect = async |source| {
        kai_core::collect(source, &super::options(), std::time::UNIX_EPOCH).await.unwrap()
    };
    assert!(super::told(&collect(&source).await) == expected().await);
    let requests = relay.requests();
    let mut paths: Vec<_> = requests.iter().map(RelayRequest::path).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/api/v1/namespaces", "/api/v1/pods", "/version"]);

    // None of them is answered before all of them have come.
    let (tell, mut told) = unbounded_channel();
    let relay = FaultRelay::start(cluster(), move |_| {
        tell.send(()).unwrap();
        Fault::StallBeforeHeaders
    });
    let source = connect(relay.url(), one_page).await;
    let three = timeout(Duration::from_secs(10), async {
        for _ in 0..3 {
            told.recv().await.unwrap();
        }
    });
    tokio::select! {
        biased;
        three = three => three.unwrap(),
        _ = collect(&source) => panic!("nothing was answered"),
    }
    assert_eq!(relay.connections(), 3);
}

#[tokio::test]
async fn the_pods_that_are_left_are_listed_by_namespace_side_by_side() {
    let (result, lists) = run_through(|_| Fault::Pass, paged().split(Split::Cheapest)).await;
    assert!(result.unwrap() == expected().await);
    // All but what the first page covered of them; the biggest take further pages.
    assert!((40..=60).contains(&lists.len()), "{} lists", lists.len());
    let of_all: Vec<_> = lists.iter().filter(|list| list.path() == "/api/v1/pods").collect();
    assert_eq!(of_all.len(), 1, "the first page");
    let mut asked: Vec<_> = lists.iter().map(|list| list.uri.to_string()).collect();
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked.len(), lists.len(), "nothing is asked for twice");
    let excluded = lists.iter().filter(|list| list.path().contains("/kube-"));
    assert_eq!(excluded.count(), 0, "what is excluded is not asked for");
}

#[tokio::test]
async fn pages_are_asked_for_one_after_the_other_and_version_and_namespaces_beside_them() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
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
        let protobuf = "application/vnd.kubernetes.protobuf, application/json";
        let accept = if request.path() == "/version" { "application/json" } else { protobuf };
        assert_eq!(request.header("accept"), Some(accept), "{}", request.uri);
        assert_eq!(request.header("accept-encoding"), None, "nothing is compressed on loopback");
    }
}

#[tokio::test]
async fn answers_are_compressed_where_that_is_wanted() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let options = paged().compression(Compression::On).max_in_flight(NonZeroUsize::MIN);
    assert!(run(&connect(relay.url(), options).await).await.unwrap() == expected().await);
    assert_eq!(relay.connections(), 1, "each is read to its end");
    for request in relay.requests() {
        assert_eq!(request.header("accept-encoding"), Some("gzip"), "{}", request.uri);
    }
}

#[tokio::test]
async fn one_request_at_a_time_is_enough() {
    let relay = FaultRelay::start(cluster(), |request| match request.path() {
        "/api/v1/pods" if request.query("continue").is_none() => Fault::status(403),
        _ => Fault::Pass,
    });
    let options = paged().max_in_flight(NonZeroUsize::MIN);
    assert!(run(&connect(relay.url(), options).await).await.unwrap() == expected().await);
    assert_eq!(relay.connections(), 1);
}

#[tokio::test]
async fn without_paging_there_is_one_list() {
    let (result, lists) = run_through(|_| Fault::Pass, paged().page_size(0)).await;
    assert!(result.unwrap() == expected().await);
    assert_eq!(lists.iter().map(|list| list.uri.query()).collect::<Vec<_>>(), [None]);
}
