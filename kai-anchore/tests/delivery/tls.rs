//! Whom a delivery trusts.

use kai_anchore::{
    AnchoreSink, Api, CaCertificate, DeliveryError, DeliveryErrorKind, SettingsError,
};
use kai_core::Retry;
use testkit::{Receiver, Reply, chain};

use crate::support::{V2, at, paths, report, settings};

fn receiver() -> Receiver {
    Receiver::start(|_| Reply::status(201))
}

#[tokio::test]
async fn a_ca_certificate_from_a_file_is_trusted() {
    let receiver = receiver();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, receiver.ca_pem()).unwrap();
    let settings = at(receiver.url()).api(V2).ca_certificate(CaCertificate::File(path));
    AnchoreSink::new(&settings).unwrap().send(&report().await).await.unwrap();
}

#[tokio::test]
async fn one_certificate_of_several_is_enough() {
    let (receiver, other) = (receiver(), receiver());
    let pem = format!("{}\n{}", other.ca_pem(), receiver.ca_pem());
    let settings = at(receiver.url()).api(V2).ca_certificate(CaCertificate::Pem(pem.into()));
    AnchoreSink::new(&settings).unwrap().send(&report().await).await.unwrap();
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_refused_for_good_and_nothing_is_sent() {
    let (receiver, other) = (receiver(), receiver());
    for api in [V2, Api::Auto] {
        for settings in [
            at(receiver.url()).ca_certificate(CaCertificate::Pem(other.ca_pem().into())),
            at(receiver.url()),
        ] {
            let reporter = AnchoreSink::new(&settings.api(api)).unwrap();
            let error = reporter.send(&report().await).await.unwrap_err();
            assert!(matches!(error, DeliveryError::Untrusted(_)), "{error:?}");
            assert_eq!(error.kind(), DeliveryErrorKind::Transport);
            assert_eq!(error.retry(), Retry::Never);
            let text = error.to_string();
            assert!(text.contains(": the server's certificate was not accepted: "), "{text}");
            assert!(!text.contains("BadSignature"), "{text}");
        }
    }
    assert_eq!(paths(&receiver), [""; 0]);
}

#[tokio::test]
async fn insecure_trusts_everybody() {
    let receiver = receiver();
    let settings = at(receiver.url()).api(V2).insecure(true);
    AnchoreSink::new(&settings).unwrap().send(&report().await).await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_not_safe() {
    let plain = Receiver::plain(|_| Reply::status(201));
    let url = plain.url().replace("http:", "https:");
    let reporter = AnchoreSink::new(&at(&url).api(V2)).unwrap();
    let error = reporter.send(&report().await).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Untrusted(_)), "{error:?}");
    assert_eq!(paths(&plain), [""; 0]);
}

#[tokio::test]
async fn clear_text_is_sent_where_it_is_asked_for() {
    let plain = Receiver::plain(|_| Reply::status(201));
    let reporter = AnchoreSink::new(&settings(&plain).api(V2)).unwrap();
    reporter.send(&report().await).await.unwrap();
    assert_eq!(paths(&plain).len(), 1);
}

#[test]
fn what_is_no_certificate_is_an_error_of_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (name, content) in [("empty", ""), ("text", "hello"), ("no certificate", empty)] {
        println!("{name}");
        std::fs::write(&path, content).unwrap();
        for certificate in
            [CaCertificate::File(path.clone()), CaCertificate::Pem(content.as_bytes().into())]
        {
            let settings = at("https://anchore.example").ca_certificate(certificate);
            let error = AnchoreSink::new(&settings).unwrap_err();
            assert!(matches!(error, SettingsError::CaCertificate { .. }), "{error:?}");
            assert!(error.to_string().contains("holds no certificate in PEM"), "{error}");
        }
    }
    let missing = CaCertificate::File("/nowhere/ca.pem".into());
    let error = AnchoreSink::new(&at("https://anchore.example").ca_certificate(missing));
    let error = chain(&error.unwrap_err());
    assert!(error.starts_with("the CA certificate `/nowhere/ca.pem` cannot be read: "), "{error}");
}
