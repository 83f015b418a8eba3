//! A run with a real API server on one side and a receiver on the other, both over TLS.

use std::fs;

use serde_json::Value;
use testkit::{ControlPlane, Credentials, Receiver, anchore};

use crate::support::{Ended, kai, make, run};

fn cluster() -> &'static ControlPlane {
    ControlPlane::shared()
}

/// What a run as somebody prints, and what it delivers.
fn printed_and_delivered(who: &Credentials) -> (Value, Value) {
    let (receiver, folder) = (Receiver::start(anchore(2)), tempfile::tempdir().unwrap());
    let ca = folder.path().join("ca.pem");
    fs::write(&ca, receiver.ca_pem()).unwrap();
    let kubeconfig = cluster().write_kubeconfig(who);
    let mut command = kai(["-n", "fips", "--cluster-name", "prod", "-k"]);
    command
        .arg(kubeconfig.path())
        .env("KAI_ANCHORE_URL", receiver.url())
        .env("KAI_ANCHORE_USER", "me")
        .env("KAI_ANCHORE_PASSWORD", "p")
        .env("KAI_ANCHORE_HTTP_CA_CERT", ca);
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(0), "{ended}");
    let requests = receiver.requests();
    let post = requests.iter().find(|request| request.method == "POST").unwrap();
    assert_eq!(post.uri.path(), "/v2/kubernetes-inventory");
    (serde_json::from_str(&ended.stdout).unwrap(), serde_json::from_slice(&post.body).unwrap())
}

#[test]
fn an_inventory_is_taken_and_delivered_over_tls() {
    make("fips");
    let certificate = cluster().client_certificate("fips", Some("system:masters")).credentials;
    for who in [cluster().admin(), certificate] {
        let (printed, delivered) = printed_and_delivered(&who);
        assert_eq!(printed["results"][0]["images"][0]["tag"], "fips:1");
        assert_eq!(delivered["containers"][0]["image_tag"], "fips:1");
        assert_eq!(delivered["cluster_name"], "prod");
    }
}

#[test]
fn the_version_says_so() {
    let said = run(["version", "-o", "json"]);
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(said["fips"], "true");
}
