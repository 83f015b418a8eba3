//! What a daemon prints.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;
use testkit::{Receiver, anchore};

use super::{Daemon, command, deliver, images, posts, wait_for};
use crate::support::start;
use crate::{cluster, make};

#[test]
fn without_an_anchore_each_report_is_a_line() {
    make("lines");
    let folder = tempfile::tempdir().unwrap();
    let daemon = Daemon::start(&mut command(folder.path(), cluster().url(), &cluster().admin(), 1));
    wait_for("three lines", || (daemon.printed().lines().count() >= 3).then_some(()));
    let printed = daemon.printed();
    daemon.terminate();
    for line in printed.lines() {
        let report: Value = serde_json::from_str(line).unwrap();
        assert_eq!(images(&report, "lines").unwrap(), ["lines:1"]);
        assert!(line.starts_with("{\"timestamp\":"), "{line}");
    }
}

#[test]
fn where_reports_are_delivered_they_are_printed_only_by_choice() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(anchore(1)));
    for (args, expected) in [(&[][..], false), (&["-i", "-o", "table"], true)] {
        let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
        deliver(&mut command, &receiver, folder.path()).args(args);
        let daemon = Daemon::start(&mut command);
        let before = posts(&receiver).len();
        wait_for("two reports", || (posts(&receiver).len() >= before + 2).then_some(()));
        let printed = daemon.printed();
        daemon.terminate();
        assert_eq!(printed.starts_with("IMAGE TAG "), expected, "{args:?} {printed}");
        assert_eq!(printed.is_empty(), !expected, "{args:?}");
    }
}

#[test]
fn a_reader_that_has_enough_ends_it_well_once_its_report_was_sent() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(anchore(1)));
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    deliver(&mut command, &receiver, folder.path()).arg("-i").stdin(Stdio::null());
    let mut child = start(&mut command);
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    let taken = log.matches("info: inventory taken").count();
    assert_eq!(posts(&receiver).len(), taken, "the last one, too: {log}");
    assert!(!log.contains("error"), "{log}");
}

#[test]
fn a_full_disk_stops_neither_cycles_nor_deliveries() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start(anchore(1)));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(folder.path(), cluster().url(), &cluster().admin(), 1);
    deliver(&mut command, &receiver, folder.path()).arg("-i").stdout(full);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    wait_for("three reports", || (posts(&receiver).len() >= 3).then_some(()));
    super::send("-TERM", child.id());
    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert_eq!(log.matches("error: printing the report failed").count(), 1, "{log}");
}
