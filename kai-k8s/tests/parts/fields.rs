//! The fields of a kubeconfig, each as kubectl understands it.

use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kai_k8s::{ClusterSettings, Overrides};
use serde_json::{Value, json};
use testkit::{Credentials, Fault, FaultRelay};

use super::{chain, cluster, config, lines, make, only, quick, refused, run, token, written};

fn ca_data() -> Value {
    json!(BASE64.encode(cluster().ca_pem()))
}

/// The shared server, with a CA that is trusted.
fn trusted() -> Value {
    json!({"server": cluster().url(), "certificate-authority-data": ca_data()})
}

fn admin() -> Value {
    json!({"token": token(&cluster().admin())})
}

/// Why the settings of a text don't lead to the pods of a namespace; empty where they do.
async fn outcome(text: &str) -> String {
    match run(&written(text), quick(), &only(&["default"])).await {
        Ok(_) => String::new(),
        Err(error) => chain(&error),
    }
}

#[tokio::test]
async fn what_is_said_of_the_server_s_certificate_is_honoured() {
    let url = cluster().url();
    let rows = [
        (json!({"server": url, "certificate-authority-data": ca_data()}), ""),
        (json!({"server": url, "insecure-skip-tls-verify": true}), ""),
        (json!({"server": url, "insecure-skip-tls-verify": false}), "not accepted"),
        (json!({"server": url, "certificate-authority-data": ""}), "not accepted"),
        (
            json!({"server": url, "certificate-authority-data": ca_data(), "tls-server-name": "kubernetes.default.svc"}),
            "",
        ),
        (
            json!({"server": url, "certificate-authority-data": ca_data(), "tls-server-name": ""}),
            "",
        ),
        (
            json!({"server": url, "certificate-authority-data": ca_data(), "tls-server-name": "other.example"}),
            "not accepted",
        ),
    ];
    for (cluster, expected) in rows {
        let outcome = outcome(&config(&cluster, &admin())).await;
        let fits =
            if expected.is_empty() { outcome.is_empty() } else { outcome.contains(expected) };
        assert!(fits, "{cluster}: {outcome}");
    }
}

#[tokio::test]
async fn certificates_and_keys_come_from_files_beside_the_kubeconfig_or_from_data() {
    make("mtls", &[("a", 1)]);
    cluster().grant("mtls-user", Some("mtls-a"), &["list"], &["pods"]);
    let user = cluster().client_certificate("mtls-user", None);
    let Credentials::Certificate { certificate, key } = user.credentials else { panic!() };
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pki")).unwrap();
    for (name, text) in
        [("ca.pem", &cluster().ca_pem()), ("tls.crt", &certificate), ("tls.key", &key)]
    {
        fs::write(folder.path().join("pki").join(name), text).unwrap();
    }
    let broken = |text: &str| {
        let data = BASE64.encode(text);
        let lines: Vec<_> = data.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        lines.join("\n")
    };
    let files = json!({"client-certificate": "pki/tls.crt", "client-key": "pki/tls.key"});
    let data = json!({"client-certificate-data": BASE64.encode(&certificate), "client-key-data": BASE64.encode(&key)});
    let in_lines =
        json!({"client-certificate-data": broken(&certificate), "client-key-data": broken(&key)});
    let both = json!({
        "client-certificate": "/nowhere", "client-key": "/nowhere",
        "client-certificate-data": BASE64.encode(&certificate), "client-key-data": BASE64.encode(&key),
    });
    let by_file = json!({"server": cluster().url(), "certificate-authority": "pki/ca.pem"});
    for user in [files, data, in_lines, both] {
        let path = folder.path().join("config");
        fs::write(&path, config(&by_file, &user)).unwrap();
        let settings = ClusterSettings::Kubeconfig { path, overrides: Overrides::default() };
        let collected = run(&settings, quick(), &only(&["mtls-a"])).await.unwrap();
        assert_eq!(lines(&collected), "mtls-a: mtls-a:1", "{user}");
        let error = run(&settings, quick(), &only(&["default"])).await.unwrap_err();
        assert!(chain(&error).contains(r#"User "mtls-user" cannot list"#), "{}", chain(&error));
    }
}

#[tokio::test]
async fn whom_a_kubeconfig_impersonates_has_only_their_own_rights() {
    let readers = "kai-readers";
    // A group is granted as a user of its name would be, but for the kind.
    let rbac = |kind: &str, body: Value| {
        let api = cluster().api();
        let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/default/{kind}");
        testkit::wait(async move { api.post(&path, &body).await }).unwrap();
    };
    rbac(
        "roles",
        json!({
            "metadata": {"name": "kai-readers"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}],
        }),
    );
    rbac(
        "rolebindings",
        json!({
            "metadata": {"name": "kai-readers"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "kai-readers"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": readers}],
        }),
    );
    let as_whom = |more: Value| {
        let mut user = admin();
        user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config(&trusted(), &user)
    };
    let nobody = outcome(&as_whom(json!({"as": "nobody"}))).await;
    assert!(nobody.contains(r#"User "nobody" cannot list resource "pods""#), "{nobody}");
    let reader = as_whom(json!({"as": "nobody", "as-groups": ["others", readers]}));
    until(&reader).await;
    let others = outcome(&as_whom(json!({"as": "nobody", "as-groups": ["others"]}))).await;
    assert!(others.contains(r#"User "nobody" cannot list"#), "{others}");

    let ClusterSettings::Kubeconfig { path, .. } = written(&config(&trusted(), &admin())) else {
        panic!()
    };
    for (groups, may) in [(vec![readers.to_owned()], true), (vec!["others".to_owned()], false)] {
        let overrides = Overrides::default().impersonate("nobody", groups.clone());
        let settings = ClusterSettings::Kubeconfig { path: path.clone(), overrides };
        let listed = run(&settings, quick(), &only(&["default"])).await;
        assert_eq!(listed.is_ok(), may, "{groups:?}");
    }
}

/// Waits until the server has learnt of a right.
async fn until(text: &str) {
    for _ in 0..500 {
        if outcome(text).await.is_empty() {
            return;
        }
    }
    panic!("the right is never granted: {}", outcome(text).await);
}

#[tokio::test]
async fn every_field_of_a_user_reaches_the_server() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let plain = json!({"server": relay.url(), "insecure-skip-tls-verify": true});
    let at = relay.url().replace("//", "//us%65r:pass%3Aword@");
    let login = json!({"server": at, "insecure-skip-tls-verify": true});
    let basic = format!("Basic {}", BASE64.encode("user:pass:word"));
    let whole = json!({
        "token": "t", "as": "nobody", "as-uid": "7", "as-groups": ["a", "b"],
        "as-user-extra": {"scopes": ["view"], "Example.com/x": ["y"]},
    });
    let rows: [(_, _, &[(&str, &str)]); 7] = [
        (
            &plain,
            json!({"username": "user", "password": "pass:word"}),
            &[("authorization", &basic)],
        ),
        (&plain, json!({"username": "user"}), &[("authorization", "Basic dXNlcjo=")]),
        (&plain, json!({}), &[("authorization", "")]),
        (&login, json!({}), &[("authorization", &basic)]),
        (&login, json!({"token": "t"}), &[("authorization", "Bearer t")]),
        (
            &plain,
            json!({"auth-provider": {"name": "oidc", "config": {"id-token": "id"}}}),
            &[("authorization", "Bearer id")],
        ),
        (
            &plain,
            whole,
            &[
                ("impersonate-user", "nobody"),
                ("impersonate-uid", "7"),
                ("impersonate-group", "a b"),
                ("impersonate-extra-scopes", "view"),
                ("impersonate-extra-example.com%2fx", "y"),
            ],
        ),
    ];
    for (cluster, user, expected) in rows {
        let _ = outcome(&config(cluster, &user)).await;
        let request = relay.requests().pop().unwrap();
        for (name, value) in expected {
            let values = request.headers.get_all(*name).iter();
            let sent: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
            assert_eq!(sent.join(" "), *value, "{user}: {name} in {:?}", request.headers);
        }
    }
}

#[tokio::test]
async fn nothing_of_a_user_but_whom_to_impersonate_reaches_a_server_without_tls() {
    let relay = FaultRelay::in_front_of(cluster().url(), &cluster().ca_pem(), |_| Fault::Pass);
    let folder = tempfile::tempdir().unwrap();
    let ran = folder.path().join("ran");
    let plugin = json!({
        "apiVersion": "client.authentication.k8s.io/v1", "command": "touch", "args": [ran],
        "interactiveMode": "Never",
    });
    let users = [
        json!({"token": "t"}),
        json!({"tokenFile": "/nowhere"}),
        json!({"username": "user", "password": "word"}),
        json!({"client-certificate": "/nowhere", "client-key": "/nowhere"}),
        json!({"client-certificate-data": "%", "client-key-data": "%"}),
        json!({"exec": plugin}),
        json!({"auth-provider": {"name": "oidc", "config": {"id-token": "id"}}}),
        json!({"token": "t", "as": "somebody"}),
    ];
    let bare = relay.url().trim_start_matches("http://");
    for server in [relay.url(), bare] {
        for authority in ["", "/nowhere"] {
            for user in &users {
                let cluster = json!({"server": server, "certificate-authority": authority});
                let told = outcome(&config(&cluster, user)).await;
                // The API server behind knows nobody without a credential.
                assert!(told.contains("403 Forbidden"), "{server} {user}: {told}");
                let request = relay.requests().pop().unwrap();
                assert_eq!(request.header("authorization"), None, "{user}");
                assert_eq!(request.header("impersonate-user"), user["as"].as_str(), "{user}");
            }
        }
    }
    assert!(!ran.exists(), "no plugin runs");
}

#[tokio::test]
async fn fields_that_cannot_be_used_are_told_with_what_would_be_valid() {
    let exec = |more: Value| {
        let mut exec = json!({"apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": "Never"});
        for (key, value) in more.as_object().unwrap() {
            exec[key] = value.clone();
        }
        json!({"exec": exec})
    };
    let cluster = |key: &str, value: &str| json!({"server": "https://one.invalid", key: value});
    let one = json!({"server": "https://one.invalid"});
    let pem = BASE64.encode("-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n");
    let rows = [
        (cluster("server", "https://one.invalid:port"), json!({})),
        (cluster("server", "ftp://one.invalid"), json!({})),
        (cluster("tls-server-name", "not a name"), json!({})),
        (cluster("certificate-authority-data", "bm8="), json!({})),
        (cluster("certificate-authority-data", &pem), json!({})),
        (cluster("proxy-url", "proxy.example:3128"), json!({})),
        (cluster("proxy-url", "ftp://user:a-secret@proxy.example"), json!({})),
        (cluster("proxy-url", "http://user:a-secret@pro xy.example"), json!({})),
        (one.clone(), json!({"token": "a-secret", "username": "user"})),
        (one.clone(), json!({"client-certificate-data": "bm8="})),
        (one.clone(), json!({"as-groups": ["a"]})),
        (one.clone(), json!({"as-uid": "7"})),
        (one.clone(), json!({"as-user-extra": {"a": ["b"]}})),
        (
            one.clone(),
            json!({"auth-provider": {"name": "gcp", "config": {"access-token": "a-secret", "cmd-path": "false"}}}),
        ),
        (one.clone(), json!({"auth-provider": {"name": "azure"}})),
        (
            one.clone(),
            json!({"auth-provider": {"name": "oidc", "config": {"refresh-token": "a-secret"}}}),
        ),
        (one.clone(), json!({"auth-provider": {"name": "own"}})),
        (one.clone(), exec(json!({"command": ""}))),
        (one.clone(), exec(json!({"apiVersion": ""}))),
        (one.clone(), exec(json!({"apiVersion": "client.authentication.k8s.io/v1alpha1"}))),
        (one.clone(), exec(json!({"interactiveMode": null}))),
        (one, exec(json!({"interactiveMode": "Sometimes"}))),
    ];
    let mut told = Vec::new();
    for (cluster, user) in rows {
        let error = refused(&config(&cluster, &user), Overrides::default()).await;
        assert!(error.is_configuration(), "{}", chain(&error));
        let text = chain(&error).replace(&std::env::temp_dir().display().to_string(), "TMP");
        assert!(!text.contains("a-secret"), "{text}");
        told.push(format!("{cluster} {user}\n  {text}"));
    }
    insta::with_settings!({filters => vec![(r"TMP/\.tmp\w+", "TMP")]}, {
        insta::assert_snapshot!(told.join("\n"));
    });
}
