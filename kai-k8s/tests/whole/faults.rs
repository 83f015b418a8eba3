//! One fault after another in front of the real API server. Whatever happens, each pod counts
//! once, or there is no inventory.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kai_core::SourceErrorKind;
use kai_k8s::Split;
use serde_json::json;
use testkit::{Fault, FaultRelay, RelayRequest, chain, first};

use super::{
    Encoding, cluster, connect, expected, is_later_page, is_pods, paged, run, run_through,
};

/// Tells requests apart.
type Which = fn(&RelayRequest) -> bool;

pub(super) fn gone(next: &str) -> Fault {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "code": 410,
        "message": "The provided continue parameter is too old", "metadata": {"continue": next},
    });
    Fault::Status { code: 410, retry_after: None, body: body.to_string() }
}

#[tokio::test]
async fn a_fault_in_a_page_leaves_the_inventory_and_its_counts_as_they_are() {
    let expected = expected().await;
    let rows: Vec<(&str, Fault, usize)> = vec![
        ("429 twice", Fault::status(429).retry_after("1"), 2),
        ("500", Fault::status(500), 3),
        (
            "502 without a body",
            Fault::Status { code: 502, retry_after: None, body: String::new() },
            1,
        ),
        (
            "503 with a date to retry after",
            Fault::status(503).retry_after("Mon, 23 Nov 2026 10:00:00 GMT"),
            1,
        ),
        ("cut before the first pod", Fault::CutAfter(60), 1),
        ("cut in the middle of a pod", Fault::CutAfter(90_000), 2),
        ("reset", Fault::Reset, 1),
        ("no HTTP", Fault::NotHttp, 1),
        ("delay", Fault::Delay(Duration::from_millis(300)), 2),
    ];
    for (what, fault, times) in rows {
        // The first page, a later one, and that of a single namespace. (A further one is asked for
        // while that comes in, and would sometimes be the one to break.)
        let lists: [(Split, Which); 3] = [
            (Split::Pages, is_pods),
            (Split::Pages, is_later_page),
            (Split::Namespaces, is_first_page_of_one),
        ];
        for encoding in [Encoding::Protobuf, Encoding::Json] {
            for (split, which) in lists {
                let policy = first(times, which, fault.clone());
                let (result, lists) = encoding.run_through(policy, paged().split(split)).await;
                let again = if matches!(fault, Fault::Delay(_)) { 0 } else { times };
                assert!(result.unwrap() == expected, "{what}, {encoding:?}, {split:?}");
                let (count, without) = match split {
                    Split::Pages => (lists.len(), 10),
                    _ => (lists.iter().filter(|list| is_first_page_of_one(list)).count(), 1),
                };
                assert_eq!(count, without + again, "{what}, {encoding:?}, {split:?}");
            }
        }
    }
}

/// While lists of single namespaces run, the page that they share the namespaces with breaks.
#[tokio::test]
async fn a_fault_in_the_first_page_leaves_each_pod_to_one_of_the_lists() {
    let expected = expected().await;
    for fault in [
        Fault::CutAfter(60),
        Fault::CutAfter(90_000),
        Fault::Delay(Duration::from_millis(300)),
        Fault::status(500),
        gone(""),
    ] {
        let first_page = |request: &RelayRequest| request.path() == "/api/v1/pods";
        for times in [1, 2] {
            let policy = first(times, first_page, fault.clone());
            let split = paged().split(Split::Namespaces);
            let (result, _) = run_through(policy, split).await;
            assert!(result.unwrap() == expected, "{fault:?}");
        }
    }
}

/// The page tells some pods, and the rest of it when all that lists may take is taken.
#[tokio::test]
async fn a_first_page_that_is_slow_meets_the_lists() {
    let relay = FaultRelay::start(cluster(), {
        first(1, |request| request.path() == "/api/v1/pods", Fault::StallAfter(90_000))
    });
    let options = paged().split(Split::Namespaces).request_timeout(Duration::from_secs(6));
    let result = run(&connect(relay.url(), options).await).await;
    assert!(result.unwrap() == expected().await);
}

#[tokio::test]
async fn namespaces_may_be_told_last() {
    let late = Fault::Delay(Duration::from_millis(500));
    for split in [Split::Namespaces, Split::Pages] {
        let policy = first(9, |request| request.path() == "/api/v1/namespaces", late.clone());
        let (result, _) = run_through(policy, paged().split(split)).await;
        assert!(result.unwrap() == expected().await, "{split:?}");
    }
}

fn is_first_page_of_one(request: &RelayRequest) -> bool {
    is_pods_of_one(request) && request.query("continue").is_none()
}

/// A list of the pods of the biggest namespace that the first page doesn't cover.
fn is_pods_of_one(request: &RelayRequest) -> bool {
    let shares = super::load().shares();
    let (biggest, pods) = shares.iter().skip(10).max_by_key(|(_, pods)| *pods).unwrap();
    assert!(*pods > 20, "{biggest} has {pods}");
    request.path().strip_suffix("/pods").is_some_and(|path| path.ends_with(biggest))
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let start = Instant::now();
    let fault = Fault::status(429).retry_after("1");
    let (result, _) = run_through(first(2, is_pods, fault), paged()).await;
    result.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_stall_is_tried_again_before_the_deadline() {
    let expected = expected().await;
    let quick = paged().request_timeout(Duration::from_secs(6));
    for fault in [Fault::StallBeforeHeaders, Fault::StallAfter(300_000)] {
        let (result, lists) =
            run_through(first(1, is_later_page, fault.clone()), quick.clone()).await;
        assert!(result.unwrap() == expected, "{fault:?}");
        assert!(lists.len() > 10, "{fault:?}");
    }
}

#[tokio::test]
async fn a_page_is_asked_for_while_the_one_before_comes_in() {
    let quick = paged().request_timeout(Duration::from_secs(8));
    let policy = first(1, is_later_page, Fault::StallAfter(90_000));
    let (result, lists) = run_through(policy, quick).await;
    assert!(result.unwrap() == expected().await);
    let pages: Vec<_> = lists.iter().map(|request| request.query("continue")).collect();
    // The second stalls, and goes on elsewhere for all that is known: so the third is asked again.
    assert_eq!(pages[1], pages[3]);
    assert_eq!(pages[2], pages[4]);
    assert_ne!(pages[1], pages[2]);
    assert_eq!(lists.len(), 10 + 2);
}

#[tokio::test]
async fn a_fault_that_stays_ends_within_the_deadline_without_an_inventory() {
    let rows = [
        (Fault::status(500), SourceErrorKind::Unavailable),
        (Fault::status(429).retry_after("3600"), SourceErrorKind::Throttled),
        (Fault::status(429).retry_after(u64::MAX.to_string()), SourceErrorKind::Throttled),
        (Fault::StallBeforeHeaders, SourceErrorKind::Timeout),
        (Fault::StallAfter(1000), SourceErrorKind::Timeout),
        (Fault::CutAfter(1000), SourceErrorKind::Unreachable),
        (Fault::Reset, SourceErrorKind::Unreachable),
    ];
    for (fault, kind) in rows {
        let start = Instant::now();
        let quick = paged().request_timeout(Duration::from_secs(3));
        let (result, _) = run_through(first(usize::MAX, is_later_page, fault.clone()), quick).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault:?}: {}", chain(&error));
        assert!(start.elapsed() < Duration::from_secs(15), "{fault:?}: {:?}", start.elapsed());
        assert!(
            chain(&error).starts_with("cannot list pods in all namespaces: "),
            "{}",
            chain(&error)
        );
    }
}

#[tokio::test]
async fn what_is_no_list_is_refused_at_once() {
    let status = |body: &str| Fault::Status { code: 200, retry_after: None, body: body.to_owned() };
    let rows = [
        Fault::Garbage,
        status("<html>log in</html>"),
        status(r#"{"kind":"Status","status":"Success"}"#),
        status(r#"{"kind":"PodList","items":[{"metadata":{}}]}"#),
        status(r#"{"kind":"PodList","items":[]}{"kind":"PodList","items":[]}"#),
        status(
            r#"{"kind":"PodList","items":[{"metadata":{"namespace":"z","name":"b"}},{"metadata":{"namespace":"z","name":"b"}}]}"#,
        ),
    ];
    let mut told = Vec::new();
    for fault in rows {
        let (result, lists) = run_through(first(usize::MAX, is_later_page, fault), paged()).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind(), SourceErrorKind::Malformed);
        assert_eq!(lists.len(), 2, "no second attempt");
        told.push(chain(&error));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn an_expired_list_goes_on_with_the_token_of_the_refusal() {
    // The token of the page that expired is as good as a fresh one here: nothing has changed.
    let relay = FaultRelay::start(cluster(), {
        let seen = AtomicUsize::new(0);
        move |request: &RelayRequest| match request.query("continue") {
            Some(token) if is_pods(request) && seen.fetch_add(1, Ordering::Relaxed) == 3 => {
                gone(token)
            }
            _ => Fault::Pass,
        }
    });
    let result = run(&connect(relay.url(), paged()).await).await;
    assert!(result.unwrap() == expected().await);
    assert_eq!(relay.requests().iter().filter(|request| is_pods(request)).count(), 11);
}

#[tokio::test]
async fn an_expired_list_without_a_token_begins_anew_after_the_last_key() {
    // Pages 2, 5 and 8 of what is asked for expire: three beginnings, nothing seen twice.
    let policy = |request: &RelayRequest| {
        if is_later_page(request) && [4, 9, 17].contains(&request.nth) {
            gone("")
        } else {
            Fault::Pass
        }
    };
    let (result, lists) = run_through(policy, paged()).await;
    assert!(result.unwrap() == expected().await);
    assert_eq!(lists.iter().filter(|list| list.query("continue").is_none()).count(), 4);
}

#[tokio::test]
async fn a_list_that_expires_again_and_again_is_given_up() {
    let (result, lists) = run_through(first(usize::MAX, is_later_page, gone("")), paged()).await;
    let error = chain(&result.unwrap_err());
    assert_eq!(
        error,
        "cannot list pods in all namespaces: the list expired 4 times before it could be read to its end"
    );
    assert_eq!(lists.iter().filter(|list| list.query("continue").is_none()).count(), 4);
}

#[tokio::test]
async fn a_server_that_never_gets_on_is_given_up() {
    let turning = |request: &RelayRequest| {
        let body = r#"{"kind":"PodList","metadata":{"continue":"on"},"items":[]}"#.to_owned();
        match request {
            request if is_later_page(request) => {
                Fault::Status { code: 200, retry_after: None, body }
            }
            _ => Fault::Pass,
        }
    };
    let (result, lists) = run_through(turning, paged()).await;
    let told = chain(&result.unwrap_err());
    assert!(told.contains("the list does not go on: "), "{told}");
    assert!(lists.len() < 20, "{}", lists.len());

    let (result, lists) = run_through(first(usize::MAX, is_later_page, gone("on")), paged()).await;
    let told = chain(&result.unwrap_err());
    assert!(told.contains("the list expired 11 times"), "{told}");
    assert!(lists.len() < 20, "{}", lists.len());
}

#[tokio::test]
async fn what_a_server_says_is_cut_and_escaped() {
    let page = "<p>\x1b[31mno\n".repeat(10_000);
    let rows = [
        Fault::Status { code: 403, retry_after: None, body: page.clone() },
        Fault::Status { code: 403, retry_after: None, body: String::new() },
        Fault::Status {
            code: 403,
            retry_after: None,
            body: r#"{"message":null,"metadata":null}"#.to_owned(),
        },
        Fault::Status {
            code: 403,
            retry_after: None,
            body: format!(r#"{{"message":{}}}"#, serde_json::json!(page)),
        },
    ];
    let mut told = Vec::new();
    for fault in rows {
        let (result, _) = run_through(first(usize::MAX, is_later_page, fault), paged()).await;
        told.push(chain(&result.unwrap_err()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_429_halves_the_requests_in_flight() {
    // Through the namespaces one by one, as where the cluster-wide list is forbidden.
    let policy = {
        let lists = AtomicUsize::new(0);
        move |request: &RelayRequest| match request.path() {
            "/api/v1/pods" => Fault::status(403),
            path if path.ends_with("/pods") => match lists.fetch_add(1, Ordering::Relaxed) {
                10 => Fault::status(429),
                _ => Fault::Delay(Duration::from_millis(30)),
            },
            _ => Fault::Pass,
        }
    };
    let relay = FaultRelay::start(cluster(), policy);
    let options = paged().max_in_flight(NonZeroUsize::MIN.saturating_add(7));
    let result = run(&connect(relay.url(), options).await).await;
    assert!(result.unwrap() == expected().await);
    let requests = relay.requests();
    let lists = requests.iter().filter(|request| request.path().ends_with("/pods"));
    let waiting: Vec<_> = lists.map(|request| request.waiting).collect();
    assert_eq!(waiting.iter().max(), Some(&8));
    // Those that had left already get their answers.
    let later = &waiting[11 + 8..];
    assert!(later.len() > 8 && later.iter().all(|waiting| *waiting <= 4), "{later:?}");
}

#[tokio::test]
async fn a_version_that_is_not_told_is_left_out() {
    let policy = first(usize::MAX, |request| request.path() == "/version", Fault::status(404));
    let relay = FaultRelay::start(cluster(), policy);
    let source = connect(relay.url(), paged()).await;
    let collected =
        kai_core::collect(&source, &super::options(), std::time::UNIX_EPOCH).await.unwrap();
    assert!(collected.inventory.server_version().is_none());
    let error = chain(collected.missing[0].error());
    assert_eq!(
        error,
        "cannot get /version: the server answered 404 Not Found: fault relay answers 404"
    );
    assert!(super::told(&collected) == expected().await);
}
