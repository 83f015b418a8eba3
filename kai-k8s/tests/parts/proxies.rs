//! Proxies that a kubeconfig names. What the environment names is shown with the real binary.

use kai_core::SourceErrorKind;
use testkit::{ConnectProxy, Fault, FaultRelay, SocksProxy, TlsFront};

use super::{chain, cluster, lines, make, only, quick, run, written};

/// A kubeconfig whose cluster, called by this URL, is behind a proxy.
fn through(proxy: &str, server: &str) -> String {
    let text = cluster().kubeconfig(&cluster().admin()).replace(cluster().url(), server);
    let proxied = format!("    proxy-url: '{proxy}'\n    tls-server-name: localhost\n    server:");
    text.replace("    server:", &proxied)
}

#[tokio::test]
async fn a_proxy_of_the_kubeconfig_is_used_also_for_a_server_on_this_machine() {
    make("proxied", &[("a", 1)]);
    let proxy = ConnectProxy::start(cluster());
    for (server, to) in [
        (cluster().url(), cluster().url().replace("https://", "")),
        // A name that only the proxy knows.
        ("https://api.kai.invalid", "api.kai.invalid:443".to_owned()),
    ] {
        let settings = written(&through(&proxy.url(), server));
        let collected = run(&settings, quick(), &only(&["proxied-a"])).await.unwrap();
        assert_eq!(lines(&collected), "proxied-a: proxied-a:1");
        assert!(proxy.tunnels().iter().any(|tunnel| tunnel.to == to), "{:?}", proxy.tunnels());
    }
    assert!(proxy.tunnels().iter().all(|tunnel| tunnel.authorization.is_none()));
}

#[tokio::test]
async fn the_login_of_a_proxy_is_sent_to_it_and_shown_nowhere() {
    let proxy = ConnectProxy::with_login(cluster(), "user:pa:ss@word");
    let right = format!("http://user:pa%3Ass%40word@{}", proxy.address());
    run(&written(&through(&right, "https://api.kai.invalid")), quick(), &only(&["default"]))
        .await
        .unwrap();
    let tunnels = proxy.tunnels().len();
    assert!(tunnels > 0);

    let wrong = format!("http://user:a-secret@{}", proxy.address());
    let settings = written(&through(&wrong, "https://api.kai.invalid"));
    let options = quick().request_timeout(std::time::Duration::from_secs(5));
    let error = run(&settings, options, &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable);
    let told = chain(&error);
    assert!(told.contains("proxy"), "{told}");
    assert!(!told.contains("a-secret"), "{told}");
    assert!(proxy.tunnels().len() > tunnels);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_no_way_around_it() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let text = through(&format!("http://127.0.0.1:{port}"), cluster().url());
    let error = run(&written(&text), quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable, "{}", chain(&error));
}

#[tokio::test]
async fn a_socks_proxy_looks_up_the_name_of_the_server() {
    make("socks", &[("a", 1)]);
    let proxy = SocksProxy::start(cluster());
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://{}", proxy.address());
        let settings = written(&through(&url, "https://api.kai.invalid"));
        let collected = run(&settings, quick(), &only(&["socks-a"])).await.unwrap();
        assert_eq!(lines(&collected), "socks-a: socks-a:1");
    }
    let asked = proxy.asked();
    assert!(asked.len() >= 2 && asked.iter().all(|to| to == "api.kai.invalid:443"), "{asked:?}");
}

#[tokio::test]
async fn a_proxy_behind_tls_has_a_name_of_its_own() {
    make("sealed", &[("a", 1)]);
    let proxy = ConnectProxy::start(cluster());
    let front = TlsFront::start(cluster(), proxy.address());
    let kubeconfig = through(&format!("https://{}", front.address()), "https://api.kai.invalid");
    let collected = run(&written(&kubeconfig), quick(), &only(&["sealed-a"])).await.unwrap();
    assert_eq!(lines(&collected), "sealed-a: sealed-a:1");
    assert!(proxy.tunnels().iter().all(|tunnel| tunnel.to == "api.kai.invalid:443"));

    let elsewhere = format!("https://127.0.0.2:{}", front.address().rsplit(':').next().unwrap());
    let settings = written(&through(&elsewhere, "https://api.kai.invalid"));
    let error = run(&settings, quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable, "{}", chain(&error));
}

#[tokio::test]
async fn a_kubeconfig_switches_compression_off_for_a_server_far_away() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let proxy = ConnectProxy::in_front_of(relay.url());
    let kubeconfig = through(&proxy.url(), "https://kubernetes.default.svc");
    for (line, accepted) in [("", Some("gzip")), ("    disable-compression: true\n", None)] {
        let text = kubeconfig.replace("    server:", &format!("{line}    server:"));
        let before = relay.requests().len();
        run(&written(&text), quick(), &only(&["default"])).await.unwrap();
        let requests = relay.requests().split_off(before);
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.header("accept-encoding"), accepted, "{line:?} {}", request.uri);
        }
    }
}

#[tokio::test]
async fn plain_http_on_this_machine_is_a_proxy_behind_which_answers_are_compressed() {
    // As `kubectl proxy`, which logs in by itself; what it answers is of no matter here.
    let relay =
        FaultRelay::in_front_of(cluster().url(), &cluster().ca_pem(), |_| Fault::status(403));
    let kubeconfig = format!(
        "{{apiVersion: v1, kind: Config, current-context: c, \
         clusters: [{{name: c, cluster: {{server: '{}'}}}}], \
         users: [{{name: u, user: {{}}}}], \
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]}}",
        relay.url()
    );
    assert!(relay.url().starts_with("http://127.0.0.1:"));
    run(&written(&kubeconfig), quick(), &only(&["default"])).await.unwrap_err();
    let requests = relay.requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.header("accept-encoding"), Some("gzip"), "{}", request.uri);
    }
}
