//! Which API is used, where Anchore is asked for it.

use std::sync::Arc;
use std::time::Duration;

use kai_anchore::{AnchoreSink, Api, ApiSource, ApiVersion, DeliveryError};
use kai_core::{ClusterReport, Retry};
use testkit::{Receiver, RelayRequest, Reply, anchore};

use crate::support::{V1, V2, paths, report, reporter, settings};

const ASK: &str = "GET /version";
const POST_V1: &str = "POST /v1/enterprise/inventories";
const POST_V2: &str = "POST /v2/kubernetes-inventory";

/// A server that has one API, and answers to `/version` what it is told to.
fn with_version(api: u8, version: Reply) -> Receiver {
    let inner = anchore(api);
    Receiver::start(
        move |request| {
            if request.path() == "/version" { version.clone() } else { inner(request) }
        },
    )
}

fn html() -> Reply {
    Reply::status(200).header("content-type", "text/html").body("<html>2</html>")
}

#[tokio::test]
async fn the_api_that_anchore_names_is_used_and_not_asked_for_again() {
    for (api, post) in [(1, POST_V1), (2, POST_V2)] {
        let receiver = Receiver::start(anchore(api));
        let reporter = reporter(&receiver, Api::Auto);
        for _ in 0..2 {
            reporter.send(&report().await).await.unwrap();
        }
        assert_eq!(paths(&receiver), [ASK, post, post]);
    }
}

#[tokio::test]
async fn anchore_is_asked_without_credentials() {
    let receiver = Receiver::start(anchore(2));
    reporter(&receiver, Api::Auto).send(&report().await).await.unwrap();
    let ask = &receiver.requests()[0];
    assert_eq!((ask.header("authorization"), ask.body.len()), (None, 0));
    assert_eq!(ask.header("user-agent"), Some("kai/0.0.0 (linux/amd64)"));
}

#[tokio::test]
async fn an_api_that_is_named_is_not_asked_for() {
    for (api, number, post) in [(V1, 1, POST_V1), (V2, 2, POST_V2)] {
        let receiver = Receiver::start(anchore(number));
        reporter(&receiver, api).send(&report().await).await.unwrap();
        assert_eq!(paths(&receiver), [post]);
    }
}

#[tokio::test]
async fn without_a_version_v2_is_tried_and_then_v1() {
    let no_answers = [
        ("missing", Reply::status(404)),
        ("HTML", html()),
        ("Enterprise 4", Reply::json(r#"{"service":{"version":"4.9.0"},"db":{}}"#)),
        ("an error", Reply::status(500).body(r#"{"api":{"version":"1"}}"#)),
        ("elsewhere", Reply::status(302).header("location", "/login")),
        ("cut off", Reply::json(r#"{"api":{"version":"1"}}"#).cut_after(5)),
    ];
    for (name, version) in no_answers {
        println!("{name}");
        let receiver = with_version(2, version.clone());
        let reporter2 = reporter(&receiver, Api::Auto);
        let delivered = reporter2.send(&report().await).await.unwrap();
        assert_eq!(delivered.api, ApiVersion::V2);
        assert_eq!(paths(&receiver), [ASK, POST_V2]);

        let receiver = with_version(1, version);
        let reporter = reporter(&receiver, Api::Auto);
        for _ in 0..2 {
            assert_eq!(reporter.send(&report().await).await.unwrap().api, ApiVersion::V1);
        }
        assert_eq!(paths(&receiver), [ASK, POST_V2, POST_V1, POST_V1]);
    }
}

#[tokio::test]
async fn a_version_that_does_not_come_in_time_is_none() {
    let receiver = with_version(2, Reply::Stall);
    let settings = settings(&receiver).timeout(Some(Duration::from_millis(500)));
    let reporter = AnchoreSink::new(&settings).unwrap();
    assert_eq!(reporter.send(&report().await).await.unwrap().api, ApiVersion::V2);
    assert_eq!(paths(&receiver), [ASK, POST_V2]);
}

#[tokio::test]
async fn no_time_at_all_is_no_limit_for_asking_either() {
    let receiver = Receiver::start(anchore(1));
    let reporter = AnchoreSink::new(&settings(&receiver).timeout(Some(Duration::ZERO))).unwrap();
    assert_eq!(reporter.send(&report().await).await.unwrap().api, ApiVersion::V1);
    assert_eq!(paths(&receiver), [ASK, POST_V1]);
}

#[tokio::test]
async fn a_404_makes_it_ask_again() {
    // An upgrade from 4 to 5 after the first delivery.
    let (old, new) = (anchore(1), anchore(2));
    let upgraded = move |request: &RelayRequest| match (request.path(), request.nth) {
        ("/version" | "/v1/enterprise/inventories", 0) => old(request),
        _ => new(request),
    };
    let receiver = Receiver::start(upgraded);
    let reporter = reporter(&receiver, Api::Auto);
    assert_eq!(reporter.send(&report().await).await.unwrap().api, ApiVersion::V1);
    assert_eq!(reporter.send(&report().await).await.unwrap().api, ApiVersion::V2);
    assert_eq!(paths(&receiver), [ASK, POST_V1, POST_V1, ASK, POST_V2]);
}

#[tokio::test]
async fn a_404_of_the_api_that_anchore_names_is_told_and_the_next_delivery_asks_again() {
    let no_account = r#"{"message":"User account not found"}"#;
    let inner = anchore(2);
    let receiver = Receiver::start(move |request| match (request.path(), request.nth) {
        ("/v2/kubernetes-inventory", 1..3) => Reply::status(404).body(no_account),
        _ => inner(request),
    });
    let reporter = reporter(&receiver, Api::Auto);
    reporter.send(&report().await).await.unwrap();
    for _ in 0..2 {
        let error = reporter.send(&report().await).await.unwrap_err();
        assert_eq!((error.status(), error.retry()), (Some(404), Retry::Never));
        assert!(error.to_string().ends_with(no_account), "{error}");
    }
    reporter.send(&report().await).await.unwrap();
    assert_eq!(paths(&receiver), [ASK, POST_V2, POST_V2, ASK, ASK, POST_V2, ASK, POST_V2]);
}

#[tokio::test]
async fn what_is_no_404_does_not_make_it_ask_again() {
    let inner = anchore(2);
    let receiver = Receiver::start(move |request| match (request.path(), request.nth) {
        ("/v2/kubernetes-inventory", 0) => Reply::status(503),
        _ => inner(request),
    });
    let reporter = reporter(&receiver, Api::Auto);
    let error = reporter.send(&report().await).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Backoff);
    reporter.send(&report().await).await.unwrap();
    assert_eq!(paths(&receiver), [ASK, POST_V2, POST_V2]);
}

#[tokio::test]
async fn a_guess_that_was_not_confirmed_is_not_kept() {
    let receiver = Receiver::start(|request| match (request.path(), request.nth) {
        ("/version", _) | ("/v2/kubernetes-inventory", 0) => Reply::status(503),
        _ => Reply::status(201),
    });
    let reporter = reporter(&receiver, Api::Auto);
    assert_eq!(reporter.send(&report().await).await.unwrap_err().status(), Some(503));
    reporter.send(&report().await).await.unwrap();
    assert_eq!(paths(&receiver), [ASK, POST_V2, ASK, POST_V2]);
}

#[tokio::test]
async fn a_server_that_has_neither_api_is_no_anchore() {
    let receiver = Receiver::start(|_| Reply::status(404).body("default backend - 404"));
    let error = reporter(&receiver, Api::Auto).send(&report().await).await.unwrap_err();
    assert_eq!(paths(&receiver), [ASK, POST_V2, POST_V1]);
    assert_eq!((error.status(), error.retry()), (Some(404), Retry::Never));
    insta::assert_snapshot!(error, @"`POST /v2/kubernetes-inventory` and `POST /v1/enterprise/inventories` were both answered with 404 Not Found: default backend - 404 (hint: is the URL that of Anchore?)");
}

#[tokio::test]
async fn v1_that_was_asked_for_and_is_gone_is_told_as_enterprise_5() {
    let receiver = Receiver::start(anchore(2));
    let error = reporter(&receiver, V1).send(&report().await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NoApiV1(_)), "{error:?}");
    assert_eq!(error.retry(), Retry::Never);
    insta::assert_snapshot!(error, @r#"`POST /v1/enterprise/inventories` was answered with 404 Not Found: {"message":"Not Found","httpcode":404} (hint: Anchore Enterprise 5 and later have no API v1, but v2)"#);
}

#[tokio::test]
async fn a_report_for_v1_alone_goes_to_v1_where_the_api_is_not_known() {
    let receiver = with_version(1, html());
    let report = Arc::new(ClusterReport::new(report().await.inventory.clone()));
    reporter(&receiver, Api::Auto).send(&report).await.unwrap();
    assert_eq!(paths(&receiver), [ASK, POST_V1]);
}

#[tokio::test]
async fn the_destination_is_told_without_a_post() {
    for (settings, number, expected, source) in [
        (Api::Auto, 1, "/v1/enterprise/inventories", ApiSource::Detected),
        (Api::Auto, 2, "/v2/kubernetes-inventory", ApiSource::Detected),
        (V1, 2, "/v1/enterprise/inventories", ApiSource::Configured),
    ] {
        let receiver = Receiver::start(anchore(number));
        let destination = reporter(&receiver, settings).destination().await.unwrap();
        assert_eq!(destination.url, format!("{}{expected}", receiver.url()));
        assert_eq!((destination.api.path(), destination.source), (expected, source));
        let asked = if settings == Api::Auto { vec![ASK] } else { vec![] };
        assert_eq!(paths(&receiver), asked);
    }
}
