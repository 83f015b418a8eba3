//! The log: one line on stderr for each event.

use std::env;
use std::fmt::{self, Write};
use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, MakeWriter};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::escape::Escaped;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use tracing::Level;

/// How the names of all of kai's own crates begin.
const OURS: &str = "kai";

/// What is logged, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    pub(crate) level: Level,
    pub(crate) console: bool,
    pub(crate) file: Option<PathBuf>,
    pub(crate) structured: bool,
}

/// Starts the log.
pub(crate) fn start(log: &Log) -> io::Result<()> {
    if let Some(path) = &log.file {
        OpenOptions::new().append(true).create(true).open(path)?;
    }
    if log.console {
        // Only a second start could fail, and the first would go on.
        let _ = subscriber(log.level, io::stderr, is_colored()).try_init();
    }
    Ok(())
}

/// Writes what kai says at a level. Libraries have a word at level trace only, and of warnings and
/// errors only: kai tells its own errors, and what else they say may hold secrets.
fn subscriber<W>(level: Level, writer: W, color: bool) -> impl SubscriberInitExt
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let libraries = if level == Level::TRACE { LevelFilter::WARN } else { LevelFilter::OFF };
    let levels = Targets::new().with_default(libraries).with_target(OURS, level);
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines { color })
        .with_writer(writer)
        // Without stderr there is nobody to tell.
        .log_internal_errors(false);
    tracing_subscriber::registry().with(lines.with_filter(levels))
}

fn is_colored() -> bool {
    io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|text| text.is_empty())
}

/// `warning: message (key=value, …)`, as cargo and clap begin their lines.
struct Lines {
    color: bool,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let (name, color) = match *event.metadata().level() {
            Level::ERROR => ("error", "\x1b[1;31m"),
            Level::WARN => ("warning", "\x1b[1;33m"),
            Level::INFO => ("info", "\x1b[1;32m"),
            Level::DEBUG => ("debug", "\x1b[1;34m"),
            Level::TRACE => ("trace", "\x1b[1;35m"),
        };
        if self.color {
            write!(line, "{color}{name}\x1b[0m: ")?;
        } else {
            write!(line, "{name}: ")?;
        }
        let target = event.metadata().target();
        if !target.starts_with(OURS) {
            write!(line, "{target}: ")?;
        }
        let mut text = Text::default();
        event.record(&mut text);
        write!(line, "{}", Escaped(&text.message))?;
        if !text.fields.is_empty() {
            write!(line, " ({})", Escaped(&text.fields))?;
        }
        writeln!(line)
    }
}

/// The parts of an event.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => {
                let comma = if self.fields.is_empty() { "" } else { ", " };
                write!(self.fields, "{comma}{name}={value:?}")
            }
        };
    }
}
