use std::fmt;

use kai_core::{NamespaceSelector, Retry, SelectorError};

use super::*;
use crate::logging::tests::structured;
use crate::settings::FileError;

/// An error of texts, each the cause of the one before.
#[derive(Debug)]
struct Texts(&'static [&'static str], Option<Box<Texts>>);

impl Texts {
    fn new(texts: &'static [&'static str]) -> Self {
        let rest = &texts[1..];
        Self(texts, (!rest.is_empty()).then(|| Box::new(Self::new(rest))))
    }
}

impl fmt::Display for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0[0])
    }
}

impl StdError for Texts {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.1.as_deref().map(|cause| cause as _)
    }
}

#[test]
fn each_cause_has_a_line_and_a_hint_comes_last() {
    let error = Texts::new(&["cannot list pods", "the server could not be reached", "refused"]);
    insta::assert_snapshot!(report(&error, Some("start it"), false), @r"
    error: cannot list pods
      caused by: the server could not be reached
      caused by: refused
      hint: start it
    ");
    assert_eq!(one_line(&error), "cannot list pods: the server could not be reached: refused");
}

#[test]
fn a_cause_that_repeats_what_was_said_is_skipped() {
    let error = Texts::new(&["it failed: no route", "no route", "no route", "host is down"]);
    assert_eq!(one_line(&error), "it failed: no route: host is down");
}

#[test]
fn a_message_of_several_lines_stays_below_its_prefix_and_cannot_fake_an_error() {
    let error = Texts::new(&["bad", "one\nerror: two\x1b[2J"]);
    insta::assert_snapshot!(report(&error, None, false), @r"
    error: bad
      caused by: one
        error: two\u{1b}[2J
    ");
}

#[test]
fn an_endless_line_is_cut() {
    let long: &'static str = "x".repeat(100_000).leak();
    let error = Texts::new(vec![long].leak());
    assert_eq!(report(&error, None, false).len(), "error: ".len() + LINE_MAX + "…\n".len());
}

#[test]
fn the_exit_code_follows_from_the_type() {
    let source = |kind| SourceError::new(kind, "no");
    let selector: SelectorError = NamespaceSelector::new(["A"], None::<&str>).unwrap_err();
    let table = [
        (Error::Start(io::ErrorKind::Other.into()), 1),
        (Error::Write(io::ErrorKind::StorageFull.into()), 1),
        (Error::NotFips, 1),
        (Error::Anchore(kai_anchore::SettingsError::NotFips), 1),
        (Error::Connect(ConnectError::NotFips), 1),
        (Error::Settings(selector.into()), 2),
        (Error::Settings(SettingsError::File(FileError::NoPath)), 2),
        (Error::Log { path: "kai.log".into(), source: io::ErrorKind::NotFound.into() }, 2),
        (Error::Anchore(kai_anchore::SettingsError::Empty("user")), 2),
        (Error::NoClusterName, 2),
        (Error::Delivery(ReportError::new("no", Retry::Never)), 4),
        (Error::Connect(ConnectError::NoSuchKubeconfig("/nope".into())), 2),
        (Error::Cluster(source(SourceErrorKind::Forbidden)), 3),
        (Error::Forbidden { source: source(SourceErrorKind::Forbidden), hint: None }, 3),
        (Error::NothingReadable { what: "2 namespaces".to_owned(), hint: None }, 3),
        (Error::Input(source(SourceErrorKind::Malformed)), 3),
        (Error::Skipped { count: 1 }, 3),
        (Error::Signal(Signal::Interrupt), 130),
        (Error::Signal(Signal::Terminate), 143),
    ];
    for (error, code) in table {
        println!("{error:?}");
        assert_eq!(error.exit().code(), code);
    }
}

#[test]
fn a_hint_comes_where_one_helps() {
    let source = |kind| SourceError::new(kind, "no");
    let told = [
        Error::Forbidden {
            source: source(SourceErrorKind::Forbidden).with_source("why"),
            hint: Some("grant it".to_owned()),
        },
        Error::Cluster(source(SourceErrorKind::Timeout)),
        Error::Cluster(source(SourceErrorKind::Rejected)),
        Error::Input(source(SourceErrorKind::Malformed)),
        Error::Skipped { count: 2 },
    ]
    .map(|error| report(&error, error.hint().as_deref(), false));
    insta::assert_snapshot!(told.join(""), @r#"
    error: no
      caused by: why
      hint: grant it
    error: no
      hint: --request-timeout SECONDS allows more time
    error: no
    error: no
      hint: `kubectl get namespaces,pods -A -o json` prints what can be read
    error: the report lacks 2 namespaces that may not be read
    "#);
}

#[test]
fn machines_get_the_error_as_one_event_with_cause_hint_and_code() {
    let log = Log { level: Level::ERROR, console: true, file: None, structured: true };
    let source = io::Error::other("no\nroom");
    let error = Error::Log { path: "/var/log/kai\x1b.log".into(), source };
    let lines = structured(Level::ERROR, || error.tell(&log));
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["level"], "error");
    assert_eq!(lines[0]["msg"], r"cannot write the log to `/var/log/kai\u{1b}.log` (log.file)");
    assert_eq!(lines[0]["cause"], r"no\nroom");
    assert_eq!(lines[0]["exit"], 2);
    assert_eq!(lines[0].get("hint"), None);
}

#[test]
fn a_signal_is_told_to_nobody() {
    let log = Log { level: Level::TRACE, console: true, file: None, structured: true };
    let error = Error::Signal(Signal::Interrupt);
    assert!(structured(Level::TRACE, || error.tell(&log)).is_empty());
}
