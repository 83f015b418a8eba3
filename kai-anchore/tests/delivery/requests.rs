//! What is sent.

use std::sync::Arc;
use std::time::SystemTime;

use insta::assert_snapshot;
use kai_anchore::{AnchoreSink, Api, ApiVersion, DeliveryError, DeliveryErrorKind, encode};
use kai_core::{
    ClusterReport, InMemoryPodSource, InventoryBuilder, Namespace, Pod, PodPhase, Retry, Sink,
};
use testkit::{Receiver, Reply, anchore, chain};

use crate::support::{V1, V2, paths, report, report_of, reporter, settings, source};

/// A request as it was received, but for the port, and with a line for each entry.
fn shown(receiver: &Receiver, nth: usize) -> String {
    let request = &receiver.requests()[nth];
    let port = receiver.url().rsplit_once(':').unwrap().1;
    let body = String::from_utf8(request.body.to_vec()).unwrap();
    assert!(!body.contains('\n'), "the body is compact");
    format!("{}\n{}", request.head().replace(port, "PORT"), body.replace(",{", ",\n{"))
}

#[tokio::test]
async fn v1_gets_the_inventory_of_each_namespace() {
    let receiver = Receiver::start(anchore(1));
    let delivered = reporter(&receiver, V1).send(&report().await).await.unwrap();
    assert_eq!(paths(&receiver), ["POST /v1/enterprise/inventories"]);
    assert_snapshot!(shown(&receiver, 0));
    assert_eq!(delivered.api, ApiVersion::V1);
    assert_eq!(delivered.url, format!("{}/v1/enterprise/inventories", receiver.url()));
    assert_eq!(delivered.bytes, receiver.requests()[0].body.len() as u64);
}

#[tokio::test]
async fn v2_gets_each_container_with_its_pod_namespace_and_node() {
    let receiver = Receiver::start(anchore(2));
    let delivered = reporter(&receiver, V2).send(&report().await).await.unwrap();
    assert_eq!(paths(&receiver), ["POST /v2/kubernetes-inventory"]);
    assert_snapshot!(shown(&receiver, 0));
    assert_eq!(delivered.bytes, receiver.requests()[0].body.len() as u64);
}

#[tokio::test]
async fn a_body_of_many_pieces_arrives_whole_and_with_its_length() {
    let mut source = source();
    for number in 0..2000 {
        let pod = Pod::new("shop", format!("many-{number}"))
            .with_uid(format!("uid-of-pod-{number}"))
            .with_phase(PodPhase::Running);
        source = source.with_pod(pod);
    }
    let report = report_of(&source).await;
    let whole = encode(&report).unwrap().body("v2").unwrap().read().unwrap();
    assert!(whole.len() > 2 * 64 * 1024, "there are several pieces: {}", whole.len());

    let receiver = Receiver::start(anchore(2));
    reporter(&receiver, V2).send(&report).await.unwrap();
    let request = &receiver.requests()[0];
    assert_eq!(request.body, whole);
    assert_eq!(request.header("content-length"), Some(whole.len().to_string().as_str()));
    assert_eq!(request.header("transfer-encoding"), None);
    let body: serde_json::Value = serde_json::from_slice(&whole).unwrap();
    assert_eq!(body["pods"].as_array().unwrap().len(), 2002);
}

#[tokio::test]
async fn whoever_shows_another_password_is_refused() {
    let receiver = Receiver::start(|request| {
        // kai:recognisable:pässword
        let expected = "Basic a2FpOnJlY29nbmlzYWJsZTpww6Rzc3dvcmQ=";
        Reply::status(if request.header("authorization") == Some(expected) { 204 } else { 401 })
    });
    let right = reporter(&receiver, V1);
    right.send(&report().await).await.unwrap();
    let wrong = kai_anchore::AnchoreSettings::new(
        receiver.url().parse().unwrap(),
        "kai",
        kai_anchore::Password::given("other"),
    )
    .insecure(true)
    .api(V1);
    let error = AnchoreSink::new(&wrong).unwrap().send(&report().await).await.unwrap_err();
    assert_eq!((error.status(), error.retry()), (Some(401), Retry::Never));
}

#[tokio::test]
async fn the_path_of_the_url_stays() {
    let receiver = Receiver::start(|_| Reply::status(200));
    let pem = kai_anchore::CaCertificate::Pem(receiver.ca_pem().into());
    for url in [format!("{}/below/this", receiver.url()), format!("{}/below/this/", receiver.url())]
    {
        let settings = crate::support::at(&url).ca_certificate(pem.clone()).api(V1);
        AnchoreSink::new(&settings).unwrap().send(&report().await).await.unwrap();
    }
    assert_eq!(paths(&receiver), ["POST /below/this/v1/enterprise/inventories"; 2]);
}

#[tokio::test]
async fn account_and_user_agent_are_those_of_the_settings() {
    let receiver = Receiver::start(|_| Reply::status(200));
    let settings = settings(&receiver).api(V1).account("plätform").user_agent("tool/1.0");
    AnchoreSink::new(&settings).unwrap().send(&report().await).await.unwrap();
    let request = &receiver.requests()[0];
    assert_eq!(request.headers["x-anchore-account"].as_bytes(), "plätform".as_bytes());
    assert_eq!(request.header("user-agent"), Some("tool/1.0"));
}

#[tokio::test]
async fn every_success_without_a_body_or_with_json_is_one() {
    for (status, body) in [
        (200, "{}"),
        (200, ""),
        (200, " \r\n"),
        (201, ""),
        (201, "[1]\n"),
        (202, "null"),
        (204, ""),
    ] {
        println!("{status} {body:?}");
        let receiver = Receiver::start(move |_| Reply::status(status).body(body));
        reporter(&receiver, V2).send(&report().await).await.unwrap();
    }
}

#[tokio::test]
async fn a_long_answer_that_begins_like_json_is_a_success() {
    let long = format!("[\"{}\"]", "x".repeat(200_000));
    let receiver = Receiver::start(move |_| Reply::json(long.as_str()));
    reporter(&receiver, V2).send(&report().await).await.unwrap();
}

#[tokio::test]
async fn nothing_is_sent_under_an_empty_name() {
    let receiver = Receiver::start(anchore(2));
    let inventory = || InventoryBuilder::default().finish(SystemTime::UNIX_EPOCH);
    for inventory in [inventory(), inventory().with_cluster_name(" ")] {
        for api in [V1, Api::Auto] {
            let report = Arc::new(ClusterReport::new(inventory.clone()));
            let error = reporter(&receiver, api).send(&report).await.unwrap_err();
            assert!(matches!(error, DeliveryError::NoClusterName), "{error}");
            assert_eq!(error.kind(), DeliveryErrorKind::Configuration);
            assert_eq!(error.retry(), Retry::Never);
        }
    }
    assert_eq!(paths(&receiver), [""; 0]);
}

#[tokio::test]
async fn v2_takes_no_report_that_was_made_for_v1_alone() {
    let receiver = Receiver::start(anchore(2));
    let report = Arc::new(ClusterReport::new(report().await.inventory.clone()));
    let error = reporter(&receiver, V2).send(&report).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NoContainers), "{error}");
    assert_eq!(paths(&receiver), [""; 0]);
    let error = reporter(&receiver, Api::Auto).send(&report).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NoContainers), "{error}");
    assert_eq!(paths(&receiver), ["GET /version"]);
}

#[tokio::test]
async fn pods_without_any_namespace_that_has_a_uid_are_not_sent() {
    let receiver = Receiver::start(anchore(2));
    let source = InMemoryPodSource::new()
        .with_namespace(Namespace::new("shop"))
        .with_pod(Pod::new("shop", "web-0").with_uid("1").with_phase(PodPhase::Running));
    let error = reporter(&receiver, V2).send(&report_of(&source).await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NoNamespaceUid), "{error}");
    assert_eq!(error.kind(), DeliveryErrorKind::Configuration);
    assert_eq!(paths(&receiver), [""; 0]);
}

#[tokio::test]
async fn behind_the_port_an_error_names_anchore_and_keeps_its_cause() {
    let receiver = Receiver::start(|_| Reply::status(503).body("come back later"));
    let reporter = reporter(&receiver, V2);
    let port: &dyn Sink = &reporter;
    let payload = port.encode(&report().await).unwrap();
    let error = port.deliver(&payload).await.unwrap_err();
    assert_eq!(error.retry(), Retry::Backoff);
    let cause = std::error::Error::source(&error).unwrap().downcast_ref::<DeliveryError>();
    assert_eq!(cause.unwrap().status(), Some(503));
    assert_eq!(
        chain(&error),
        format!(
            "the report could not be delivered to `{}`: `POST /v2/kubernetes-inventory` was \
             answered with 503 Service Unavailable: come back later",
            receiver.url()
        )
    );
}

#[tokio::test]
async fn at_most_one_post_is_in_flight() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (first, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = (Arc::clone(&first), Arc::clone(&most));
    let receiver = Receiver::start(move |_| {
        let now = seen.0.fetch_add(1, Ordering::SeqCst) + 1;
        seen.1.fetch_max(now, Ordering::SeqCst);
        // Long enough for another request to come in between, if there were one.
        std::thread::sleep(std::time::Duration::from_millis(50));
        seen.0.fetch_sub(1, Ordering::SeqCst);
        Reply::status(201)
    });
    let (reporter, report) = (reporter(&receiver, V2), report().await);
    let all = (0..3).map(|_| reporter.send(&report));
    for outcome in futures_util::future::join_all(all).await {
        outcome.unwrap();
    }
    assert_eq!((paths(&receiver).len(), most.load(Ordering::SeqCst)), (3, 1));
}
