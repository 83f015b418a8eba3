//! Proxies of the environment, each in a process of its own.

use std::env;
use std::process::Command;

use kai_anchore::{AnchoreSettings, AnchoreSink, CaCertificate};
use testkit::{ConnectProxy, Receiver, Reply, chain};

use crate::support::{V2, at, paths, report};

/// All that names a proxy, as the library reads it.
const PROXIES: [&str; 8] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// Delivers in another process under these variables, and returns what came of it.
fn deliver(url: &str, ca_pem: &str, variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "proxies::the_child", "--ignored", "--nocapture", "--quiet"]);
    for name in PROXIES {
        child.env_remove(name);
    }
    child.env("CHILD_URL", url).env("CHILD_CA", ca_pem).envs(variables.iter().copied());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().find_map(|line| line.strip_prefix("outcome: ")).unwrap().to_owned()
}

#[tokio::test]
#[ignore = "what the other tests run in a process of its own"]
async fn the_child() {
    let mut settings: AnchoreSettings = at(&env::var("CHILD_URL").unwrap()).api(V2);
    match env::var("CHILD_CA").unwrap() {
        pem if pem.is_empty() => {}
        pem => settings = settings.ca_certificate(CaCertificate::Pem(pem.into())),
    }
    match AnchoreSink::new(&settings).unwrap().send(&report().await).await {
        Ok(delivered) => println!("\noutcome: delivered to {}", delivered.url),
        Err(error) => println!("\noutcome: {}", chain(&error)),
    }
}

fn receiver() -> Receiver {
    Receiver::start(|_| Reply::status(201))
}

#[test]
fn https_goes_through_a_tunnel_of_the_proxy() {
    let receiver = receiver();
    let proxy = ConnectProxy::in_front_of(receiver.url());
    let outcome = deliver(
        "https://anchore.example:8443",
        receiver.ca_pem(),
        &[("HTTPS_PROXY", &proxy.url()), ("HTTP_PROXY", "http://127.0.0.1:1")],
    );
    assert_eq!(outcome, "delivered to https://anchore.example:8443/v2/kubernetes-inventory");
    let asked: Vec<_> = proxy.tunnels().into_iter().map(|tunnel| tunnel.to).collect();
    assert_eq!(asked, ["anchore.example:8443"]);
    assert_eq!(paths(&receiver), ["POST /v2/kubernetes-inventory"]);
}

#[test]
fn a_password_of_the_proxy_goes_to_the_proxy_and_ours_does_not() {
    let receiver = receiver();
    let proxy = ConnectProxy::in_front_of(receiver.url());
    let with_login = proxy.url().replace("http://", "http://me:hidden@");
    let outcome = deliver(
        "https://anchore.example",
        receiver.ca_pem(),
        &[("https_proxy", with_login.as_str())],
    );
    assert!(outcome.starts_with("delivered"), "{outcome}");
    // me:hidden
    assert_eq!(proxy.tunnels()[0].authorization.as_deref(), Some("Basic bWU6aGlkZGVu"));
}

#[test]
fn http_goes_to_the_proxy_itself() {
    let proxy = Receiver::plain(|_| Reply::status(201));
    let outcome = deliver("http://anchore.example", "", &[("HTTP_PROXY", proxy.url())]);
    assert!(outcome.starts_with("delivered"), "{outcome}");
    assert_eq!(paths(&proxy), ["POST http://anchore.example/v2/kubernetes-inventory"]);
}

#[test]
fn no_proxy_exempts_hosts() {
    let proxy = ConnectProxy::in_front_of("http://127.0.0.1:1");
    for exempt in ["anchore.invalid", ".invalid", "invalid", "*", "other.example, anchore.invalid"]
    {
        println!("{exempt}");
        let variables = [("HTTPS_PROXY", &*proxy.url()), ("NO_PROXY", exempt)];
        let outcome = deliver("https://anchore.invalid", "", &variables);
        // Nobody but a proxy could look that name up.
        assert!(outcome.starts_with("Anchore cannot be reached: failed to lookup"), "{outcome}");
    }
    assert_eq!(proxy.tunnels(), []);
    let variables = [("HTTPS_PROXY", &*proxy.url()), ("NO_PROXY", "other.invalid")];
    deliver("https://anchore.invalid", "", &variables);
    assert_eq!(proxy.tunnels().len(), 1);
}

#[test]
fn no_proxy_is_read_as_for_the_cluster() {
    let proxy = ConnectProxy::in_front_of("http://127.0.0.1:1");
    let tunnels = |exempt: &str| {
        let before = proxy.tunnels().len();
        deliver(
            "https://anchore.invalid:8443",
            "",
            &[("ALL_PROXY", &proxy.url()), ("NO_PROXY", exempt)],
        );
        proxy.tunnels().len() - before
    };
    for exempt in ["anchore.invalid:8443", "*.invalid", ".invalid:8443", ", ANCHORE.invalid"] {
        assert_eq!(tunnels(exempt), 0, "{exempt}");
    }
    for exempt in ["anchore.invalid:443", ".anchore.invalid", "*.anchore.invalid", "e.invalid"] {
        assert_eq!(tunnels(exempt), 1, "{exempt}");
    }
}

#[test]
fn a_server_on_this_machine_is_never_asked_through_a_proxy() {
    let receiver = receiver();
    let proxy = ConnectProxy::in_front_of(receiver.url());
    let variables = [("HTTPS_PROXY", &*proxy.url()), ("ALL_PROXY", &*proxy.url())];
    let outcome = deliver(receiver.url(), receiver.ca_pem(), &variables);
    assert!(outcome.starts_with("delivered"), "{outcome}");
    assert_eq!(proxy.tunnels(), []);
}

#[test]
fn a_proxy_that_cannot_be_reached_is_told_without_its_password() {
    let outcome =
        deliver("https://anchore.example", "", &[("HTTPS_PROXY", "http://me:hidden@127.0.0.1:1")]);
    assert!(outcome.starts_with("Anchore cannot be reached: "), "{outcome}");
    assert!(!outcome.contains("hidden"), "{outcome}");
}

#[test]
fn a_host_that_nobody_knows_cannot_be_reached() {
    let outcome = deliver("https://anchore.invalid", "", &[]);
    assert!(outcome.starts_with("Anchore cannot be reached: failed to lookup"), "{outcome}");
}
