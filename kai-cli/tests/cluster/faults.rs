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
fn where_no_namespace_may_be_read_there_is_no_report_and_it_is_said() {
    make("unread-one");
    make("unread-two");
    let user = cluster().fresh_user();
    let one = run_as(&user.credentials, &["-n", "unread-one", "--on-forbidden", "skip"]);
    let two = run_as(&user.credentials, &["-n", "unread-one,unread-two", "--on-forbidden=skip"]);
    let all = run_as(&user.credentials, &["--on-forbidden", "skip"]);
    for ended in [&one, &two, &all] {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended}");
    }
    let told = [one, two, all].map(|mut ended| {
        // Lists that are read side by side end in any order.
        let mut lines: Vec<_> = ended.stderr.lines().collect();
        let end = lines.iter().position(|line| line.starts_with("error: ")).unwrap();
        lines[1..end].sort_unstable();
        ended.stderr = lines.join("\n");
        ended.to_string()
    });
    assert_seen!(told.join("\n\n"));
}

#[test]
fn what_a_hint_says_grants_the_right_that_was_missing() {
    make("granted");
    let refused_bob = r#"User "granted-bob" cannot list"#;
    // In the one namespace, in all of them, and to act as somebody, who lacks the right then.
    let table: [(&[&str], Option<i32>, &str); 3] = [
        (&["-n", "granted"], Some(0), "granted:1"),
        (&[], Some(0), "granted:1"),
        (&["-n", "granted", "--as", "granted-bob"], Some(3), refused_bob),
    ];
    for (number, (args, code, text)) in table.into_iter().enumerate() {
        let user = cluster().fresh_user();
        let refused = run_as(&user.credentials, args);
        assert_eq!(refused.code, Some(3), "{refused}");
        let hint = refused.stderr.lines().find(|line| line.contains("hint: ")).unwrap();
        let commands: Vec<_> =
            hint.split('`').filter(|it| it.starts_with("kubectl create")).collect();
        assert_eq!(commands.len(), 2, "{hint}");
        for command in commands {
            // Each time under a name of its own.
            let command = command.replace("=NAME", "=granted-bob");
            let words = command.split(' ').skip(1).map(|word| match word {
                "kai" | "kai-as" => format!("kai-{number}"),
                word => word
                    .replace("role=kai-as", "role=kai")
                    .replace("role=kai", &format!("role=kai-{number}")),
            });
            let words: Vec<String> = words.collect();
            let done = cluster().kubectl(&words.iter().map(String::as_str).collect::<Vec<_>>());
            assert!(done.status.success(), "{command}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        // The server learns of a role by a watch.
        let granted = loop {
            let ended = run_as(&user.credentials, args);
            if ended.to_string().contains(text) || Instant::now() > deadline {
                break ended;
            }
        };
        assert_eq!(granted.code, code, "{granted}");
        assert!(granted.to_string().contains(text), "{granted}");
    }
}

#[test]
fn a_right_to_list_namespaces_or_to_impersonate_that_is_missing_has_a_hint_of_its_own() {
    let user = cluster().fresh_user();
    let told = [
        run_as(&user.credentials, &[]),
        run_as(&user.credentials, &["--exclude-namespace", "^kube-"]),
        run_as(&user.credentials, &["--as", "bob", "-n", "default"]),
    ]
    .map(|ended| {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended}");
        ended.to_string()
    });
    assert_seen!(told.join("\n\n"));
}

#[test]
fn no_line_of_the_log_speaks_rust() {
    make("spoken");
    let user = cluster().fresh_user();
    let told = [
        run_as(&cluster().admin(), &["-vv", "-n", "spoken"]),
        run_as(&cluster().admin(), &["-vv", "-o", "table"]),
        run_as(&user.credentials, &["-vv", "-n", "spoken", "--on-forbidden", "skip"]),
        run_as(&user.credentials, &["-vv"]),
    ];
    // What `Debug` writes: `Some(1)`, `Known { pods: 1 }`, `Skip`; and paths of modules.
    let rust = ["Some(", "None", "Ok(", "Err(", " { ", "::", "=Skip", "=Fail", "=Auto"];
    for ended in &told {
        assert!(ended.stderr.contains("debug: how the cluster is asked ("), "{ended}");
        for word in rust {
            let line = ended.stderr.lines().find(|line| line.contains(word));
            assert_eq!(line, None, "{word}");
        }
    }
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
