//! Proxies that the environment names, with the real binary: its environment is its own.

use std::fs;

use testkit::ConnectProxy;

use crate::cluster;
use crate::support::{Ended, kai};

/// Runs `kai -vv` at a server that is called by this URL, with more lines for its cluster.
fn run(server: &str, more: &str, variables: &[(&str, &str)]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kubeconfig");
    let text = cluster().kubeconfig(&cluster().admin()).replace(cluster().url(), server);
    let lines = format!("    tls-server-name: localhost\n{more}    server:");
    fs::write(&path, text.replace("    server:", &lines)).unwrap();
    let mut command = kai(["-vv", "--request-timeout", "5", "-n", "default", "-k"]);
    Ended::of(command.arg(path).envs(variables.iter().copied()))
}

/// A name that nobody can look up: the proxy can.
const NAMED: &str = "https://api.kai.invalid:6443";

/// The server by an address of this machine that isn't a loopback one.
fn addressed() -> String {
    cluster().url().replace("127.0.0.1", "0.0.0.0")
}

fn port() -> String {
    cluster().url().rsplit(':').next().unwrap().to_owned()
}

#[test]
fn the_proxy_of_the_environment_is_used() {
    for (variable, server, to) in [
        ("HTTPS_PROXY", NAMED.to_owned(), "api.kai.invalid:6443".to_owned()),
        ("https_proxy", NAMED.to_owned(), "api.kai.invalid:6443".to_owned()),
        ("HTTPS_PROXY", addressed(), format!("0.0.0.0:{}", port())),
    ] {
        let proxy = ConnectProxy::start(cluster());
        let ended = run(&server, "", &[(variable, &proxy.url())]);
        assert_eq!(ended.code, Some(0), "{variable}, {server}: {}", ended.stderr);
        let tunnels = proxy.tunnels();
        assert!(!tunnels.is_empty() && tunnels.iter().all(|tunnel| tunnel.to == to), "{tunnels:?}");
    }
}

#[test]
fn what_no_proxy_names_is_asked_for_directly() {
    let with_port = format!("10.0.0.0/8, 0.0.0.0:{}", port());
    for (list, exempt) in [
        ("0.0.0.0", true),
        ("0.0.0.0/8", true),
        (&*with_port, true),
        ("*", true),
        ("0.0.0.0:1", false),
        ("10.0.0.0/8,example.com", false),
        ("127.0.0.1", false),
    ] {
        let proxy = ConnectProxy::start(cluster());
        let ended = run(&addressed(), "", &[("HTTPS_PROXY", &proxy.url()), ("NO_PROXY", list)]);
        assert_eq!(ended.code, Some(0), "{list}: {}", ended.stderr);
        assert_eq!(proxy.tunnels().is_empty(), exempt, "NO_PROXY={list}: {:?}", proxy.tunnels());
    }
    for (list, exempt) in [
        ("api.kai.invalid", true),
        (".kai.invalid", true),
        ("invalid:6443", true),
        ("kai.invalid:443", false),
        ("pi.kai.invalid", false),
    ] {
        let proxy = ConnectProxy::start(cluster());
        let ended = run(NAMED, "", &[("HTTPS_PROXY", &proxy.url()), ("no_proxy", list)]);
        assert_eq!(ended.code, Some(if exempt { 3 } else { 0 }), "{list}: {}", ended.stderr);
        assert_eq!(proxy.tunnels().is_empty(), exempt, "no_proxy={list}: {:?}", proxy.tunnels());
    }
}

#[test]
fn a_server_on_this_machine_is_asked_through_a_proxy_only_where_its_kubeconfig_says_so() {
    let proxy = ConnectProxy::start(cluster());
    let ended = run(cluster().url(), "", &[("HTTPS_PROXY", &proxy.url())]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(proxy.tunnels().is_empty());

    let own = format!("    proxy-url: {}\n", proxy.url());
    // What the variables say is of no account then, not even when it is nonsense.
    let variables =
        [("NO_PROXY", "*,,not a host/"), ("HTTPS_PROXY", "http://user:a-secret@no url")];
    let ended = run(cluster().url(), &own, &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!proxy.tunnels().is_empty());
}

#[test]
fn the_login_of_a_proxy_is_sent_to_it_and_shown_nowhere() {
    let proxy = ConnectProxy::with_login(cluster(), "user:a-secret");
    for (login, code) in [("user:a-secret@", 0), ("user:a-secret-that-is-wrong@", 3), ("", 3)] {
        let url = format!("http://{login}{}", proxy.address());
        let before = proxy.tunnels().len();
        let ended = run(NAMED, "", &[("HTTPS_PROXY", &url)]);
        assert_eq!(ended.code, Some(code), "{login}: {}", ended.stderr);
        assert!(proxy.tunnels().len() > before);
        let seen = ended.stdout + &ended.stderr;
        assert!(!seen.contains("a-secret"), "{seen}");
    }
    for url in
        ["ftp://user:a-secret@proxy", "http://user:a-secret@pro xy", "user:a-secret@proxy:port"]
    {
        let ended = run(NAMED, "", &[("HTTPS_PROXY", url)]);
        assert_eq!(ended.code, Some(2), "{url}: {}", ended.stderr);
        assert!(ended.stderr.contains("HTTPS_PROXY cannot be used: "), "{}", ended.stderr);
        assert!(!ended.stderr.contains("a-secret"), "{}", ended.stderr);
    }
}
