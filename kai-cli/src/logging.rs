//! The log: one line for each event, on stderr and, where the user wants it, in a file.

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

/// How the names of all of kai's own crates begin.
const OURS: &str = "kai";

/// The target of the error that ends a run. On the console a person gets it in more lines than the
/// log has for it, so that the log tells it in a file and to machines only.
pub(crate) const END: &str = "kai::end";

/// What is logged, where, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Log {
    /// The least that is worth a line.
    pub(crate) level: Level,
    /// Whether it goes to stderr.
    pub(crate) console: bool,
    /// The file that it is appended to.
    pub(crate) file: Option<FilePath>,
    /// Whether a line is a JSON object.
    pub(crate) structured: bool,
}

impl Log {
    /// Whether the log itself tells whoever reads stderr which error ended the run, also where it
    /// is silent otherwise.
    pub(crate) fn tells_the_end(&self) -> bool {
        self.structured
    }
}

/// Starts the log.
///
/// # Errors
/// When its file cannot be opened.
pub(crate) fn start(log: &Log) -> io::Result<()> {
    let file = log.file.as_ref().map(FilePath::append).transpose()?.map(Arc::new);
    // Only a second start could fail, and the first would go on.
    let _ = subscriber(log, || Stderr, file, console::is_colored()).try_init();
    Ok(())
}

/// Writes what kai says at a level to a console and to a file.
fn subscriber<C, F>(log: &Log, console: C, file: Option<F>, color: bool) -> impl SubscriberInitExt
where
    C: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    F: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (on_console, in_file, end) = if log.structured {
        (Form::Json, Form::Json, LevelFilter::ERROR)
    } else {
        let console = Form::Text { color, time: false };
        // Whoever reads a file later asks when.
        (console, Form::Text { color: false, time: true }, LevelFilter::OFF)
    };
    let levels = levels(log.level);
    let told = if log.console { levels.clone() } else { Targets::new() };
    let console = layer(on_console, console).with_filter(told.with_target(END, end));
    let file = file.map(|file| layer(in_file, file).with_filter(levels));
    tracing_subscriber::registry().with(console).with(file)
}

/// What has a word at a level. Libraries do at level trace only, and of warnings and errors only:
/// kai tells its own errors, and what else they say may hold secrets.
fn levels(level: Level) -> Targets {
    let libraries = if level == Level::TRACE { LevelFilter::WARN } else { LevelFilter::OFF };
    Targets::new().with_default(libraries).with_target(OURS, level)
}

/// Each event becomes one line, and each line is written at once: lines of several threads, or of
/// several processes that append to one file, stay whole.
fn layer<S, W>(form: Form, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt::layer()
        .event_format(form)
        .with_writer(writer)
        // A full disk does not end a run, and there is no other place to report it.
        .log_internal_errors(false)
}
