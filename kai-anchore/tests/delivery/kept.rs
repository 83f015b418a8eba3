//! Reports of an earlier time, of which only the bodies are left.

use kai_anchore::{Api, ApiVersion, DeliveryError, KeptReport};
use kai_core::{Reporter, Retry};
use testkit::{Receiver, Reply, anchore};

use crate::support::{V1, V2, paths, report, reporter};

async fn kept(apis: &[ApiVersion]) -> KeptReport {
    let report = report().await;
    apis.iter()
        .fold(KeptReport::default(), |kept, api| kept.with_body(*api, report.body(*api).unwrap()))
}

#[tokio::test]
async fn a_kept_report_is_the_same_request_as_the_report_itself() {
    for (api, version) in [(1, ApiVersion::V1), (2, ApiVersion::V2)] {
        let receiver = Receiver::start(anchore(api));
        let reporter = reporter(&receiver, Api::Auto);
        let sent = reporter.send(&report().await).await.unwrap();
        let both = kept(&[ApiVersion::V1, ApiVersion::V2]).await;
        assert_eq!(reporter.send_kept(&both).await.unwrap(), sent);
        assert_eq!(sent.api, version);
        let [fresh, kept] = &receiver.requests()[1..] else { panic!("two posts") };
        assert_eq!((fresh.head(), &fresh.body), (kept.head(), &kept.body));
    }
}

#[tokio::test]
async fn one_that_was_kept_for_another_api_is_refused_before_anything_is_sent() {
    let receiver = Receiver::start(anchore(2));
    let only_v1 = kept(&[ApiVersion::V1]).await;
    let error = reporter(&receiver, V2).send_kept(&only_v1).await.unwrap_err();
    assert!(matches!(error, DeliveryError::NotKept(ApiVersion::V2)), "{error}");
    assert_eq!(error.retry(), Retry::Never);
    assert!(receiver.requests().is_empty());
    let only_v2 = kept(&[ApiVersion::V2]).await;
    let error = reporter(&receiver, V1).send_kept(&only_v2).await.unwrap_err();
    assert_eq!(error.to_string(), "the report was not kept in the form of API v1");
}

#[tokio::test]
async fn where_nobody_says_which_api_there_is_the_form_that_was_kept_is_tried() {
    let receiver = Receiver::start(|request| match request.path() {
        "/version" => Reply::status(404),
        _ => Reply::status(201),
    });
    let reporter = reporter(&receiver, Api::Auto);
    Reporter::<KeptReport>::deliver(&reporter, &kept(&[ApiVersion::V1]).await).await.unwrap();
    assert_eq!(paths(&receiver), ["GET /version", "POST /v1/enterprise/inventories"]);
}

#[tokio::test]
async fn the_pieces_of_a_body_are_the_body() {
    let report = report().await;
    for api in [ApiVersion::V1, ApiVersion::V2] {
        let pieces: Vec<_> = report.pieces_of(api).unwrap().map(Result::unwrap).collect();
        assert_eq!(pieces.concat(), report.body(api).unwrap());
    }
}
