//! The log in a file, and the log for machines.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ended, examples, fed, kai};

/// An image that would clear the screen and turn the text around.
const HOSTILE: &str = r#"{"kind":"List","items":[{"kind":"Pod","metadata":{"namespace":"shop","name":"web"},"spec":{"containers":[{"name":"app","image":"\u001b[2J\u202eBad\nerror: no"}]},"status":{"phase":"Running"}}]}"#;

/// `kai -f` of the sample, in a folder that is home and working directory.
fn at(folder: &TempDir, args: &[&str]) -> Command {
    let mut command = kai([Path::new("-f"), &examples().join("pods.json")]);
    command.args(args).current_dir(folder.path()).env("HOME", folder.path());
    command
}

/// `kai -f -` with a log for machines.
fn structured(args: &[&str]) -> Command {
    let mut command = kai(["-f", "-"]);
    command.args(args).env("KAI_LOG_STRUCTURED", "true");
    command
}

/// Runs it to its end, which is a good one.
fn succeed(command: &mut Command) -> Ended {
    let ended = Ended::of(command);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.ends_with("}\n"), "{ended}");
    ended
}

/// The lines of `kai.log` without their times, which each of them has.
fn lines(folder: &TempDir) -> Vec<String> {
    let text = fs::read_to_string(folder.path().join("kai.log")).unwrap();
    let lines = text.lines().map(|line| {
        let (time, line) = line.split_once(' ').unwrap();
        assert!(is_time(time), "{text}");
        line.to_owned()
    });
    lines.collect()
}

/// Whether it is a time as of RFC 3339: `2026-11-23T15:21:38.000Z`.
fn is_time(text: &str) -> bool {
    let shape = text.replace(|c: char| c.is_ascii_digit(), "0");
    shape == "0000-00-00T00:00:00.000Z"
}

/// A structured log, each line decoded.
fn objects(log: &str) -> Vec<Value> {
    let objects = log.lines().map(|line| {
        let object: Value = serde_json::from_str(line).unwrap();
        assert!(is_time(object["time"].as_str().unwrap()), "{line}");
        assert!(object["level"].is_string() && object["msg"].is_string(), "{line}");
        object
    });
    objects.collect()
}

#[test]
fn a_log_file_is_named_by_a_file_or_a_variable_and_the_console_is_silent_then() {
    let folder = tempfile::tempdir().unwrap();
    succeed(at(&folder, &[]).env("KAI_LOG_FILE", "kai.log"));
    let first = lines(&folder);
    assert!(first.iter().any(|line| line.contains("distinct image")), "{first:?}");

    fs::write(folder.path().join("a.yaml"), "log:\n  file: kai.log\n").unwrap();
    let ended = succeed(&mut at(&folder, &["-c", "a.yaml"]));
    assert_eq!(ended.stderr, "");
    let both = lines(&folder);
    assert_eq!(both[..first.len()], first, "the first run's lines are kept");
    assert_eq!(both[first.len()], "info: configuration from `a.yaml`");
}

#[test]
fn a_new_log_file_is_for_its_owner_only_and_an_old_one_stays_as_it_is() {
    for (before, after) in [(None, 0o600), (Some(0o644), 0o644)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kai.log");
        if let Some(mode) = before {
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        succeed(at(&folder, &[]).env("KAI_LOG_FILE", &path));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, after);
    }
}

#[test]
fn the_console_stays_on_with_v_and_the_file_is_written_also_with_q() {
    let table: [(&[&str], bool); 5] =
        [(&[], false), (&["-v"], true), (&["-vv"], true), (&["-q"], false), (&["-q", "-v"], false)];
    for (args, console) in table {
        println!("{args:?}");
        let folder = tempfile::tempdir().unwrap();
        let ended = succeed(at(&folder, args).env("KAI_LOG_FILE", "kai.log"));
        let in_file = lines(&folder);
        assert!(!in_file.is_empty());
        let on_console: Vec<_> = ended.stderr.lines().collect();
        assert_eq!(on_console, if console { in_file } else { Vec::new() });
    }
}

#[test]
fn the_key_of_the_level_does_not_turn_the_console_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = at(&folder, &[]);
    let ended = succeed(command.env("KAI_LOG_FILE", "kai.log").env("KAI_LOG_LEVEL", "debug"));
    assert_eq!(ended.stderr, "");
    assert!(lines(&folder).iter().any(|line| line.starts_with("debug: ")));
}

#[test]
fn the_home_folder_may_be_written_as_a_tilde() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "log: {file: ~/kai.log}\n").unwrap();
    succeed(&mut at(&folder, &["-c", "a.yaml"]));
    let first = lines(&folder).len();
    succeed(at(&folder, &[]).env("KAI_LOG_FILE", "~/kai.log"));
    assert!((1..lines(&folder).len()).contains(&first));
    assert!(!folder.path().join("~").exists());
}

#[test]
fn a_log_file_that_cannot_be_written_is_refused_with_its_path_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let told = [".", "none/kai.log", "~/none/kai.log"].map(|path| {
        let text = format!("log: {{file: {path}}}\n");
        fs::write(folder.path().join("a.yaml"), text).unwrap();
        let by_file = Ended::of(&mut at(&folder, &["-c", "a.yaml"]));
        let by_variable = Ended::of(at(&folder, &["-q"]).env("KAI_LOG_FILE", path));
        assert_eq!(by_file.to_string(), by_variable.to_string());
        format!("log.file: {path}\n{}", by_file.with(folder.path(), "[folder]"))
    });
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn an_error_that_ends_the_run_is_on_the_console_and_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = kai(["-f", "none.json"]);
    let ended = Ended::of(command.current_dir(folder.path()).env("KAI_LOG_FILE", "kai.log"));
    assert_eq!(ended.code, Some(2), "{ended}");
    assert!(ended.stderr.starts_with("error: "), "{ended}");
    let last = lines(&folder).pop().unwrap();
    assert!(last.starts_with("error: ") && last.ends_with("exit=2)"), "{last}");
}

#[test]
fn kai_config_shows_its_log_and_writes_none() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "log: {file: kai.log}\n").unwrap();
    let shown = |args: &[&str]| {
        let mut command = kai(["config", "-c", "a.yaml"]);
        let ended = Ended::of(command.args(args).current_dir(folder.path()));
        assert_eq!(ended.code, Some(0), "{ended}");
        assert!(!folder.path().join("kai.log").exists());
        ended.stderr
    };
    assert_eq!(shown(&[]), "info: configuration from `a.yaml`\n");
    assert_eq!(shown(&["-q"]), "");
}

#[test]
fn a_structured_log_is_one_object_a_line() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "log: {structured: true}\n").unwrap();
    let by_file = succeed(&mut at(&folder, &["-c", "a.yaml", "-vv"]));
    let by_variable = succeed(at(&folder, &["-vv"]).env("KAI_LOG_STRUCTURED", "true"));
    for ended in [by_file, by_variable] {
        let objects = objects(&ended.stderr);
        assert!(objects.iter().any(|it| it["level"] == "info"), "{ended}");
        assert!(objects.iter().any(|it| it["level"] == "debug"), "{ended}");
    }
}

#[test]
fn a_structured_log_file_holds_what_the_console_shows() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = at(&folder, &["-v"]);
    command.env("KAI_LOG_STRUCTURED", "true").env("KAI_LOG_FILE", "kai.log");
    let ended = succeed(&mut command);
    let told = |log: &str| -> Vec<_> { objects(log).iter().map(|it| it["msg"].clone()).collect() };
    let in_file = fs::read_to_string(folder.path().join("kai.log")).unwrap();
    assert_eq!(told(&in_file), told(&ended.stderr));
}

#[test]
fn a_run_that_fails_ends_its_structured_log_with_cause_hint_and_exit() {
    for args in [&[][..], &["-q"], &["-v"]] {
        let ended = fed(b"{not JSON}", &mut structured(args));
        assert_eq!(ended.code, Some(3), "{ended}");
        let end = objects(&ended.stderr).pop().unwrap();
        assert_eq!((&end["level"], &end["exit"]), (&"error".into(), &3.into()), "{ended}");
        for field in ["msg", "cause", "hint"] {
            assert!(!end[field].as_str().unwrap().is_empty(), "{field}: {ended}");
        }
    }
}

#[test]
fn what_others_wrote_stays_escaped_in_a_structured_log_also_once_it_is_decoded() {
    let ended = fed(HOSTILE.as_bytes(), &mut structured(&["-vv"]));
    assert_eq!(ended.code, Some(0), "{ended}");
    let objects = objects(&ended.stderr);
    assert!(ended.stderr.contains("Bad"), "{ended}");
    for object in &objects {
        for text in object.as_object().unwrap().values().filter_map(Value::as_str) {
            assert!(!text.contains(['\x1b', '\u{202e}', '\n']), "{text:?}");
        }
    }
}

#[test]
fn what_others_wrote_stays_escaped_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kai.log");
    let ended = fed(HOSTILE.as_bytes(), kai(["-f", "-"]).env("KAI_LOG_FILE", &path));
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
    let lines = lines(&folder);
    assert!(lines.iter().any(|line| line.contains("Bad\\nerror: no")), "{lines:?}");
    assert!(!lines.concat().contains(['\x1b', '\u{202e}']), "{lines:?}");
}
