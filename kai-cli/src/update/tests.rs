use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::*;
use crate::logging::Level;
use crate::logging::tests::logged;

/// A server that gives each request the same answer, and keeps what it was asked.
struct Server {
    url: UpdateUrl,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn answering(answer: impl AsRef<[u8]> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://me:secret@{}/latest?key=secret", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = vec![0; 8192];
                let length = stream.read(&mut request).unwrap();
                keep.lock().unwrap().push(String::from_utf8_lossy(&request[..length]).into_owned());
                // Who has read enough hangs up.
                let _ = stream.write_all(answer.as_ref());
            }
        });
        Self { url: url.parse().unwrap(), asked }
    }

    fn with_body(body: &str) -> Self {
        let length = body.len();
        Self::answering(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"))
    }

    /// What is said, from level debug on, of a check.
    fn told(&self) -> String {
        told(&self.url)
    }
}

fn told(url: &UpdateUrl) -> String {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    // The tester's proxy knows nothing of this machine.
    let client = Client::builder().no_proxy();
    let log = logged(Level::DEBUG, false, || runtime.block_on(check(url, client)));
    assert!(!log.contains("secret"), "{log}");
    assert_eq!(log.lines().count(), 1, "{log}");
    log
}

#[test]
fn a_version_is_found_by_itself_and_as_a_tag_name() {
    let table = [
        ("1.2.3", Some("1.2.3")),
        ("v1.2.3\n", Some("1.2.3")),
        ("\r\n 1.2.3-rc.1+build \n", Some("1.2.3-rc.1+build")),
        (r#"{"tag_name":"v1.2.3"}"#, Some("1.2.3")),
        (r#"{"id":1,"tag_name":"1.2.3","name":"x","assets":[{}]}"#, Some("1.2.3")),
        ("", None),
        ("1.2", None),
        ("vv1.2.3", None),
        ("01.2.3", None),
        ("<!doctype html>", None),
        (r#"{"tag_name":3}"#, None),
        (r#"{"name":"1.2.3"}"#, None),
        (r#"{"tag_name":"1.2.3""#, None),
        ("\u{1b}[2J1.2.3", None),
    ];
    for (text, expected) in table {
        println!("{text:?}");
        assert_eq!(version_in(text.as_bytes()).map(|it| it.to_string()).as_deref(), expected);
    }
    assert_eq!(version_in(b"\xff"), None);
}

#[test]
fn versions_are_compared_by_the_rules_of_semver() {
    let table = [
        ("0.1.1", "0.1.0", true),
        ("0.10.0", "0.9.0", true),
        ("0.1.0", "0.1.0", false),
        ("0.0.9", "0.1.0", false),
        ("0.1.0-rc.1", "0.1.0", false),
        ("0.1.0", "0.1.0-rc.1", true),
        ("0.1.0+other", "0.1.0", false),
    ];
    for (newest, current, expected) in table {
        println!("{newest} {current}");
        assert_eq!(is_newer(&Version::parse(newest).unwrap(), current), expected);
    }
}

#[test]
fn only_a_url_of_a_web_server_is_taken_and_its_secrets_are_never_shown() {
    for text in ["", "kai.example", "ftp://kai.example/", "file:///etc/passwd", "https://", "a b"] {
        println!("{text}");
        assert!(text.parse::<UpdateUrl>().is_err());
    }
    let url: UpdateUrl = "https://me:secret@kai.example/latest?key=secret#x".parse().unwrap();
    assert_eq!(url.to_string(), "https://kai.example/latest");
    assert_eq!(format!("{url:?}"), "UpdateUrl(https://kai.example/latest)");
}

#[test]
fn a_newer_version_is_one_info_line_and_kai_says_who_asks() {
    let server = Server::with_body("v99.0.0");
    let current = env!("CARGO_PKG_VERSION");
    assert_eq!(server.told(), format!("info: kai 99.0.0 is available; this is kai {current}\n"));
    let asked = server.asked.lock().unwrap().join("");
    assert!(asked.starts_with("GET /latest?key=secret HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains(&format!("user-agent: {}\r\n", version::user_agent())), "{asked}");
}

#[test]
fn no_newer_version_is_one_debug_line() {
    for version in ["0.0.1", env!("CARGO_PKG_VERSION")] {
        let told = Server::with_body(version).told();
        assert!(told.starts_with("debug: there is no newer kai: http://127.0.0.1:"), "{told}");
    }
}

#[test]
fn whatever_goes_wrong_is_one_debug_line() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = told(&format!("http://me:secret@{gone}/").parse().unwrap());
    let long = "1".repeat(BODY_MAX + 1);
    let table = [
        ("no answer: ", gone),
        ("the answer is 404 Not Found", Server::answering("HTTP/1.1 404 Not Found\r\n\r\n").told()),
        ("no answer: ", Server::answering("SSH-2.0-x\r\n").told()),
        ("neither a version nor JSON", Server::with_body("<html>\x1b[2J").told()),
        ("more than 65536 bytes", Server::with_body(&long).told()),
        (
            "more than 65536 bytes",
            Server::answering(format!("HTTP/1.1 200 OK\r\n\r\n{long}")).told(),
        ),
    ];
    for (expected, told) in table {
        println!("{expected}");
        assert!(
            told.starts_with("debug: cannot look for a newer kai at http://127.0.0.1:"),
            "{told}"
        );
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn a_redirect_is_followed_on_the_same_server_only() {
    let loops =
        Server::answering("HTTP/1.1 302 Found\r\nlocation: /other\r\nconnection: close\r\n\r\n");
    assert!(loops.told().contains("the answer is 302 Found"));
    assert_eq!(loops.asked.lock().unwrap().len(), 1 + REDIRECTS_MAX);

    let other = Server::with_body("99.0.0");
    let away = format!("HTTP/1.1 302 Found\r\nlocation: {}\r\n\r\n", other.url);
    assert!(Server::answering(away).told().contains("the answer is 302 Found"));
    assert!(other.asked.lock().unwrap().is_empty());
}

/// A server that takes connections, since the kernel does, and nothing else.
fn silent() -> (TcpListener, UpdateUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    (listener, url)
}

#[test]
fn a_server_that_never_answers_is_given_up_after_5_seconds() {
    let (_listener, url) = silent();
    // The clock jumps to what is waited for.
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let started = tokio::time::Instant::now();
        let newest = newest(&url, Client::builder().no_proxy()).await;
        assert!(matches!(newest, Err(UpdateError::Request(error)) if error.is_timeout()));
        assert_eq!(started.elapsed().as_secs(), TIMEOUT.as_secs());
    });
}

#[test]
fn nobody_waits_for_the_answer() {
    let (_listener, url) = silent();
    let started = Instant::now();
    start(&url);
    assert!(started.elapsed() < Duration::from_millis(500), "{:?}", started.elapsed());
}
