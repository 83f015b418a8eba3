//! What a person sees at a terminal.

#![cfg(unix)]

use std::io::Write;
use std::process::{ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::support::terminal::{OnTerminal, on_terminal, typed_at};
use crate::support::{kai, pod_list};

/// Longer than the progress has patience.
const A_WHILE: Duration = Duration::from_millis(700);

/// Erases a line.
const ERASE: &str = "\r\x1b[K";

/// `kai -f - -o table`, and more.
fn slow(args: &[&str]) -> Command {
    let mut command = kai(["-f", "-", "-o", "table"]);
    command.args(args).stdin(Stdio::piped());
    command
}

/// Starts it at a terminal, and feeds it the first part of a list of three pods.
fn begun(command: &mut Command, columns: u16) -> (OnTerminal, ChildStdin, Vec<u8>) {
    let list = pod_list(3);
    let third = list.windows(12).rposition(|it| it == b"{\"kind\":\"Pod").unwrap();
    let mut terminal = on_terminal(command, columns);
    let mut stdin = terminal.child.stdin.take().unwrap();
    stdin.write_all(&list[..third]).unwrap();
    (terminal, stdin, list[third..].to_vec())
}

/// The time of a run, which is for chance to say, replaced.
fn without_time(screen: &str) -> String {
    let lines = screen.lines().map(|line| match line.split_once(" images in ") {
        Some((counts, _)) => format!("{counts} images in [time]"),
        None => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn progress_is_shown_while_a_source_is_slow_and_is_gone_without_a_trace() {
    for (columns, line) in [(80, "2 pods in 1 namespace, "), (40, "2 pods, 1 ns, ")] {
        let (terminal, mut stdin, rest) = begun(&mut slow(&[]), columns);
        let shown = terminal.wait_for(line);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines.len(), 2, "{shown}");
        assert_eq!(lines[0], "info: reading pods from stdin");
        assert!(lines[1].starts_with(&format!("reading: {line}")), "{shown}");
        assert!(lines[1].ends_with(" s") && lines[1].len() < columns.into(), "{shown}");

        stdin.write_all(&rest).unwrap();
        drop(stdin);
        let left = terminal.end();
        assert_eq!(left.code, Some(0), "{left:?}");
        assert_eq!(
            without_time(&left.screen),
            "info: reading pods from stdin\n\
             info: 1 namespace, 3 pods and 3 distinct images in [time]\n\
             IMAGE TAG                        REPO DIGEST  NAMESPACE\n\
             registry.example/team/app-0:1.0               shop\n\
             registry.example/team/app-1:1.0               shop\n\
             registry.example/team/app-2:1.0               shop",
            "{columns} columns"
        );
    }
}

/// The seconds at the end of the line of progress.
fn seconds(screen: &str) -> Option<f64> {
    screen.strip_suffix(" s")?.rsplit(' ').next()?.parse().ok()
}

#[test]
fn progress_is_drawn_no_more_than_ten_times_a_second() {
    let (terminal, stdin, _) = begun(&mut slow(&[]), 80);
    terminal.wait_until("a second", |screen| seconds(screen) >= Some(1.0));
    drop(stdin);
    let written = terminal.end().written;
    let lines: Vec<_> = written.split(ERASE).filter_map(seconds).collect();
    let last = lines.last().unwrap();
    assert!(
        lines.len() > 2 && f64::from(u32::try_from(lines.len()).unwrap()) <= last * 10.0,
        "{lines:?}"
    );
}

#[test]
fn what_is_logged_meanwhile_stands_above_the_progress() {
    let bad = r#"{"kind":"Pod","metadata":{"namespace":"web","name":"b"},"spec":{"containers":[{"name":"app","image":"\u001b[2JBad"}]},"status":{"phase":"Running"}},"#;
    let (terminal, mut stdin, rest) = begun(&mut slow(&[]), 80);
    terminal.wait_for("2 pods in 1 namespace");
    stdin.write_all(bad.as_bytes()).unwrap();
    let shown = terminal.wait_for("3 pods in 2 namespaces");
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines[0], "info: reading pods from stdin", "{shown}");
    assert!(lines[1].starts_with(r"warning: `\u{1b}[2JBad` is no image reference"), "{shown}");
    assert_eq!(shown.matches("reading: ").count(), 1, "{shown}");
    assert!(lines.last().unwrap().starts_with("reading: 3 pods"), "{shown}");
    stdin.write_all(&rest).unwrap();
    drop(stdin);
    let left = terminal.end();
    assert!(!left.screen.contains("reading: "), "{}", left.screen);
}

#[test]
fn an_error_and_a_signal_take_the_progress_away() {
    let (terminal, stdin, _) = begun(&mut slow(&[]), 80);
    terminal.wait_for("2 pods in 1 namespace");
    // The input ends in the middle.
    drop(stdin);
    let left = terminal.end();
    assert_eq!(left.code, Some(3), "{left:?}");
    assert!(!left.screen.contains("reading: ") && left.screen.contains("\nerror: "), "{left:?}");

    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let (terminal, stdin, _) = begun(&mut slow(&[]), 80);
        terminal.wait_for("2 pods in 1 namespace");
        kill_process(Pid::from_child(&terminal.child), signal).unwrap();
        let left = terminal.end();
        assert_eq!(left.code, Some(code), "{left:?}");
        assert_eq!(left.screen, "info: reading pods from stdin");
        drop(stdin);
    }
}

#[test]
fn there_is_no_progress_where_it_is_not_wanted() {
    type Change = fn(&mut Command) -> &mut Command;
    let table: [(&str, Change); 6] = [
        ("-q", |kai| kai.arg("-q")),
        ("-v", |kai| kai.arg("-v")),
        ("-vv", |kai| kai.arg("-vv")),
        ("CI", |kai| kai.env("CI", "true")),
        ("TERM=dumb", |kai| kai.env("TERM", "dumb")),
        ("TERM=", |kai| kai.env("TERM", "")),
    ];
    let start = |(name, change): (_, Change)| (name, begun(change(&mut slow(&[])), 80));
    // All at once: that nothing comes takes a while to see.
    let all: Vec<_> = table.into_iter().map(start).collect();
    thread::sleep(A_WHILE);
    for (name, (terminal, mut stdin, rest)) in all {
        stdin.write_all(&rest).unwrap();
        drop(stdin);
        let left = terminal.end();
        assert_eq!(left.code, Some(0), "{name}: {left:?}");
        assert!(!left.written.contains(ERASE), "{name}: {left:?}");
        assert!(!left.written.contains("reading: "), "{name}: {left:?}");
    }
}

#[test]
fn colours_are_shown_unless_no_color_says_otherwise() {
    for (value, colored) in [(None, true), (Some(""), true), (Some("1"), false)] {
        let mut command = slow(&[]);
        if let Some(value) = value {
            command.env("NO_COLOR", value);
        }
        let (terminal, mut stdin, rest) = begun(&mut command, 80);
        terminal.wait_for("2 pods in 1 namespace");
        stdin.write_all(&rest).unwrap();
        drop(stdin);
        let left = terminal.end();
        assert_eq!(left.code, Some(0), "{left:?}");
        assert_eq!(left.written.contains("\x1b[1;32minfo\x1b[0m: "), colored, "{left:?}");
        assert_eq!(left.written.contains("\x1b[1;36mreading\x1b[0m: "), colored, "{left:?}");
        // What erases a line is no colour.
        assert_eq!(left.written.replace("\x1b[K", "").contains('\x1b'), colored, "{left:?}");
    }
}

#[test]
fn an_error_and_an_alarm_are_coloured_as_the_log_is() {
    let folder = tempfile::tempdir().unwrap();
    let leads = "quiet: true\nupdate-url: https://update.example\ncheck-for-app-update: false\n";
    std::fs::write(folder.path().join(".kai.yaml"), leads).unwrap();
    let table: [(&[&str], &str); 4] = [
        (&["--nonsense"], "\x1b[1;31merror\x1b[0m: unknown flag"),
        (&["-o", "yml"], "\x1b[1;31merror\x1b[0m: invalid value"),
        (&["-f", "/nowhere/pods.json"], "\x1b[1;31merror\x1b[0m: cannot open"),
        (&["-f", "/nowhere/pods.json"], "\x1b[1;33mwarning\x1b[0m: `update-url`"),
    ];
    for (args, colored) in table {
        for (name, value, expected) in
            [("NO_COLOR", "", true), ("NO_COLOR", "1", false), ("TERM", "dumb", false)]
        {
            println!("{args:?} {name}={value}");
            let mut command = kai(args.iter().copied());
            command.current_dir(folder.path()).env(name, value);
            let left = on_terminal(&mut command, 80).end();
            assert_eq!(left.written.contains(colored), expected, "{left:?}");
            assert_eq!(left.written.contains('\x1b'), expected, "{left:?}");
        }
    }
}

#[test]
fn images_of_10000_pods_that_hold_escape_sequences_leave_the_terminal_as_it_was() {
    let pods: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                r#"{{"kind":"Pod","metadata":{{"namespace":"shop","name":"web-{n}"}},"spec":{{"containers":[{{"name":"app","image":"\u001b[2J\u001b]0;gone\u0007\u202e{}"}}]}},"status":{{"phase":"Running"}}}}"#,
                "x".repeat(300)
            )
        })
        .collect();
    let list = format!(r#"{{"kind":"List","items":[{}]}}"#, pods.join(","));
    let mut terminal = on_terminal(slow(&[]).env("NO_COLOR", "1"), 80);
    let mut stdin = terminal.child.stdin.take().unwrap();
    // Slow at first, so that there is progress too.
    let (first, rest) = list.as_bytes().split_at(1000);
    stdin.write_all(first).unwrap();
    terminal.wait_for(" pods/s, ");
    stdin.write_all(rest).unwrap();
    drop(stdin);
    let left = terminal.end();
    assert_eq!(left.code, Some(0), "{left:?}");
    let written = left.written.replace(ERASE, "");
    assert!(!written.contains(['\x1b', '\x07', '\u{202e}']), "{written}");
    let warnings = written.matches("warning: `").count();
    assert_eq!(warnings, 20, "{written}");
    assert!(left.screen.contains("warning: … and 9980 more texts that are no"), "{}", left.screen);
    assert!(left.screen.ends_with("No Images found"), "{}", left.screen);
}

#[test]
fn what_waits_for_somebody_to_type_says_so() {
    let mut terminal = typed_at(&mut kai(["-f", "-", "-o", "table"]), 80);
    terminal
        .wait_for("info: reading pods from stdin, which is a terminal: Ctrl-D ends what is typed");
    terminal.type_in("[]\n\x04");
    let left = terminal.end();
    assert_eq!(left.code, Some(0), "{left:?}");
    assert!(left.screen.contains("the input holds no pods"), "{left:?}");
}
