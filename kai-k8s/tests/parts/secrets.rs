//! Secrets go to the server or the proxy that they are for, and are seen nowhere else: not in an
//! error, not in what is logged at the most talkative level, not in `Debug` output.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use kai_k8s::{ClusterPodSource, ClusterSettings, InlineCluster, InlineCredential};
use serde_json::{Value, json};
use testkit::{ConnectProxy, Fault, FaultRelay};

use super::log::Log;
use super::plugin::Plugin;
use super::{chain, cluster, config, only, quick, token, written};

/// In every secret of these tests; as it is, and as part of a longer text in base64.
const SECRET: &str = "hunter2secret";

/// Whether a text gives the secret away.
fn gives_away(text: &str) -> bool {
    // Three ways to begin within three bytes; what differs at both ends is left out.
    let encoded = ["", "x", "xx"].map(|before| {
        let whole = BASE64.encode(format!("{before}{SECRET}"));
        whole[4..whole.len() - 4].to_owned()
    });
    text.contains(SECRET) || encoded.iter().any(|encoded| text.contains(encoded))
}

/// The lines of a text that give it away.
fn leaks(text: &str) -> String {
    text.lines().filter(|line| gives_away(line)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_secret_is_recognised_in_base64_too() {
    for before in ["", "a", "user:", "{\"token\": \""] {
        assert!(gives_away(&BASE64.encode(format!("{before}{SECRET} and more"))), "{before}");
    }
    assert!(!gives_away(&BASE64.encode("something else that is not secret")));
}

/// Everything that a run with these settings lets somebody see.
async fn seen(settings: &ClusterSettings) -> String {
    let (log, guard) = Log::start();
    let options = quick().request_timeout(std::time::Duration::from_secs(3));
    let mut seen = format!("{settings:?} {settings:#?} {options:?}");
    match ClusterPodSource::connect(settings, options).await {
        Err(error) => write!(seen, "{} {error:?} {error:#?}", chain(&error)).unwrap(),
        Ok(source) => {
            write!(seen, "{:?} {:?}", source.server(), source.cluster_name()).unwrap();
            let names = only(&["default"]);
            match kai_core::collect(&source, &names, std::time::UNIX_EPOCH).await {
                Err(error) => write!(seen, "{} {error:?} {error:#?}", chain(&error)).unwrap(),
                Ok(collected) => {
                    let missing = collected.missing.iter().map(|missing| chain(missing.error()));
                    let version: Vec<_> = missing.collect();
                    write!(seen, "{collected:?} {version:?}").unwrap();
                }
            }
        }
    }
    drop(guard);
    seen + &log.text()
}

/// Ways to feed a secret, by a user at a server; what they lead to doesn't matter.
fn users() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap().keep();
    let file = folder.join("token");
    std::fs::write(&file, SECRET).unwrap();
    let bad = folder.join("bad");
    std::fs::write(&bad, format!("{SECRET} {SECRET}")).unwrap();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n");
    let provider = |name: &str| json!({"name": name, "config": {"id-token": SECRET, "access-token": SECRET, "cmd-path": "echo", "cmd-args": SECRET}});
    vec![
        json!({"token": SECRET}),
        json!({"token": format!("{SECRET} {SECRET}")}),
        json!({"token": [SECRET]}),
        json!({"token": {"value": SECRET}}),
        json!({"tokenFile": file}),
        json!({"tokenFile": bad}),
        json!({"username": "user", "password": SECRET}),
        json!({"username": "user", "password": [SECRET]}),
        json!({"username": "user", "password": SECRET, "token": SECRET}),
        json!({"client-certificate-data": "bm8=", "client-key-data": BASE64.encode(&pem)}),
        json!({"client-certificate-data": "bm8=", "client-key-data": format!("{SECRET}%")}),
        json!({"client-certificate-data": BASE64.encode(&pem), "client-key-data": BASE64.encode(SECRET)}),
        json!({"auth-provider": provider("oidc")}),
        json!({"auth-provider": provider("gcp")}),
        json!({"auth-provider": provider("azure")}),
        json!({"token": "t", "as": format!("a\n{SECRET}")}),
        json!(SECRET),
        json!([SECRET]),
    ]
}

#[tokio::test]
async fn no_secret_of_a_kubeconfig_is_seen() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let server = json!({"server": relay.url(), "insecure-skip-tls-verify": true});
    for user in users() {
        let seen = seen(&written(&config(&server, &user))).await;
        assert_eq!(leaks(&seen), "", "{user}");
        assert!(seen.len() > 200, "something is seen: {seen}");
    }
    let received: Vec<_> = relay.requests().into_iter().map(|request| request.headers).collect();
    assert!(gives_away(&format!("{received:?}")), "the server gets what is for it");
}

#[tokio::test]
async fn no_secret_of_a_url_is_seen() {
    let proxy = ConnectProxy::with_login(cluster(), "user:another");
    let open = ConnectProxy::start(cluster());
    let server = cluster().url();
    let login = format!("user:{SECRET}");
    let at = |url: &str| url.replace("//", &format!("//{login}@"));
    let nobody = "http://127.0.0.1:1";
    let rows = [
        json!({"server": at(server), "insecure-skip-tls-verify": true}),
        json!({"server": at(nobody)}),
        json!({"server": format!("https://{login}@exa mple")}),
        json!({"server": format!("https://{login}@one:port")}),
        json!({"server": format!("ftp://{login}@one")}),
        json!({"server": server, "insecure-skip-tls-verify": true, "proxy-url": at(&proxy.url())}),
        json!({"server": server, "insecure-skip-tls-verify": true, "proxy-url": at(&open.url())}),
        json!({"server": server, "proxy-url": at(nobody)}),
        json!({"server": server, "proxy-url": at("socks5://127.0.0.1:1")}),
        json!({"server": server, "proxy-url": at("ftp://127.0.0.1:1")}),
        json!({"server": server, "proxy-url": format!("http://{login}@exa mple")}),
        json!({"server": server, "proxy-url": format!("http://{login}@one:port")}),
        json!({"server": server, "proxy-url": [SECRET]}),
    ];
    for row in rows {
        let seen = seen(&written(&config(&row, &json!({})))).await;
        assert_eq!(leaks(&seen), "", "{row}");
    }
    let sent = BASE64.encode(&login);
    for proxy in [proxy, open] {
        let tunnels = proxy.tunnels();
        assert!(tunnels.iter().all(|tunnel| tunnel.authorization == Some(format!("Basic {sent}"))));
        assert!(!tunnels.is_empty());
    }
}

#[tokio::test]
async fn no_secret_that_a_plugin_prints_is_seen() {
    let print = |what: &str| format!("echo '{what}'");
    let plugins = [
        Plugin::printing(&[json!({"token": SECRET})]),
        Plugin::printing(&[json!({"token": format!("{SECRET} {SECRET}")})]),
        Plugin::printing(&[json!({"token": [SECRET]})]),
        Plugin::printing(&[json!({"token": "t", "expirationTimestamp": SECRET})]),
        Plugin::printing(&[json!({"clientCertificateData": SECRET, "clientKeyData": SECRET})]),
        Plugin::printing(&[json!({"clientKeyData": SECRET})]),
        Plugin::printing(&[json!({"token": "t"}), json!({"token": SECRET})]),
        Plugin::new(&print(SECRET)),
        Plugin::new(&print(&format!("kind: {SECRET}"))),
        Plugin::new(&print(&format!("kind: ExecCredential\napiVersion: {SECRET}"))),
        Plugin::new(&format!("{}; exit 1", print(SECRET))),
    ];
    for (number, plugin) in plugins.iter().enumerate() {
        let seen = seen(&plugin.settings()).await;
        assert!(plugin.runs() > 0);
        assert_eq!(leaks(&seen), "", "plugin {number}");
    }
}

#[tokio::test]
async fn no_secret_that_is_given_in_place_is_seen() {
    let inline = |server: &str, credential| {
        let inline = InlineCluster::new(server, credential);
        let ca = BASE64.encode(cluster().ca_pem());
        ClusterSettings::Inline(inline.certificate_authority_data(ca))
    };
    let rows = [
        InlineCredential::Token(SECRET.into()),
        InlineCredential::Token(format!("{SECRET}\n{SECRET}").into()),
        InlineCredential::PrivateKey {
            certificate_data: "bm8=".to_owned(),
            key_data: BASE64.encode(SECRET).into(),
        },
        InlineCredential::PrivateKey {
            certificate_data: "bm8=".to_owned(),
            key_data: format!("{SECRET}%").into(),
        },
    ];
    let login = cluster().url().replace("//", &format!("//user:{SECRET}@"));
    for (number, credential) in rows.into_iter().enumerate() {
        for server in [cluster().url(), &login] {
            let seen = seen(&inline(server, credential.clone())).await;
            assert_eq!(leaks(&seen), "", "{number} at {server}");
        }
    }
}

#[tokio::test]
async fn what_is_seen_of_a_good_run_is_its_requests() {
    let good = config(
        &json!({"server": cluster().url(), "insecure-skip-tls-verify": true}),
        &json!({"token": token(&cluster().admin())}),
    );
    let seen = seen(&written(&good)).await;
    // Otherwise the tests above would look at nothing.
    assert!(seen.contains("GET /api/v1/namespaces/default/pods?limit=500: 200 OK"), "{seen}");
    assert!(!seen.contains(&token(&cluster().admin())), "{seen}");
}
