//! Reports of an earlier time, of which only the bodies are left.

use kai_anchore::{Api, ApiVersion, DeliveryError, encode};
use kai_core::{Body, Payload, ReportError, Retry, Sink};
use testkit::{Receiver, Reply, anchore, chain};

use crate::support::{V1, V2, paths, report, reporter};

async fn kept(apis: &[ApiVersion]) -> Payload {
    let fresh = encode(&report().await).unwrap();
    apis.iter().fold(Payload::default(), |kept, api| {
        let body = fresh.body(api.form()).unwrap().read().unwrap();
        kept.with_form(api.form(), move || Ok(Body::whole(body.clone())))
    })
}

#[tokio::test]
async fn a_kept_report_is_the_same_request_as_the_report_itself() {
    for (api, version) in [(1, ApiVersion::V1), (2, ApiVersion::V2)] {
        let receiver = Receiver::start(anchore(api));
        let reporter = reporter(&receiver, Api::Auto);
        let sent = reporter.send(&report().await).await.unwrap();
        let both = kept(&[ApiVersion::V1, ApiVersion::V2]).await;
        assert_eq!(reporter.send_payload(&both).await.unwrap(), sent);
        assert_eq!(sent.api, version);
        let [fresh, kept] = &receiver.requests()[1..] else { panic!("two posts") };
        assert_eq!((fresh.head(), &fresh.body), (kept.head(), &kept.body));
    }
}

#[tokio::test]
async fn one_that_was_kept_for_another_api_is_refused_before_anything_is_sent() {
    let receiver = Receiver::start(anchore(2));
    let only_v1 = kept(&[ApiVersion::V1]).await;
    let error = reporter(&receiver, V2).send_payload(&only_v1).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NotKept(ApiVersion::V2)), "{error}");
    assert_eq!(error.retry(), Retry::Never);
    assert!(receiver.requests().is_empty());
    let only_v2 = kept(&[ApiVersion::V2]).await;
    let error = reporter(&receiver, V1).send_payload(&only_v2).await.unwrap_err();
    assert_eq!(error.to_string(), "the report was not kept in the form of API v1");
}

#[tokio::test]
async fn where_nobody_says_which_api_there_is_the_form_that_was_kept_is_tried() {
    let receiver = Receiver::start(|request| match request.path() {
        "/version" => Reply::status(404),
        _ => Reply::status(201),
    });
    let reporter = reporter(&receiver, Api::Auto);
    reporter.deliver(&kept(&[ApiVersion::V1]).await).await.unwrap();
    assert_eq!(paths(&receiver), ["GET /version", "POST /v1/enterprise/inventories"]);
}

#[tokio::test]
async fn the_pieces_of_a_body_are_the_body() {
    let payload = encode(&report().await).unwrap();
    for api in [ApiVersion::V1, ApiVersion::V2] {
        let body = payload.body(api.form()).unwrap();
        let length = body.length().unwrap();
        let pieces: Vec<_> = body.into_pieces().map(Result::unwrap).collect();
        assert_eq!(pieces.concat().len() as u64, length);
        assert_eq!(pieces.concat(), payload.body(api.form()).unwrap().read().unwrap());
    }
}

#[tokio::test]
async fn one_that_cannot_be_read_any_more_is_told_with_its_cause_and_nothing_is_sent() {
    let receiver = Receiver::start(anchore(1));
    let lost = || ReportError::new("the disk is gone", Retry::Backoff).with_source("EIO");
    let payload = Payload::default().with_form("v1", move || Err(lost()));
    let error = reporter(&receiver, V1).send_payload(&payload).await.unwrap_err();
    assert_eq!(chain(&error), "the report cannot be read: the disk is gone: EIO");
    assert_eq!(error.retry(), Retry::Backoff);
    assert!(receiver.requests().is_empty());
}
