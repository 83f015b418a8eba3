//! The look for a newer kai, beside a run that takes no notice of it.

#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::shell::is_here;
use crate::support::{Ended, examples, fed, kai, pod_list, start};

const SECRET: &str = "recognisable";
const CURRENT: &str = env!("CARGO_PKG_VERSION");

/// How long something may take that is to come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Long enough for a request to be made, and shorter than one may take.
const A_WHILE: Duration = Duration::from_secs(1);
/// Less than what a request may take.
const NO_DELAY: Duration = Duration::from_secs(4);

/// A server that gives each request the same answer, or none, and tells what it was asked.
struct Server {
    url: String,
    asked: Receiver<String>,
}

impl Server {
    fn answering(answer: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, asked) = mpsc::channel();
        thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut request = vec![0; 8192];
                let length = stream.read(&mut request).unwrap();
                let _ = tell.send(String::from_utf8_lossy(&request[..length]).into_owned());
                match &answer {
                    // Who has read enough hangs up.
                    Some(answer) => drop(stream.write_all(answer.as_bytes())),
                    None => open.push(stream),
                }
            }
        });
        Self { url: format!("http://me:{SECRET}@{address}/latest?key=1"), asked }
    }

    fn saying(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::answering(Some(format!(
            "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}"
        )))
    }

    /// What it was asked until now.
    fn asked(&self) -> Vec<String> {
        self.asked.try_iter().collect()
    }
}

/// `kai -f - -o table`, whose report is the same at any time.
fn slow(args: &[&str]) -> Command {
    let mut command = kai(["-f", "-", "-o", "table"]);
    command.args(args);
    command
}

/// Whether a line of the log is about a newer kai.
fn is_told(line: &str) -> bool {
    line.contains("newer kai") || line.contains("is available")
}

/// Runs it with an input that ends once the log tells what came of the look for a newer kai.
fn run_until_told(input: &[u8], command: &mut Command) -> Ended {
    let mut child = start(command.stdin(Stdio::piped()));
    let mut stdin = child.stdin.take().unwrap();
    let (first, rest) = input.split_at(input.len() / 2);
    stdin.write_all(first).unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut told = String::new();
    while !told.lines().any(is_told) {
        assert!(log.read_line(&mut told).unwrap() > 0, "the log ended: {told}");
    }
    stdin.write_all(rest).unwrap();
    drop(stdin);
    log.read_to_string(&mut told).unwrap();
    Ended { stderr: told, ..child.wait_with_output().unwrap().into() }
}

/// Gives a run that waits for its input a list of pods, and lets it end.
fn feed(mut child: Child) -> Ended {
    // What has ended already needs none.
    let _ = child.stdin.take().unwrap().write_all(&pod_list(3));
    child.wait_with_output().unwrap().into()
}

/// What a log file holds, once it tells what came of the look for a newer kai.
fn until_told(path: &Path) -> String {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.lines().any(is_told) {
            return text;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("the file does not tell it");
}

/// Those of its lines that are about a newer kai, none of which has the secret.
fn told(ended: &Ended) -> Vec<&str> {
    assert!(!ended.to_string().contains(SECRET), "{ended}");
    ended.stderr.lines().filter(|line| is_told(line)).collect()
}

#[test]
fn whatever_the_server_says_is_one_line_and_the_run_is_the_same() {
    let without = fed(&pod_list(3), &mut slow(&[]));
    assert_eq!(without.code, Some(0), "{without}");
    let available = format!("info: kai 99.0.0 is available; this is kai {CURRENT}");
    let long = "9".repeat(64 * 1024 + 1);
    let table = [
        ("200 OK", "v99.0.0\n", available.as_str()),
        ("200 OK", r#"{"id":1,"tag_name":"v99.0.0"}"#, &available),
        ("200 OK", "0.0.1", "debug: there is no newer kai: http://"),
        ("200 OK", CURRENT, "debug: there is no newer kai: http://"),
        ("200 OK", "\x1b[2J<html>", "debug: cannot look for a newer kai at http://"),
        ("200 OK", &long, "debug: cannot look for a newer kai at http://"),
        ("500 Internal Server Error", "99.0.0", "debug: cannot look for a newer kai at http://"),
    ];
    for (status, body, expected) in table {
        println!("{status} {:.40}", body.escape_debug().to_string());
        let server = Server::saying(status, body);
        let mut command = slow(&["-vv"]);
        let ended = run_until_told(&pod_list(3), command.env("KAI_UPDATE_URL", &server.url));
        assert_eq!((ended.code, &ended.stdout), (Some(0), &without.stdout), "{ended}");
        let told = told(&ended);
        assert_eq!(told.len(), 1, "{ended}");
        assert!(told[0].starts_with(expected), "{ended}");
        assert!(!ended.stderr.contains('\x1b'), "{ended}");

        let asked = server.asked();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert!(asked[0].starts_with("GET /latest?key="), "{asked:?}");
        assert!(asked[0].contains(&format!("\r\nuser-agent: kai/{CURRENT} (")), "{asked:?}");
    }
}

#[test]
fn a_newer_kai_is_told_without_v_in_a_structured_log_and_in_a_file() {
    let server = Server::saying("200 OK", "99.0.0");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), format!("update-url: '{}'\n", server.url)).unwrap();
    let of_file = || {
        let mut command = slow(&["-c", "a.yaml"]);
        command.current_dir(folder.path());
        command
    };
    let ended = run_until_told(&pod_list(3), &mut of_file());
    assert_eq!(told(&ended).len(), 1, "{ended}");

    let ended = run_until_told(&pod_list(3), of_file().env("KAI_LOG_STRUCTURED", "true"));
    let line: serde_json::Value = serde_json::from_str(told(&ended)[0]).unwrap();
    assert_eq!(line["level"], "info", "{ended}");

    let mut command = of_file();
    let child = start(command.env("KAI_LOG_FILE", "kai.log").stdin(Stdio::piped()));
    let in_file = until_told(&folder.path().join("kai.log"));
    assert!(!in_file.contains(SECRET), "{in_file}");
    let ended = feed(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
    assert_eq!(server.asked().len(), 3, "one for each run");
}

#[test]
fn a_run_that_fails_fails_in_the_same_way() {
    let server = Server::saying("200 OK", "99.0.0");
    let mut command = slow(&[]);
    let list = pod_list(3);
    let cut_off = &list[..list.len() - 1];
    let ended = run_until_told(cut_off, command.env("KAI_UPDATE_URL", &server.url));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended}");
    assert_eq!(told(&ended).len(), 1, "{ended}");
}

#[test]
fn a_server_that_never_answers_delays_nothing() {
    let server = Server::answering(None);
    let mut command = slow(&["-vv"]);
    let child = start(command.env("KAI_UPDATE_URL", &server.url).stdin(Stdio::piped()));
    let asked = server.asked.recv_timeout(PATIENCE);
    assert!(asked.is_ok(), "it is asked");
    let started = Instant::now();
    let ended = feed(child);
    assert!(started.elapsed() < NO_DELAY, "{:?}", started.elapsed());
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(told(&ended).is_empty(), "{ended}");
    assert!(server.asked().is_empty(), "it is asked once");
}

#[test]
fn nobody_is_asked_where_that_is_not_wanted_or_for_what_is_no_run() {
    let server = Server::saying("200 OK", "99.0.0");
    let mut unwanted = slow(&["-vv"]);
    let unwanted = unwanted.env("KAI_UPDATE_URL", &server.url);
    let child = start(unwanted.env("KAI_CHECK_FOR_APP_UPDATE", "false").stdin(Stdio::piped()));
    for args in [&["config", "-vv"][..], &["config", "--defaults"], &["version"], &["--help"]] {
        let ended = Ended::of(kai(args).env("KAI_UPDATE_URL", &server.url));
        assert_eq!(ended.code, Some(0), "{ended}");
        assert!(told(&ended).iter().all(|line| !line.starts_with("info: ")), "{ended}");
    }
    // That nothing comes takes a while to see.
    thread::sleep(A_WHILE);
    let ended = feed(child);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(told(&ended).is_empty(), "{ended}");
    assert!(server.asked().is_empty());
}

#[test]
fn q_silences_it() {
    let server = Server::saying("200 OK", "99.0.0");
    let mut command = slow(&["-q"]);
    let child = start(command.env("KAI_UPDATE_URL", &server.url).stdin(Stdio::piped()));
    assert!(server.asked.recv_timeout(PATIENCE).is_ok(), "it is asked");
    thread::sleep(A_WHILE);
    let ended = feed(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
}

#[test]
fn an_update_url_that_is_none_is_refused_without_its_password() {
    let url = format!("ftp://me:{SECRET}@kai.example/");
    let sample = examples().join("pods.json");
    for (wanted, code) in [("true", 2), ("false", 0)] {
        let mut command = kai(["-vv", "-f", sample.to_str().unwrap()]);
        command.env("KAI_UPDATE_URL", &url).env("KAI_CHECK_FOR_APP_UPDATE", wanted);
        let ended = Ended::of(&mut command);
        assert_eq!(ended.code, Some(code), "{ended}");
        assert!(ended.stderr.contains("KAI_UPDATE_URL"), "{ended}");
        assert!(!ended.to_string().contains(SECRET), "{ended}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_an_update_url_nothing_is_asked_of_the_network() {
    if !is_here("strace") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let traced = || {
        let mut strace = Command::new("strace");
        strace.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        strace.args(["-f", "-qq", "-e", "trace=%network,execve", "-o"]).arg(&trace);
        strace.args([env!("CARGO_BIN_EXE_kai"), "-v", "-f", "-"]).stdin(Stdio::piped());
        strace
    };
    let child = start(&mut traced());
    thread::sleep(A_WHILE);
    let ended = feed(child);
    let calls = fs::read_to_string(&trace).unwrap_or_default();
    if calls.is_empty() {
        println!("skipped: strace may not trace here: {}", ended.stderr);
        return;
    }
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(calls.contains("execve(") && !calls.contains("AF_INET"), "{calls}");

    // A run that does ask, or the rest would prove nothing.
    let server = Server::saying("200 OK", "99.0.0");
    run_until_told(&pod_list(3), traced().env("KAI_UPDATE_URL", &server.url));
    assert!(fs::read_to_string(&trace).unwrap().contains("AF_INET"));
}
