//! The log: one line per event, on stderr and optionally in a file.

mod event;
mod forms;
#[cfg(test)]
pub(crate) mod tests;

use std::io;
use std::sync::Arc;

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::console::{self, Stderr};
use crate::files::FilePath;
use forms::Form;

pub(crate) use forms::Prefix;
pub(crate) use tracing::Level;

/// Common prefix of the names of kai's crates.
const OURS: &str = "kai";

/// The target of the error that ends a run. On the console it is printed in more detail than the
/// log has, so this target is only logged to a file, and as JSON.
pub(crate) const END: &str = "kai::end";

/// What is logged, where, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// Minimum level logged.
    pub(crate) level: Level,
    /// Whether it goes to stderr.
    pub(crate) console: bool,
    /// The file to append to.
    pub(crate) file: Option<FilePath>,
    /// Whether lines are JSON objects.
    pub(crate) structured: bool,
}

impl Log {
    /// Whether the error that ends the run is logged to stderr, even if the log is otherwise silent
    /// there.
    pub(crate) fn tells_the_end(&self) -> bool {
        self.structured
    }
}

/// Initializes logging.
///
/// # Errors
/// When the file can't be opened.
pub(crate) fn start(log: &Log) -> io::Result<()> {
    let file = log.file.as_ref().map(FilePath::append).transpose()?.map(Arc::new);
    // Only a second call could fail, and the first subscriber would stay.
    let _ = subscriber(log, || Stderr, file, console::is_colored()).try_init();
    Ok(())
}

/// A subscriber that logs to a console and to a file.
fn subscriber<C, F>(log: &Log, console: C, file: Option<F>, color: bool) -> impl SubscriberInitExt
where
    C: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    F: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (on_console, in_file, end) = if log.structured {
        (Form::Json, Form::Json, LevelFilter::ERROR)
    } else {
        let console = Form::Text { color, time: false };
        // A log file is read later, so its lines include the time.
        (console, Form::Text { color: false, time: true }, LevelFilter::OFF)
    };
    let levels = levels(log.level);
    let told = if log.console { levels.clone() } else { Targets::new() };
    let console = layer(on_console, console).with_filter(told.with_target(END, end));
    let file = file.map(|file| layer(in_file, file).with_filter(levels));
    tracing_subscriber::registry().with(console).with(file)
}

/// What is logged at a level. Libraries are logged at level trace only, and only their warnings and
/// errors: kai reports its own errors, and other messages of libraries may contain secrets.
fn levels(level: Level) -> Targets {
    let libraries = if level == Level::TRACE { LevelFilter::WARN } else { LevelFilter::OFF };
    Targets::new().with_default(libraries).with_target(OURS, level)
}

/// Each event is one line, and each line is one write, so that lines of several threads, or of
/// several processes that append to one file, don't interleave.
fn layer<S, W>(form: Form, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .event_format(form)
        .with_writer(writer)
        // A full disk must not end a run, and the error can't be reported anywhere else.
        .log_internal_errors(false)
}
