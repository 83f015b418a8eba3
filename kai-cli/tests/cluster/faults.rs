//! What a user sees when something is wrong with the cluster, the network or the rights.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use testkit::{Credentials, Fault, FaultRelay, Receiver, RelayRequest, Reply, first};

use crate::support::{Ended, start};
use crate::{cluster, kai_at, make, run_as};

/// Snapshots a run, with the figures of this run replaced.
macro_rules! assert_seen {
    ($ended:expr) => {
        insta::with_settings!({filters => vec![
            (r"gave up after \d+ attempts in [\d.]+ s", "gave up after [n] attempts in [time]"),
            (r"127\.0\.0\.1:\d+", "[address]"),
            (r"user-\d+", "[user]"),
            (r#""(gitVersion|gitCommit|buildDate|goVersion|platform|major|minor|gitTreeState|compiler)": ".*""#, r#""$1": "[…]""#),
        ]}, {
            insta::assert_snapshot!($ended.to_string());
        });
    };
}

#[test]
fn a_namespace_without_the_right_fails_the_run() {
    make("faults-mine");
    make("faults-theirs");
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("faults-mine"), &["list"], &["pods"]);
    let ended = run_as(&user.credentials, &["-n", "faults-mine", "-n", "faults-theirs"]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert_seen!(ended);
}

#[test]
fn a_namespace_without_the_right_is_skipped_by_choice_and_the_rest_is_printed() {
    make("skipped-mine");
    make("skipped-theirs");
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("skipped-mine"), &["list"], &["pods"]);
    let folder = tempfile::tempdir().unwrap();
    let args = ["-n", "skipped-mine,skipped-theirs", "-o", "table"];
    let mut command = kai_at(folder.path(), cluster().url(), &user.credentials, &args);
    let ended = Ended::of(command.env("KAI_KUBERNETES_ON_FORBIDDEN", "skip"));
    assert_eq!(ended.code, Some(3));
    assert_seen!(ended);
}

#[test]
fn a_delivery_that_fails_ends_with_4_though_a_namespace_was_skipped() {
    make("undelivered-mine");
    make("undelivered-theirs");
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("undelivered-mine"), &["list"], &["pods"]);
    let folder = tempfile::tempdir().unwrap();
    let args = ["-n", "undelivered-mine,undelivered-theirs", "--cluster-name", "test"];
    for (status, expected) in [(400, 4), (201, 3)] {
        let receiver = Receiver::plain(move |_| Reply::status(status));
        let mut command = kai_at(folder.path(), cluster().url(), &user.credentials, &args);
        command.env("KAI_KUBERNETES_ON_FORBIDDEN", "skip").env("KAI_ANCHORE_API", "v1");
        command.env("KAI_ANCHORE_URL", receiver.url()).env("KAI_ANCHORE_USER", "me");
        let ended = Ended::of(command.env("KAI_ANCHORE_PASSWORD", "secret"));
        assert_eq!(ended.code, Some(expected), "{}", ended.stderr);
        assert!(ended.stdout.contains("undelivered-mine:1"), "{}", ended.stdout);
        assert!(ended.stderr.contains("the report lacks a namespace"), "{}", ended.stderr);
    }
}

#[test]
fn a_namespace_that_does_not_exist_is_reported_empty_with_a_warning() {
    let ended = run_as(&cluster().admin(), &["-n", "faults-none"]);
    assert_eq!(ended.code, Some(0));
    assert_seen!(ended);
}

#[test]
fn a_wrong_token_ends_with_3() {
    let ended = run_as(&Credentials::Token("wrong".to_owned()), &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""));
    assert!(!ended.stderr.contains("wrong\""));
    let told = ended.stderr.lines().last().unwrap().to_owned();
    assert!(told.contains("401 Unauthorized"), "{}", ended.stderr);
}

#[test]
fn a_server_that_is_not_there_ends_with_3() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("https://127.0.0.1:{port}");
    let args = ["-n", "default"];
    let ended = Ended::of(&mut kai_at(folder.path(), &nobody, &cluster().admin(), &args));
    assert_eq!(ended.code, Some(3));
    assert_seen!(ended);
}

#[test]
fn a_certificate_that_is_not_trusted_ends_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let mut command =
        kai_at(folder.path(), cluster().url(), &cluster().admin(), &["-n", "default"]);
    let path = folder.path().join("kubeconfig");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines = text.lines().filter(|line| !line.contains("certificate-authority-data"));
    std::fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(3));
    assert_seen!(ended);
}

#[test]
fn a_server_that_only_fails_ends_within_the_deadline_with_3() {
    let relay = FaultRelay::start(cluster(), |_| Fault::status(500));
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let args = ["--request-timeout", "3", "-n", "default"];
    let ended = Ended::of(&mut kai_at(folder.path(), relay.url(), &cluster().admin(), &args));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    assert_eq!(ended.code, Some(3));
    assert_seen!(ended);
}

#[test]
fn a_cut_page_is_no_more_than_a_delay() {
    make("cut");
    let pods = |request: &RelayRequest| request.path() == "/api/v1/namespaces/cut/pods";
    let relay = FaultRelay::start(cluster(), first(2, pods, Fault::CutAfter(500)));
    let folder = tempfile::tempdir().unwrap();
    let args = ["-n", "cut", "-o", "table"];
    let ended = Ended::of(&mut kai_at(folder.path(), relay.url(), &cluster().admin(), &args));
    assert_eq!(relay.requests().iter().filter(|request| pods(request)).count(), 3);
    assert_seen!(ended);
}

#[test]
fn a_signal_in_the_middle_prints_nothing() {
    let relay = FaultRelay::start(cluster(), |_| Fault::StallBeforeHeaders);
    let folder = tempfile::tempdir().unwrap();
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let seen = relay.requests().len();
        let child = start(&mut kai_at(folder.path(), relay.url(), &cluster().admin(), &["-q"]));
        while relay.requests().len() == seen {
            std::thread::yield_now();
        }
        let kill = std::process::Command::new("kill")
            .args(["-s", signal, &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{signal}");
    }
}
