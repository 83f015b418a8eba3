//! Whatever a process waits for, its first signal ends it within five seconds; and a daemon goes on
//! where nobody reads its log.
#![cfg(unix)]

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testkit::{Receiver, Reply};

use crate::support::{kai, pod_list};

const MOST: Duration = Duration::from_millis(5500);

fn send(signal: &str, child: &Child) {
    let kill = format!("kill {signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// A named pipe that this process holds open to write, and writes nothing to.
fn silent_pipe(folder: &Path, name: &str) -> File {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

/// A list of pods whose images are none, so that each has a line in the log.
fn nameless(pods: usize) -> String {
    let pod = |n: usize| {
        format!(
            r#"{{"kind":"Pod","metadata":{{"namespace":"a","name":"web-{n:05}","uid":"u{n}"}},"spec":{{"containers":[{{"name":"app","image":"-{n}"}}]}},"status":{{"phase":"Running"}}}}"#
        )
    };
    let items: Vec<_> = (0..pods).map(pod).collect();
    format!(
        r#"{{"kind":"PodList","metadata":{{"resourceVersion":"1"}},"items":[{}]}}"#,
        items.join(",")
    )
}

/// What blocks it, and how it is started in a folder of what it needs.
fn rows(folder: &Path) -> Vec<(&'static str, Command)> {
    let at = |name: &str| folder.join(name).display().to_string();
    let kubeconfig = |user: &str| {
        format!(
            "current-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
             clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:1'}}}}]\n\
             users: [{{name: u, user: {{{user}}}}}]\n"
        )
    };
    fs::write(at("token.yaml"), kubeconfig("tokenFile: pipe")).unwrap();
    fs::write(at("certificate.yaml"), kubeconfig("client-certificate: pipe, client-key: pipe"))
        .unwrap();
    let plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, command: sleep, args: ['60'], interactiveMode: Never}";
    fs::write(at("plugin.yaml"), kubeconfig(plugin)).unwrap();
    fs::write(at("pods.json"), pod_list(20_000)).unwrap();
    fs::write(at("nameless.json"), nameless(5000)).unwrap();
    let row = |what, args: &[String]| (what, kai(args));
    let (pods, nameless) = (at("pods.json"), at("nameless.json"));
    let word = |text: &str| text.to_owned();
    vec![
        row("a full stdout", &[word("-q"), word("-f"), pods.clone()]),
        row(
            "a full stdout, as a table",
            &[word("-q"), word("-f"), pods.clone(), word("-o"), word("table")],
        ),
        row("a full stderr", &[word("-vv"), word("-f"), nameless.clone()]),
        row("both full", &[word("-v"), word("-f"), nameless]),
        row("a kubeconfig that does not come", &[word("-k"), at("pipe")]),
        row("a token that does not come", &[word("-k"), at("token.yaml")]),
        row("a certificate that does not come", &[word("-k"), at("certificate.yaml")]),
        row("a plugin that does not end", &[word("-k"), at("plugin.yaml")]),
        row("a configuration that does not come", &[word("-c"), at("pipe"), word("-f"), pods]),
        row("an input that does not come", &[word("-f"), at("pipe")]),
    ]
}

/// How it ended, and how long that took.
fn ended(child: &mut Child, since: Instant) -> (Option<i32>, Duration) {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), since.elapsed());
        }
        if since.elapsed() > MOST + MOST {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_first_signal_ends_it_within_five_seconds_whatever_blocks() {
    let folder = tempfile::tempdir().unwrap();
    let _writer = silent_pipe(folder.path(), "pipe");
    let mut started = Vec::new();
    for (signal, expected) in [("-TERM", 143), ("-INT", 130)] {
        for (what, mut command) in rows(folder.path()) {
            // Pipes that nobody reads.
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            started.push((format!("{what}, {signal}"), signal, expected, child));
        }
    }
    std::thread::sleep(Duration::from_secs(3));
    for (what, signal, _, child) in &mut started {
        assert_eq!(child.try_wait().unwrap(), None, "{what}: it is not blocked");
        send(signal, child);
    }
    let since = Instant::now();
    for (what, _, expected, child) in &mut started {
        let (code, took) = ended(child, since);
        println!("{what}: {code:?} in {took:?}");
        assert_eq!(code, Some(*expected), "{what}");
        assert!(took < MOST, "{what}: {took:?}");
    }
}

#[test]
fn a_signal_right_at_the_start_ends_it() {
    use std::os::unix::process::ExitStatusExt;

    let folder = tempfile::tempdir().unwrap();
    let _writer = silent_pipe(folder.path(), "pipe");
    for (signal, number) in [("-TERM", 15), ("-INT", 2)] {
        for nth in 0..20 {
            let mut command = kai(["-q", "-f"]);
            command.arg(folder.path().join("pipe")).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_micros(nth * 700));
            send(signal, &child);
            let status = child.wait().unwrap();
            // By its handler, or by the system before there is one.
            let by = status.code().map(|code| code - 128).or(status.signal());
            assert_eq!(by, Some(number), "{signal} after {nth}: {status}");
        }
    }
}

#[test]
fn a_daemon_whose_log_nobody_reads_delivers_and_answers_probes() {
    let pods = nameless(5000);
    let cluster = Receiver::plain(move |request| match request.path() {
        "/version" => Reply::json("{}"),
        "/api/v1/namespaces" => Reply::json(
            r#"{"kind":"NamespaceList","metadata":{},"items":[{"metadata":{"name":"a","uid":"u"}}]}"#,
        ),
        "/api/v1/nodes" => Reply::json(r#"{"kind":"NodeList","metadata":{},"items":[]}"#),
        _ => Reply::json(&pods),
    });
    let anchore = Receiver::plain(|_| Reply::status(201));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::write(
        &config,
        format!(
            "current-context: x\ncontexts: [{{name: x, context: {{cluster: c}}}}]\n\
             clusters: [{{name: c, cluster: {{server: '{}'}}}}]\n",
            cluster.url()
        ),
    )
    .unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = kai(["-vv", "-m", "periodic", "-p", "1", "--cluster-name", "x", "-k"]);
    command.arg(&config).arg("--listen").arg(format!("127.0.0.1:{port}"));
    command.env("KAI_ANCHORE_URL", anchore.url()).env("KAI_ANCHORE_USER", "me");
    command.env("KAI_ANCHORE_PASSWORD", "a-password").env("KAI_ANCHORE_API", "v1");
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let since = Instant::now();
    while anchore.requests().len() < 3 {
        assert_eq!(child.try_wait().unwrap(), None);
        assert!(since.elapsed() < Duration::from_secs(60), "{}", anchore.requests().len());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut probe = TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::io::Write::write_all(&mut probe, b"GET /healthz HTTP/1.1\r\nHost: kai\r\n\r\n").unwrap();
    let mut answer = String::new();
    probe.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    send("-TERM", &child);
    let (code, took) = ended(&mut child, Instant::now());
    assert_eq!(code, Some(0));
    assert!(took < MOST, "{took:?}");
}
