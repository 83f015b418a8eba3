use std::sync::atomic::{AtomicBool, Ordering};

use kai_core::SourceErrorKind;
use kai_k8s::{ClusterSettings, InlineCluster, InlineCredential, Overrides};
use testkit::{Credentials, Fault, FaultRelay};

use super::{chain, cluster, lines, make, only, quick, refused, run, settings, token, written};

/// A kubeconfig for the shared server with a user of these lines.
fn kubeconfig(user: &str) -> String {
    format!(
        "clusters: [{{name: c, cluster: {{server: '{}', insecure-skip-tls-verify: true}}}}]\n\
         contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
         current-context: x\n\
         users:\n- name: u\n  user: {user}\n",
        cluster().url()
    )
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_nothing_is_reported() {
    let wrong = settings(cluster().url(), &Credentials::Token("wrong".to_owned()));
    let error = run(&wrong, quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unauthenticated);
    let told = chain(&error);
    let expected = "cannot list pods in namespace `default`: the server answered 401 Unauthorized: \
                    Unauthorized (hint: the credential is that of user `testkit` of `";
    assert!(told.starts_with(expected), "{told}");
    assert!(told.ends_with("`; log in again, or choose another user)"), "{told}");
}

#[tokio::test]
async fn a_token_file_is_trimmed_and_read_again_when_the_server_refuses_its_token() {
    make("rotate", &[("a", 1)]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "expired\n").unwrap();
    let good = token(&cluster().admin());
    let renewed = AtomicBool::new(false);
    let relay = FaultRelay::start(cluster(), {
        let file = file.clone();
        move |_| {
            if !renewed.swap(true, Ordering::Relaxed) {
                std::fs::write(&file, format!("{good}\n")).unwrap();
            }
            Fault::Pass
        }
    });
    let text = kubeconfig(&format!("{{tokenFile: '{}'}}", file.display()))
        .replace(cluster().url(), relay.url());
    let collected = run(&written(&text), quick(), &only(&["rotate-a"])).await.unwrap();
    assert_eq!(lines(&collected), "rotate-a: rotate-a:1");
    assert!(collected.inventory.server_version().is_some());
}

#[tokio::test]
async fn every_inline_credential_works() {
    use base64::Engine;
    make("inline", &[("a", 1)]);
    let base64 = |text: &str| {
        let data = base64::engine::general_purpose::STANDARD.encode(text);
        // As people paste it: broken into lines.
        data.as_bytes().chunks(60).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n  ")
    };
    let inline = |credential| {
        let inline = InlineCluster::new(cluster().url(), credential);
        ClusterSettings::Inline(inline.certificate_authority_data(base64(&cluster().ca_pem())))
    };
    let admin = cluster().client_certificate("inline-admin", Some("system:masters"));
    let Credentials::Certificate { certificate, key } = admin.credentials else {
        panic!("a certificate")
    };
    let rows = [
        InlineCredential::Token(format!(" {}\n", token(&cluster().admin())).into()),
        InlineCredential::PrivateKey {
            certificate_data: base64(&certificate),
            key_data: base64(&key).into(),
        },
    ];
    for credential in rows {
        let what = format!("{credential:?}");
        let collected = run(&inline(credential), quick(), &only(&["inline-a"])).await.unwrap();
        assert_eq!(lines(&collected), "inline-a: inline-a:1", "{what}");
    }
}

#[tokio::test]
async fn whoever_is_impersonated_has_only_their_own_rights() {
    let admin = cluster().write_kubeconfig(&cluster().admin());
    let overrides = Overrides::default().impersonate("nobody", [""; 0]);
    let settings = ClusterSettings::Kubeconfig { path: admin.path().to_owned(), overrides };
    let error = run(&settings, quick(), &only(&["default"])).await.unwrap_err();
    assert!(
        chain(&error).contains(r#"User "nobody" cannot list resource "pods""#),
        "{}",
        chain(&error)
    );
}

#[tokio::test]
async fn credentials_that_cannot_be_used_are_told_without_being_shown() {
    let missing = "/nowhere/token";
    let rows = [
        "{token: \"two\\nlines-of-a-secret\"}".to_owned(),
        "{token: 'two words-of-a-secret'}".to_owned(),
        format!("{{tokenFile: {missing}}}"),
        "{client-certificate: /nowhere/cert.pem, client-key: /nowhere/key.pem}".to_owned(),
        "{client-certificate-data: '***', client-key-data: bm8=}".to_owned(),
        "{client-certificate-data: bm8=, client-key-data: bm8=}".to_owned(),
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: kai-no-such-plugin, interactiveMode: Never, installHint: 'brew install it'}}".to_owned(),
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: 'false', interactiveMode: Never}}".to_owned(),
        "{token: [a-secret}".to_owned(),
    ];
    let mut told = Vec::new();
    for row in rows {
        let error = refused(&kubeconfig(&row), Overrides::default()).await;
        let folder = std::env::temp_dir().display().to_string();
        let text = chain(&error);
        assert!(!text.contains("a-secret"), "{text}");
        let exit = if error.is_configuration() { "configuration" } else { "credentials" };
        told.push(format!("{row}\n  {exit}: {text}").replace(&folder, "TMP"));
    }
    insta::with_settings!({filters => vec![(r"TMP/\.tmp\w+", "TMP")]}, {
        insta::assert_snapshot!(told.join("\n"));
    });
}
