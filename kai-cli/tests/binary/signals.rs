#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{kai, pod_list, start};

/// How long a process may take to end that was told to.
const SOON: Duration = Duration::from_secs(20);

fn send(signal: &str, child: &Child) {
    // Every shell has a `kill` of its own.
    let kill = format!("kill {signal} {}", child.id());
    let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(status.success());
}

/// Waits until a line with this text is logged.
fn wait_for(text: &str, child: &mut Child) {
    let mut log = BufReader::new(child.stderr.as_mut().unwrap());
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the log ended before `{text}`");
    }
}

/// The exit code, once it has ended.
fn code(child: &mut Child) -> Option<i32> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(started.elapsed() < SOON, "it does not end");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_signal_while_stdin_is_read_ends_it_and_nothing_is_printed() {
    for (signal, expected) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = start(kai(["-f", "-"]).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().unwrap();
        // Half of a list, and the rest never comes.
        stdin.write_all(&pod_list(100)[..5000]).unwrap();
        wait_for("reading pods from stdin", &mut child);
        send(signal, &child);
        assert_eq!(code(&mut child), Some(expected), "{signal}");
        let mut printed = String::new();
        child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        assert_eq!(printed, "", "{signal}");
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!(told, "", "{signal}");
        drop(stdin);
    }
}

/// A process that has begun to write a report that does not fit into its pipe.
fn writing(file: &tempfile::NamedTempFile) -> Child {
    fs::write(file.path(), pod_list(20_000)).unwrap();
    let mut child = start(&mut kai([std::path::Path::new("-f"), file.path()]));
    wait_for("distinct images", &mut child);
    let first = child.stdout.as_mut().unwrap();
    first.read_exact(&mut [0]).unwrap();
    child
}

#[test]
fn a_signal_while_the_report_is_written_does_not_cut_it() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut child = writing(&file);
    send("-INT", &child);
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"\"inventory_type\": \"kubernetes\"\n}\n"));
    assert_eq!(code(&mut child), Some(130));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut child = writing(&file);
    // Nobody reads what it writes, so that it ends by a signal or not at all; and not by one.
    send("-TERM", &child);
    for _ in 0..15 {
        assert_eq!(child.try_wait().unwrap(), None, "the first signal ended it");
        std::thread::sleep(Duration::from_millis(20));
    }
    send("-TERM", &child);
    assert_eq!(code(&mut child), Some(143));
}

#[test]
fn a_signal_ends_it_while_a_named_pipe_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = start(kai(["-v", "-f"]).arg(&pipe));
    wait_for("debug: opening", &mut child);
    send("-INT", &child);
    assert_eq!(code(&mut child), Some(130));
}

/// Whether a process catches a signal by now, by its number.
#[cfg(target_os = "linux")]
fn catches(number: u32, child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).unwrap();
    u64::from_str_radix(caught, 16).unwrap() & (1 << (number - 1)) != 0
}

#[cfg(target_os = "linux")]
#[test]
fn a_daemon_whose_log_nobody_reads_ends_by_its_first_signal() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let text = "{current-context: a, clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}], \
                contexts: [{name: a, context: {cluster: a, user: a}}], users: [{name: a, user: {}}]}";
    fs::write(&config, text).unwrap();
    let (unread, mut log) = std::io::pipe().unwrap();
    let stderr = log.try_clone().unwrap();
    // Until it is full, and then until nobody can read it any more.
    let filler = std::thread::spawn(move || while log.write_all(&[b' '; 4096]).is_ok() {});
    let mut command = kai(["-m", "periodic", "-p", "1", "-k"]);
    let mut child = command.arg(config).stderr(stderr).stdout(Stdio::null()).spawn().unwrap();
    drop(command);
    let started = Instant::now();
    while !(catches(15, &child) && catches(1, &child)) {
        assert!(started.elapsed() < SOON, "it never listens");
        std::thread::sleep(Duration::from_millis(10));
    }
    // By then it is stuck in its first line.
    std::thread::sleep(Duration::from_millis(300));
    send("-HUP", &child);
    std::thread::sleep(Duration::from_millis(200));
    let told = Instant::now();
    send("-TERM", &child);
    assert_eq!(code(&mut child), Some(0));
    assert!(told.elapsed() < Duration::from_secs(6), "{:?}", told.elapsed());
    drop(unread);
    filler.join().unwrap();
}
