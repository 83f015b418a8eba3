//! The report, written to stdout: the only place that writes there, but for the help, which clap prints.

mod json;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, ErrorKind, Write};

use kai_core::{ClusterReport, Details};

/// How much is written at once.
const BUFFER: usize = 64 * 1024;

/// The form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// What Anchore takes, indented.
    Json,
    /// What people read.
    Table,
}

/// Writes a report in one form.
trait Presenter {
    /// What the report has to contain besides the images of each namespace.
    fn needs(&self) -> Details {
        Details::default()
    }

    /// Writes a report that stands alone.
    fn write(&self, report: &ClusterReport, out: &mut dyn Write) -> io::Result<()>;

    /// Writes one of many reports, one after another.
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

    /// What a report has to contain to be printed in this form.
    pub(crate) fn needs(self) -> Details {
        self.presenter().needs()
    }
}

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The receiver, if there is one.
    There,
    /// Nobody any more: the pipe was closed.
    Gone,
}

/// Writes a report to stdout. A reader that closed the pipe has what it wanted: no error.
pub(crate) fn print(report: &ClusterReport, format: Format) -> io::Result<()> {
    print_with(|out| format.presenter().write(report, out))
}

/// Writes one of many reports to stdout: as one line of JSON, or as a table.
pub(crate) fn print_one_more(report: &ClusterReport, format: Format) -> io::Result<Reader> {
    print_to_reader(|out| format.presenter().write_one_of_many(report, out))
}

/// Writes to stdout what a function writes, with one buffer; a closed pipe is no error.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    print_to_reader(write).map(drop)
}

/// The same, and says whether there is a reader.
fn print_to_reader(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Reader> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // Not tried again when it is dropped: the error was told.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(Reader::Gone),
        written => written.map(|()| Reader::There),
    }
}
