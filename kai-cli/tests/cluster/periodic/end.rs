//! How a daemon ends, whatever it does at the time.

use std::env;
use std::fs;
use std::process::Command;
use std::time::Duration;

use testkit::{Fault, FaultRelay, Receiver, Reply, anchore};

use super::{Daemon, command, deliver, posts, send, wait_for};
use crate::cluster;

/// A receiver that never answers a report.
fn silent() -> Receiver {
    let anchore = anchore(1);
    Receiver::start(move |request| match request.path() {
        "/version" => anchore(request),
        _ => Reply::Stall,
    })
}

/// A daemon that is about to POST, and will be for long.
fn posting(receiver: &Receiver, folder: &tempfile::TempDir) -> Daemon {
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 300);
    let command = deliver(&mut command, receiver, folder.path());
    let daemon = Daemon::start(command.args(["-v"]).env("KAI_ANCHORE_HTTP_TIMEOUT_SECONDS", "0"));
    daemon.logs("debug: posting ", 1);
    daemon
}

#[test]
fn sigterm_and_sigint_end_it_in_the_middle_of_a_cycle() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let relay = FaultRelay::start(cluster(), |_| Fault::StallBeforeHeaders);
        let mut command = command(folder.path(), relay.url(), &cluster().admin(), 1);
        let daemon = Daemon::start(&mut command);
        wait_for("a request", || (!relay.requests().is_empty()).then_some(()));
        daemon.send(signal);
        let (code, took, log) = daemon.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(took < Duration::from_secs(2), "{took:?}");
        assert!(log.ends_with("info: ended\n"), "{log}");
    }
}

#[test]
fn sigterm_ends_it_in_the_middle_of_a_post() {
    let (receiver, folder) = (silent(), tempfile::tempdir().unwrap());
    posting(&receiver, &folder).terminate();
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (receiver, folder) = (silent(), tempfile::tempdir().unwrap());
    let mut daemon = posting(&receiver, &folder);
    daemon.send("-TERM");
    for _ in 0..25 {
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(daemon.child.try_wait().unwrap(), None, "the post has a few seconds");
    }
    daemon.send("-TERM");
    let (code, took, _) = daemon.end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn sigterm_ends_it_in_the_middle_of_a_wait_between_two_tries() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(|_| Reply::status(503).header("retry-after", "30"));
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 300);
    let daemon = Daemon::start(deliver(&mut command, &receiver, folder.path()));
    daemon.logs("error: the delivery failed", 1);
    daemon.send("-TERM");
    let (code, took, log) = daemon.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(posts(&receiver).len(), 1);
}

#[test]
fn sigterm_ends_it_while_its_credentials_fail() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), "https://127.0.0.1:1", &cluster().admin(), 1);
    let daemon = Daemon::start(&mut command);
    daemon.logs("error: the inventory failed", 1);
    daemon.terminate();
}

#[test]
fn sighup_is_ignored_with_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    let daemon = Daemon::start(&mut command);
    daemon.logs("info: inventory taken", 1);
    daemon.send("-HUP");
    daemon.logs("info: SIGHUP is ignored", 1);
    let before = daemon.count("info: inventory taken");
    daemon.logs("info: inventory taken", before + 1);
    daemon.terminate();
}

/// How to get a PID namespace here; `None`: not at all, and the reason is printed.
fn unshare() -> Option<Vec<&'static str>> {
    let ways: [&[&str]; 2] = [&["--pid", "--fork"], &["--pid", "--fork", "--map-root-user"]];
    let mut why = Vec::new();
    for way in ways {
        match Command::new("unshare").args(way).arg("true").output() {
            Ok(output) if output.status.success() => return Some(way.to_vec()),
            Ok(output) => why.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
            Err(error) => why.push(error.to_string()),
        }
    }
    println!("skipped, as there is no PID namespace to have here: {why:?}");
    None
}

/// The only child of a process.
fn child_of(pid: u32) -> Option<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn as_process_1_it_runs_and_ends_by_each_signal() {
    let Some(way) = unshare() else { return };
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let inner = command(folder.path(), cluster().url(), &cluster().admin(), 1);
        let mut command = Command::new("unshare");
        command.args(&way).arg(inner.get_program()).args(inner.get_args());
        command.env_clear().env("HOME", "/nonexistent");
        command.env("PATH", env::var_os("PATH").unwrap_or_default());
        let daemon = Daemon::start(&mut command);
        daemon.logs("info: inventory taken", 2);
        let pid = child_of(daemon.child.id()).unwrap();
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let inside = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap();
        assert_eq!(inside.split_whitespace().last(), Some("1"), "{inside}");
        send("-HUP", pid);
        daemon.logs("info: SIGHUP is ignored", 1);
        send(signal, pid);
        let (code, took, log) = daemon.end();
        assert_eq!(code, Some(0), "{signal} {log}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
