//! No answer, or half of one.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kai_anchore::{AnchoreSink, Api, DeliveryError, DeliveryErrorKind};
use kai_core::{ClusterReport, Pod, PodPhase, Retry};
use testkit::{Receiver, Reply};

use crate::support::{V1, V2, at, paths, report, report_of, reporter, settings, source};

/// A report of some megabytes.
async fn long_report() -> Arc<ClusterReport> {
    let mut source = source();
    for number in 0..50_000 {
        let pod = Pod::new("shop", format!("many-{number}")).with_uid(format!("uid-{number}"));
        source = source.with_pod(pod.with_phase(PodPhase::Running));
    }
    report_of(&source).await
}

fn is_worth_trying_again(error: &DeliveryError) {
    assert_eq!((error.kind(), error.retry()), (DeliveryErrorKind::Transport, Retry::Backoff));
    assert_eq!(error.status(), None);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_in_time() {
    let receiver = Receiver::start(|_| Reply::Stall);
    let settings = settings(&receiver).api(V2).timeout(Some(Duration::from_millis(300)));
    let reporter = AnchoreSink::new(&settings).unwrap();
    let start = Instant::now();
    let error = reporter.send(&report().await).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5));
    is_worth_trying_again(&error);
    assert_eq!(error.to_string(), "there was no complete answer within 0.3 s");
    assert_eq!(paths(&receiver).len(), 1, "it was sent");
}

#[tokio::test]
async fn an_answer_that_comes_before_the_upload_ends_is_heard() {
    let receiver = Receiver::start(|_| Reply::status(413).body("too long").early());
    let error = reporter(&receiver, V2).send(&long_report().await).await.unwrap_err();
    assert_eq!((error.status(), error.retry()), (Some(413), Retry::Never), "{error}");
    assert!(error.to_string().ends_with("413 Payload Too Large: too long"), "{error}");
}

#[tokio::test]
async fn a_connection_that_is_reset_during_the_upload_is_worth_another_try() {
    let receiver = Receiver::start(|_| Reply::ResetAfter(100_000));
    let error = reporter(&receiver, V2).send(&long_report().await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Broken(_)), "{error:?}");
    is_worth_trying_again(&error);
    assert_eq!(paths(&receiver).len(), 1, "one attempt is one request");
}

#[tokio::test]
async fn an_answer_that_says_yes_and_breaks_off_is_none() {
    let receiver = Receiver::start(|_| Reply::status(200).body(r#"{"a":1}"#).cut_after(3));
    let error = reporter(&receiver, V2).send(&report().await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Broken(_)), "{error:?}");
    is_worth_trying_again(&error);
}

#[tokio::test]
async fn a_port_where_nobody_listens_cannot_be_reached() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for api in [V1, Api::Auto] {
        let settings = at(&format!("https://{free}")).api(api);
        let reporter = AnchoreSink::new(&settings).unwrap();
        let error = reporter.send(&report().await).await.unwrap_err();
        assert!(matches!(error, DeliveryError::Unreachable(_)), "{error:?}");
        is_worth_trying_again(&error);
        assert!(error.to_string().contains("Connection refused"), "{error}");
    }
}

#[tokio::test]
async fn a_password_file_that_is_gone_is_a_failed_delivery_and_one_that_is_back_is_read() {
    let receiver = Receiver::start(|_| Reply::status(201));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("password");
    std::fs::write(&path, "old\n").unwrap();
    let settings = kai_anchore::AnchoreSettings::new(
        receiver.url().parse().unwrap(),
        "kai",
        kai_anchore::Password::File(path.clone()),
    )
    .insecure(true)
    .api(V1);
    let reporter = AnchoreSink::new(&settings).unwrap();
    reporter.send(&report().await).await.unwrap();

    std::fs::remove_file(&path).unwrap();
    let error = reporter.send(&report().await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Password(_)), "{error:?}");
    assert_eq!(error.retry(), Retry::Backoff);
    assert!(AnchoreSink::new(&settings).is_err(), "at start it is an error of the settings");

    std::fs::write(&path, "new\n").unwrap();
    reporter.send(&report().await).await.unwrap();
    let sent = receiver.requests().into_iter();
    let sent: Vec<_> =
        sent.map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Basic a2FpOm9sZA==", "Basic a2FpOm5ldw=="]); // kai:old, kai:new
}
