use std::io::Write;
use std::sync::{Arc, Mutex};
use std::{fs, io, thread};

use serde_json::Value;
use tempfile::TempDir;
use tracing::{debug, error, info, trace, warn};
use tracing_subscriber::util::SubscriberInitExt;

use super::*;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn log(level: Level) -> Log {
    Log { level, console: true, file: None, structured: false }
}

/// What is on the console after a function has run.
fn on_console(log: &Log, color: bool, run: impl FnOnce()) -> String {
    let kept = Kept::default();
    let (writer, file) = (kept.clone(), log.file.as_ref().map(|file| file.append().unwrap()));
    let guard = subscriber(log, move || writer.clone(), file.map(Arc::new), color).set_default();
    run();
    drop(guard);
    kept.text()
}

/// What is logged at a level while a function runs.
pub(crate) fn logged(level: Level, color: bool, run: impl FnOnce()) -> String {
    on_console(&log(level), color, run)
}

/// What a structured log has of it, each line decoded.
pub(crate) fn structured(level: Level, run: impl FnOnce()) -> Vec<Value> {
    let log = on_console(&Log { structured: true, ..log(level) }, true, run);
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A log with a file in a folder.
fn with_file(folder: &TempDir, console: bool) -> Log {
    Log { console, file: Some(folder.path().join("kai.log").into()), ..log(Level::INFO) }
}

/// The file's lines, each after its time.
fn in_file(log: &Log) -> Vec<String> {
    let text = fs::read_to_string(log.file.as_ref().unwrap()).unwrap();
    let lines = text.lines().map(|line| {
        let (time, line) = line.split_once(' ').unwrap();
        assert!(is_now(time), "{time}");
        line.to_owned()
    });
    lines.collect()
}

fn is_now(time: &str) -> bool {
    let age = jiff::Timestamp::now().duration_since(time.parse().unwrap());
    time.ends_with('Z') && age.as_secs().abs() < 60
}

#[test]
fn a_line_begins_with_the_level_and_ends_with_the_fields() {
    let log = logged(Level::TRACE, false, || {
        error!("no");
        warn!(pod = "web-0", containers = 2, "left out");
        info!("with {} and `{}`", 1, "text");
        debug!(value = %"plain", "shown");
        trace!("all");
    });
    insta::assert_snapshot!(log, @r#"
    error: no
    warning: left out (pod="web-0", containers=2)
    info: with 1 and `text`
    debug: shown (value=plain)
    trace: all
    "#);
}

#[test]
fn what_is_below_the_level_is_not_logged() {
    for (level, lines) in [
        (Level::ERROR, 1),
        (Level::WARN, 2),
        (Level::INFO, 3),
        (Level::DEBUG, 4),
        (Level::TRACE, 5),
    ] {
        let all = || {
            error!("e");
            warn!("w");
            info!("i");
            debug!("d");
            trace!("t");
        };
        println!("{level}");
        assert_eq!(logged(level, false, all).lines().count(), lines);
        assert_eq!(structured(level, all).len(), lines);
    }
}

#[test]
fn a_library_has_a_word_at_level_trace_and_only_where_something_is_wrong() {
    for (level, expected) in [
        (Level::INFO, ""),
        (Level::DEBUG, "debug: of ours\n"),
        (Level::TRACE, "warning: kube-client: odd\ndebug: of ours\n"),
    ] {
        let log = logged(level, false, || {
            debug!(target: "hyper::client", "token=secret");
            warn!(target: "kube_client::client", "odd");
            debug!(target: "kai_k8s::listing", "of ours");
        });
        assert_eq!(log, expected, "{level}");
    }
}

#[test]
fn an_event_is_one_line_whatever_is_in_it() {
    let log = logged(Level::INFO, false, || {
        info!(text = %"a\nb\x1b[2J", "one\nerror: two\u{202e}");
    });
    assert_eq!(log, "info: one\\nerror: two\\u{202e} (text=a\\nb\\u{1b}[2J)\n");
}

#[test]
fn only_the_level_is_coloured() {
    let log = logged(Level::INFO, true, || warn!("odd"));
    assert_eq!(log, "\x1b[1;33mwarning\x1b[0m: odd\n");
}

#[test]
fn a_structured_line_is_an_object_of_time_level_msg_and_the_fields() {
    let lines = structured(Level::TRACE, || {
        warn!(pod = "web-0", containers = 2, ready = false, share = 0.5, "left \"out\"");
        info!(phase = ?Some("x"), none = None::<&str>, "with {} and `{}`", 1, "text");
        warn!(target: "kube_client::client", "odd");
    });
    let told: Vec<Value> = lines
        .into_iter()
        .map(|mut line| {
            let time = line.as_object_mut().unwrap().remove("time").unwrap();
            assert!(is_now(time.as_str().unwrap()), "{time}");
            line
        })
        .collect();
    let expected = serde_json::json!([
        {"level": "warn", "msg": "left \"out\"", "pod": "web-0", "containers": 2, "ready": false, "share": 0.5},
        {"level": "info", "msg": "with 1 and `text`", "phase": "Some(\"x\")"},
        {"level": "warn", "msg": "odd", "target": "kube_client::client"},
    ]);
    assert_eq!(Value::from(told), expected);
}

#[test]
fn a_structured_line_begins_with_the_time_and_is_never_coloured() {
    let log = on_console(&Log { structured: true, ..log(Level::INFO) }, true, || info!("one"));
    let (time, rest) = log.strip_prefix(r#"{"time":""#).unwrap().split_once('"').unwrap();
    assert_eq!(time.len(), "2026-11-23T15:21:38.000Z".len(), "{time}");
    assert_eq!(rest, ",\"level\":\"info\",\"msg\":\"one\"}\n");
}

#[test]
fn a_structured_text_is_safe_for_a_terminal_before_and_after_it_is_decoded() {
    let lines = structured(Level::INFO, || {
        info!(text = %"a\nb\x1b[2J", str = "\u{202e}", "one\nerror: two\u{2066}");
    });
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["msg"], r"one\nerror: two\u{2066}");
    assert_eq!(lines[0]["text"], r"a\nb\u{1b}[2J");
    assert_eq!(lines[0]["str"], r"\u{202e}");
}

#[test]
fn a_file_is_appended_to_and_its_lines_have_the_time_and_no_colour() {
    let folder = tempfile::tempdir().unwrap();
    let log = with_file(&folder, true);
    let first = on_console(&log, true, || info!("one"));
    let second = on_console(&log, true, || warn!(pod = "web-0", "two"));
    assert_eq!(first, "\x1b[1;32minfo\x1b[0m: one\n");
    assert_eq!(second, "\x1b[1;33mwarning\x1b[0m: two (pod=\"web-0\")\n");
    assert_eq!(in_file(&log), ["info: one", "warning: two (pod=\"web-0\")"]);
}

#[test]
fn the_console_may_be_silent_and_the_file_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let log = with_file(&folder, false);
    assert_eq!(on_console(&log, false, || info!("one")), "");
    assert_eq!(in_file(&log), ["info: one"]);
}

#[test]
fn neither_console_nor_file_is_no_log() {
    let log = Log { console: false, ..log(Level::TRACE) };
    assert_eq!(on_console(&log, false, || error!("one")), "");
}

#[test]
fn a_structured_file_holds_objects() {
    let folder = tempfile::tempdir().unwrap();
    let log = Log { structured: true, ..with_file(&folder, false) };
    on_console(&log, false, || info!("one"));
    let text = fs::read_to_string(log.file.unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["msg"], "one");
}

#[test]
fn the_error_that_ends_a_run_is_in_the_file_and_on_the_console_for_machines_only() {
    let folder = tempfile::tempdir().unwrap();
    let text = Log { level: Level::ERROR, ..with_file(&folder, true) };
    let end = || error!(target: END, cause = "no", "it failed");
    assert_eq!(on_console(&text, false, end), "", "a person gets more than a line");
    assert_eq!(in_file(&text), ["error: it failed (cause=\"no\")"]);

    for console in [true, false] {
        let machines = Log { structured: true, console, file: None, ..text.clone() };
        let line = on_console(&machines, false, || {
            debug!("all but this is filtered");
            end();
        });
        let line: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&line["msg"], &line["cause"]), (&"it failed".into(), &"no".into()));
    }
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let log = with_file(&folder, false);
    on_console(&log, false, || info!("one"));
    let mode = fs::metadata(log.file.unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().to_owned(), folder.path().join("none/kai.log")] {
        let log = Log { file: Some(path.into()), ..log(Level::INFO) };
        assert!(start(&log).is_err(), "{log:?}");
    }
}

#[test]
fn lines_stay_whole_when_several_write_to_one_file() {
    const THREADS: usize = 8;
    const LINES: usize = 200;
    let folder = tempfile::tempdir().unwrap();
    let log = with_file(&folder, false);
    // Each with a file that it opened itself, as processes have.
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let log = &log;
            scope.spawn(move || {
                on_console(log, false, || {
                    for line in 0..LINES {
                        info!("{thread} {line} {}", "x".repeat(300));
                    }
                });
            });
        }
    });
    let lines = in_file(&log);
    assert_eq!(lines.len(), THREADS * LINES);
    for line in lines {
        assert!(line.starts_with("info: ") && line.ends_with(&"x".repeat(300)), "{line}");
    }
}
