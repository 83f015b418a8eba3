//! What the relays do to the traffic, seen from a bare socket.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use testkit::{
    Api, ConnectProxy, ControlPlane, DelayRelay, Fault, FaultRelay, RelayRequest, first, wait,
};

/// What came back on a connection, and how it ended.
struct Heard {
    bytes: Vec<u8>,
    end: Option<ErrorKind>,
}

impl Heard {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// What follows the headers, undoing nothing.
    fn body(&self) -> String {
        self.text().split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }
}

/// GETs a path with the rights of the administrator and reads until the connection ends, or
/// for a second.
fn get(relay: &FaultRelay, path: &str) -> Heard {
    let cluster = ControlPlane::shared();
    let testkit::Credentials::Token(token) = cluster.admin() else { panic!("admin has a token") };
    let mut stream = TcpStream::connect(relay.url().strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: relay\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).err().map(|error| error.kind());
    Heard { bytes, end }
}

/// Without TLS towards the test, so that a bare socket sees each byte.
fn plain(policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static) -> FaultRelay {
    let cluster = ControlPlane::shared();
    FaultRelay::in_front_of(cluster.url(), &cluster.ca_pem(), policy)
}

fn relay(fault: &Fault) -> FaultRelay {
    let fault = fault.clone();
    plain(move |_| fault.clone())
}

const NAMESPACES: &str = "/api/v1/namespaces?limit=500";

#[test]
fn without_a_fault_the_servers_answer_comes_through() {
    let relay = relay(&Fault::Pass);
    let heard = get(&relay, NAMESPACES);
    assert!(heard.text().starts_with("HTTP/1.1 200 OK"), "{}", heard.text());
    assert!(heard.text().contains("NamespaceList"));
    assert_eq!(heard.end, None);
}

#[test]
fn requests_are_remembered_with_headers_and_count() {
    let relay = relay(&Fault::Pass);
    get(&relay, NAMESPACES);
    get(&relay, "/api/v1/pods?limit=5&continue=abc");
    get(&relay, "/api/v1/namespaces");
    let requests = relay.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(relay.connections(), 3);
    assert_eq!(requests[1].path(), "/api/v1/pods");
    assert_eq!(requests[1].query("continue"), Some("abc"));
    assert!(requests[1].header("authorization").unwrap().starts_with("Bearer "));
    assert_eq!(requests.iter().map(|request| request.nth).collect::<Vec<_>>(), [0, 0, 1]);
}

#[test]
fn a_status_is_answered_in_the_servers_place() {
    let relay = relay(&Fault::status(429).retry_after("7"));
    let text = get(&relay, NAMESPACES).text();
    assert!(text.starts_with("HTTP/1.1 429 "), "{text}");
    assert!(text.contains("retry-after: 7\r\n"), "{text}");
    assert!(text.contains(r#""reason":"TooManyRequests""#), "{text}");
}

#[test]
fn only_the_first_matching_requests_fail() {
    let pods = |request: &RelayRequest| request.path().ends_with("/pods");
    let relay = plain(first(2, pods, Fault::status(500)));
    let code = |path| get(&relay, path).text()[9..12].to_owned();
    assert_eq!(code("/api/v1/namespaces"), "200");
    assert_eq!(code("/api/v1/pods"), "500");
    assert_eq!(code("/api/v1/pods"), "500");
    assert_eq!(code("/api/v1/pods"), "200");
}

#[test]
fn a_delay_is_taken_before_the_answer() {
    let relay = relay(&Fault::Delay(Duration::from_millis(300)));
    let start = Instant::now();
    assert!(get(&relay, NAMESPACES).text().starts_with("HTTP/1.1 200"));
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[test]
fn a_stall_before_the_headers_says_nothing_and_keeps_the_connection() {
    let relay = relay(&Fault::StallBeforeHeaders);
    let heard = get(&relay, NAMESPACES);
    assert_eq!(heard.bytes, b"");
    assert_eq!(heard.end, Some(ErrorKind::WouldBlock));
}

#[test]
fn a_stall_in_the_body_lets_exactly_the_bytes_before_through() {
    for bytes in [0, 1, 100] {
        let relay = relay(&Fault::StallAfter(bytes));
        let heard = get(&relay, NAMESPACES);
        assert!(heard.text().starts_with("HTTP/1.1 200"), "{}", heard.text());
        assert_eq!(content(&heard.body()).len(), bytes);
        assert_eq!(heard.end, Some(ErrorKind::WouldBlock), "{bytes}");
    }
}

#[test]
fn a_cut_in_the_body_ends_the_connection_after_exactly_the_bytes_before() {
    for bytes in [0, 1, 100] {
        let relay = relay(&Fault::CutAfter(bytes));
        let heard = get(&relay, NAMESPACES);
        assert!(heard.text().starts_with("HTTP/1.1 200"), "{}", heard.text());
        assert_eq!(content(&heard.body()).len(), bytes);
        assert_eq!(heard.end, None, "closed, without an end of the body");
        assert!(!heard.text().ends_with("0\r\n\r\n"), "{}", heard.text());
    }
}

#[test]
fn a_body_shorter_than_the_cut_is_whole() {
    let relay = relay(&Fault::CutAfter(1 << 30));
    let heard = get(&relay, NAMESPACES);
    let list: serde_json::Value = serde_json::from_str(&content(&heard.body())).unwrap();
    assert_eq!(list["kind"], "NamespaceList");
}

#[test]
fn garbage_is_a_success_without_json() {
    let heard = get(&relay(&Fault::Garbage), NAMESPACES);
    assert!(heard.text().starts_with("HTTP/1.1 200 OK"), "{}", heard.text());
    assert!(serde_json::from_str::<serde_json::Value>(&heard.body()).is_err());
}

#[test]
fn bytes_that_are_not_http_end_the_connection() {
    let heard = get(&relay(&Fault::NotHttp), NAMESPACES);
    assert!(!heard.bytes.is_empty());
    assert!(!heard.text().starts_with("HTTP/"), "{}", heard.text());
    assert!(!matches!(heard.end, Some(ErrorKind::WouldBlock)));
}

#[test]
fn a_reset_is_seen_as_one() {
    let heard = get(&relay(&Fault::Reset), NAMESPACES);
    assert_eq!(heard.bytes, b"");
    assert_eq!(heard.end, Some(ErrorKind::ConnectionReset));
}

#[test]
fn a_dropped_relay_ends_its_connections_and_stops_listening() {
    let relay = relay(&Fault::StallBeforeHeaders);
    let address = relay.url().strip_prefix("http://").unwrap().to_owned();
    let mut stalled = TcpStream::connect(&address).unwrap();
    stalled.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stalled.write_all(b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n").unwrap();
    while relay.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(relay);
    let end = stalled.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
    assert!(!matches!(end, Err(ErrorKind::WouldBlock)), "{end:?}");
    let deadline = Instant::now() + Duration::from_secs(5);
    while TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "still listening");
    }
}

#[test]
fn an_unreachable_server_is_a_bad_gateway() {
    let relay = FaultRelay::in_front_of("http://127.0.0.1:1", "", |_| Fault::Pass);
    assert!(get(&relay, "/").text().starts_with("HTTP/1.1 502"));
}

#[test]
fn kubectl_works_from_a_distance() {
    let cluster = ControlPlane::shared();
    let relay = DelayRelay::start(cluster, Duration::from_millis(5));
    let file = cluster.write_kubeconfig_via(relay.url(), &cluster.admin());
    let path = file.path().to_str().unwrap();
    let output = cluster.kubectl(&["--kubeconfig", path, "get", "namespaces", "-o", "name"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("namespace/kube-system"), "{text}");
}

#[test]
fn distance_adds_latency_and_takes_no_throughput() {
    let cluster = ControlPlane::shared();
    let one_way = Duration::from_millis(50);
    let relay = DelayRelay::start(cluster, one_way);
    let api = Api::connect(relay.url(), &cluster.ca_pem(), &cluster.admin());
    wait(api.get("/version")).unwrap(); // connects
    let timed = |path| {
        let start = Instant::now();
        wait(api.get(path)).unwrap();
        start.elapsed()
    };
    let small = timed("/version");
    assert!(small >= 2 * one_way, "{small:?}");
    assert!(small < 6 * one_way, "{small:?}");
    // Some megabytes in many chunks: were each delayed by itself, it would take seconds.
    let big = timed("/openapi/v2");
    assert!(big >= 2 * one_way, "{big:?}");
    assert!(big < Duration::from_secs(3), "{big:?}");
}

/// Undoes the chunks of a body, however it ends; a body in one piece is itself.
fn content(body: &str) -> String {
    let mut content = String::new();
    let mut rest = body;
    while let Some((size, data)) = rest.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size, 16) else { return body.to_owned() };
        content.push_str(&data[..size]);
        rest = data[size..].trim_start_matches("\r\n");
    }
    if content.is_empty() { body.to_owned() } else { content }
}

#[test]
fn a_proxy_leads_every_tunnel_to_the_server_for_those_who_log_in() {
    let proxy = ConnectProxy::with_login(ControlPlane::shared(), "user:word");
    let ask = |header: &str| {
        let mut stream = TcpStream::connect(proxy.address()).unwrap();
        write!(stream, "CONNECT nowhere.invalid:1 HTTP/1.1\r\n{header}\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    };
    assert_eq!(ask(""), "HTTP/1.1 407");
    assert_eq!(ask("proxy-authorization: Basic dXNlcjp3b3Jk\r\n"), "HTTP/1.1 200");
    assert_eq!(ask("Proxy-Authorization: Basic dXNlcjo=\r\n"), "HTTP/1.1 407");
    let tunnels = proxy.tunnels();
    assert_eq!(tunnels.len(), 3);
    assert!(tunnels.iter().all(|tunnel| tunnel.to == "nowhere.invalid:1"), "{tunnels:?}");
    assert_eq!(tunnels[1].authorization.as_deref(), Some("Basic dXNlcjp3b3Jk"));
}
