//! What a FIPS build refuses, as its user reads it.

use std::fs;

use crate::support::{Ended, examples, kai};

#[test]
fn an_anchore_that_is_not_verified_is_refused_before_anything_is_read() {
    let sample = examples().join("pods.json");
    let mut command = kai(["-f", sample.to_str().unwrap(), "--deliver", "--cluster-name", "prod"]);
    command
        .env("KAI_ANCHORE_URL", "https://127.0.0.1:1")
        .env("KAI_ANCHORE_USER", "me")
        .env("KAI_ANCHORE_PASSWORD", "p")
        .env("KAI_ANCHORE_HTTP_INSECURE", "true");
    insta::assert_snapshot!(Ended::of(&mut command), @"
    [stderr]
    error: `anchore.http.insecure` is true (variable KAI_ANCHORE_HTTP_INSECURE), and a FIPS build verifies every certificate (hint: `anchore.http.ca-cert` names a file of those to trust)
    [exit code 2]
    ");
}

#[test]
fn a_kubeconfig_that_verifies_nobody_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let text = "current-context: x\n\
                clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1', \
                insecure-skip-tls-verify: true}}]\n\
                users: [{name: u, user: {token: t}}]\n\
                contexts: [{name: x, context: {cluster: c, user: u}}]\n";
    fs::write(&path, text).unwrap();
    let ended = Ended::of(kai(["-k"]).arg(&path)).with(folder.path(), "[folder]");
    insta::assert_snapshot!(ended, @"
    [stderr]
    error: `insecure-skip-tls-verify` in `[folder]/config` cannot be used: it is true, and a FIPS build verifies every certificate (hint: `certificate-authority` names whom to trust)
    [exit code 2]
    ");
}
