//! Writes the report to stdout: nothing else writes there, except for the help, which clap prints.

mod json;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, ErrorKind, Write};

use kai_core::{ClusterReport, Details};

/// Buffer size.
const BUFFER: usize = 64 * 1024;

/// The report's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// The JSON that Anchore accepts, indented.
    Json,
    /// A table for humans.
    Table,
}

/// Writes a report in one format.
trait Presenter {
    /// The details that the report must contain besides the images of each namespace.
    fn needs(&self) -> Details {
        Details::default()
    }

    /// Writes a single report.
    fn write(&self, report: &ClusterReport, out: &mut dyn Write) -> io::Result<()>;

    /// Writes one of a series of reports.
    fn write_one_of_many(&self, report: &ClusterReport, out: &mut dyn Write) -> io::Result<()> {
        self.write(report, out)
    }
}

impl Format {
    fn presenter(self) -> &'static dyn Presenter {
        match self {
            Self::Json => &json::Json,
            Self::Table => &table::Table,
        }
    }

    /// The details that a report must contain for this format.
    pub(crate) fn needs(self) -> Details {
        self.presenter().needs()
    }
}

/// Whether stdout still has a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The pipe is open.
    There,
    /// The pipe was closed.
    Gone,
}

/// Writes a report to stdout. A closed pipe is no error: its reader has what it needs.
pub(crate) fn print(report: &ClusterReport, format: Format) -> io::Result<()> {
    print_with(|out| format.presenter().write(report, out))
}

/// Writes one of a series of reports to stdout: as one line of JSON, or as a table.
pub(crate) fn print_one_more(report: &ClusterReport, format: Format) -> io::Result<Reader> {
    print_to_reader(|out| format.presenter().write_one_of_many(report, out))
}

/// Writes to stdout through one buffer; a closed pipe is no error.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    print_to_reader(write).map(drop)
}

/// The same, and returns whether stdout still has a reader.
fn print_to_reader(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Reader> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // Not flushed again on drop: the error is returned already.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        written => written.map(|()| Reader::There),
    }
}
