use std::io;
use std::sync::{Arc, Mutex};

use tracing::{debug, error, info, trace, warn};
use tracing_subscriber::util::SubscriberInitExt;

use super::*;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged at a level while a function runs.
pub(crate) fn logged(level: Level, color: bool, run: impl FnOnce()) -> String {
    let kept = Kept::default();
    let writer = kept.clone();
    let guard = subscriber(level, move || writer.clone(), color).set_default();
    run();
    drop(guard);
    let bytes = kept.0.lock().unwrap();
    String::from_utf8(bytes.clone()).unwrap()
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
        let log = logged(level, false, || {
            error!("e");
            warn!("w");
            info!("i");
            debug!("d");
            trace!("t");
        });
        println!("{level}");
        assert_eq!(log.lines().count(), lines, "{log}");
    }
}

#[test]
fn a_library_has_a_word_at_level_trace_and_only_where_something_is_wrong() {
    for (level, expected) in [
        (Level::INFO, ""),
        (Level::DEBUG, "debug: of ours\n"),
        (Level::TRACE, "warning: kube_client::client: odd\ndebug: of ours\n"),
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
