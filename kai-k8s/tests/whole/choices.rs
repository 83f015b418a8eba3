//! What kai chooses itself: how long pages are, and how many requests are in flight.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kai_k8s::{SourceOptions, Split};
use serde_json::json;
use testkit::{DelayRelay, Fault, FaultRelay, Line, RelayRequest, first};

use super::faults::gone;
use super::{Encoding, cluster, connect, expected, is_pods, run};

fn of_namespaces() -> SourceOptions {
    SourceOptions::default().split(Split::Namespaces).request_timeout(Duration::from_secs(20))
}

fn limits<'r>(lists: impl IntoIterator<Item = &'r RelayRequest>) -> Vec<&'r str> {
    lists.into_iter().map(|list| list.query("limit").unwrap_or("none")).collect()
}

fn is_of_one(request: &RelayRequest) -> bool {
    is_pods(request) && request.path() != "/api/v1/pods"
}

/// Answers as a server of such a version.
fn version(minor: &str) -> Fault {
    let body = json!({"major": "1", "minor": minor, "gitVersion": format!("v1.{minor}.0")});
    Fault::Status { code: 200, retry_after: None, body: body.to_string() }
}

#[tokio::test]
async fn the_lists_of_namespaces_have_long_pages_where_the_server_has_them_in_memory() {
    let expected = expected().await;
    let rows = [(None, "5000"), (Some("34"), "5000"), (Some("33+"), "500"), (Some("32"), "500")];
    for (minor, of_one) in rows {
        let policy = move |request: &RelayRequest| match (minor, request.path()) {
            (Some(minor), "/version") => version(minor),
            _ => Fault::Pass,
        };
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            let (report, lists) = encoding.run_through(policy, of_namespaces()).await;
            assert!(report.unwrap() == expected, "{minor:?}, {encoding:?}");
            let (ones, all): (Vec<_>, Vec<_>) = lists.iter().partition(|list| is_of_one(list));
            assert_eq!(limits(all), ["500"], "the first page of everything");
            assert!(ones.len() > 20, "{}", ones.len());
            let found: BTreeSet<_> = limits(ones).into_iter().collect();
            assert_eq!(found, [of_one].into(), "{minor:?}, {encoding:?}");
        }
    }
}

#[tokio::test]
async fn where_the_version_is_not_known_pages_are_short() {
    let policy = first(usize::MAX, |request| request.path() == "/version", Fault::status(404));
    let (report, lists) = Encoding::Protobuf.run_through(policy, of_namespaces()).await;
    assert!(report.unwrap() == expected().await);
    assert!(limits(&lists).iter().all(|limit| *limit == "500"), "{:?}", limits(&lists));
}

#[tokio::test]
async fn a_number_holds_for_every_list() {
    let options = of_namespaces().page_size(77);
    let (report, lists) = Encoding::Protobuf.run_through(|_| Fault::Pass, options).await;
    assert!(report.unwrap() == expected().await);
    assert!(limits(&lists).iter().all(|limit| *limit == "77"), "{:?}", limits(&lists));
}

/// The list of the namespace that has most pods.
async fn long_one() -> String {
    let (_, lists) = Encoding::Protobuf.run_through(|_| Fault::Pass, of_namespaces()).await;
    let mut longest = (0, String::new());
    for path in lists.iter().filter(|list| is_of_one(list)).map(RelayRequest::path) {
        let pods = cluster().api().list(path).await.unwrap().len();
        longest = longest.max((pods, path.to_owned()));
    }
    assert!(longest.0 > 20, "{longest:?}");
    longest.1
}

#[tokio::test]
async fn a_long_page_that_breaks_goes_on_after_its_last_pod_and_in_short_ones_at_the_second_time() {
    let (expected, path) = (expected().await, long_one().await);
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        for (times, asked) in [
            (1, vec!["5000"; 2]),
            (2, vec!["5000", "5000", "500"]),
            (3, vec!["5000", "5000", "500", "500"]),
        ] {
            let broken = path.clone();
            // Far enough for some pods to have come.
            let cut =
                first(times, move |request| request.path() == broken, Fault::CutAfter(60_000));
            let policy = move |request: &RelayRequest| match request.path() {
                // So that no pod comes with the first page of everything.
                "/api/v1/pods" => Fault::status(403),
                _ => cut(request),
            };
            let (report, lists) = encoding.run_through(policy, of_namespaces()).await;
            assert!(report.unwrap() == expected, "{encoding:?}, {times} times");
            let lists = lists.iter().filter(|list| list.path() == path);
            assert_eq!(limits(lists), asked, "{encoding:?}");
        }
    }
}

#[tokio::test]
async fn a_long_page_that_expires_begins_anew() {
    let (expected, path) = (expected().await, long_one().await);
    let expiring = path.clone();
    let expired = first(1, move |request| request.path() == expiring, gone(""));
    let policy = move |request: &RelayRequest| match request.path() {
        "/api/v1/pods" => Fault::status(403),
        _ => expired(request),
    };
    let (report, lists) = Encoding::Protobuf.run_through(policy, of_namespaces()).await;
    assert!(report.unwrap() == expected);
    let lists = lists.iter().filter(|list| list.path() == path);
    assert_eq!(limits(lists), ["5000", "5000"]);
}

#[tokio::test]
async fn more_requests_are_in_flight_over_a_distance_until_a_429_and_then_no_more_again() {
    const REFUSED: usize = 24;
    let policy = {
        let lists = AtomicUsize::new(0);
        move |request: &RelayRequest| match request.path() {
            // Through the namespaces one by one.
            "/api/v1/pods" => Fault::status(403),
            path if path.ends_with("/pods") => match lists.fetch_add(1, Ordering::Relaxed) {
                REFUSED => Fault::status(429),
                _ => Fault::Delay(Duration::from_millis(200)),
            },
            _ => Fault::Delay(Duration::from_millis(200)),
        }
    };
    let relay = FaultRelay::start(cluster(), policy);
    let report = run(&connect(relay.url(), SourceOptions::default()).await).await;
    assert!(report.unwrap() == expected().await);
    let requests = relay.requests();
    let waiting: Vec<_> = requests.iter().filter(|it| is_of_one(it)).map(|it| it.waiting).collect();
    let before = *waiting[..REFUSED].iter().max().unwrap();
    assert!(before > 12, "{waiting:?}");
    // Those that had left already get their answers.
    let later = &waiting[REFUSED + 1 + 16..];
    assert!(later.len() > 5, "{waiting:?}");
    assert!(later.iter().all(|now| *now <= before / 2 + 4), "{before}: {waiting:?}");
}

#[tokio::test]
async fn a_page_may_take_longer_than_a_request_as_long_as_it_gets_on() {
    // 1,000 pods of 7 KB each are about 7 s.
    let line = Line::new(Duration::ZERO).bytes_per_second(1_000_000);
    let relay = DelayRelay::over(cluster().url(), line);
    let options = SourceOptions::default().page_size(1000).request_timeout(Duration::from_secs(3));
    let source = connect(relay.url(), options).await;
    let start = std::time::Instant::now();
    assert!(run(&source).await.unwrap() == expected().await);
    assert!(start.elapsed() > Duration::from_secs(4), "{:?}", start.elapsed());
}
