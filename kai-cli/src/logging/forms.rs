//! Line formats: text and JSON.

use std::fmt;

use jiff::Timestamp;
use kai_net::secrets::mask_own;
use serde_json::Value;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::OURS;
use super::event::{Text, Values};
use crate::escape::Escaped;

/// The format of a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// `warning: message (key=value, …)`, in the style of cargo and clap.
    Text {
        /// Whether the level is colored.
        color: bool,
        /// Whether the line begins with the time.
        time: bool,
    },
    /// `{"time":"…","level":"warn","msg":"message","key":"value",…}`
    Json,
}

impl<S, N> FormatEvent<S, N> for Form
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        match *self {
            Self::Text { color, time } => text(line, event, color, time),
            Self::Json => json(line, event),
        }
    }
}

/// The prefix of a text line: `warning: `.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix {
    /// The level to name.
    pub(crate) level: Level,
    /// Whether it is colored.
    pub(crate) color: bool,
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, code) = match self.level {
            Level::ERROR => ("error", "\x1b[1;31m"),
            Level::WARN => ("warning", "\x1b[1;33m"),
            Level::INFO => ("info", "\x1b[1;32m"),
            Level::DEBUG => ("debug", "\x1b[1;34m"),
            Level::TRACE => ("trace", "\x1b[1;35m"),
        };
        if self.color { write!(f, "{code}{name}\x1b[0m: ") } else { write!(f, "{name}: ") }
    }
}

fn text(mut line: Writer<'_>, event: &Event<'_>, color: bool, time: bool) -> fmt::Result {
    if time {
        write!(line, "{} ", now())?;
    }
    write!(line, "{}", Prefix { level: *event.metadata().level(), color })?;
    if let Some(target) = library(event) {
        // The crate's name only: module paths are internal to Rust.
        let name = target.split("::").next().unwrap_or(target).replace('_', "-");
        write!(line, "{name}: ")?;
    }
    let mut text = Text::default();
    event.record(&mut text);
    write!(line, "{}", Escaped(&mask_own(&text.message)))?;
    if !text.fields.is_empty() {
        write!(line, " ({})", Escaped(&mask_own(&text.fields)))?;
    }
    writeln!(line)
}

fn json(mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
    // The names accepted by `log.level`.
    let level = match *event.metadata().level() {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let mut values = Values::default();
    event.record(&mut values);
    write!(line, r#"{{"time":"{}","level":"{level}","msg":{}"#, now(), fit(&values.message))?;
    let library = library(event).map(|name| ("target", name.into()));
    for (name, value) in library.into_iter().chain(values.fields) {
        let value = if let Value::String(text) = value { fit(&text) } else { value };
        write!(line, ",{}:{value}", Value::from(name))?;
    }
    writeln!(line, "}}")
}

/// The text, redacted, as a JSON value that is safe for a terminal even after decoding.
fn fit(text: &str) -> Value {
    Escaped(&mask_own(text)).to_string().into()
}

/// The crate that logged the event, unless it is kai's.
fn library(event: &Event<'_>) -> Option<&'static str> {
    let target = event.metadata().target();
    (!target.starts_with(OURS)).then_some(target)
}

/// The time in UTC, as RFC 3339 with milliseconds.
fn now() -> impl fmt::Display {
    struct Now(Timestamp);
    impl fmt::Display for Now {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:.3}", self.0)
        }
    }
    Now(Timestamp::now())
}
