//! The report, written to stdout: the only place that writes there, but for the help, which clap prints.

mod table;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, ErrorKind, Write};

use kai_core::Inventory;

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

/// Who reads stdout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody, or nobody yet.
    There,
    /// Nobody any more: the pipe was closed.
    Gone,
}

/// Writes a report to stdout. A reader that closed the pipe has what it wanted: no error.
pub(crate) fn print(inventory: &Inventory, format: Format) -> io::Result<()> {
    print_with(|out| write(inventory, format, out))
}

/// Writes one of many reports to stdout: as one line of JSON, or as a table.
pub(crate) fn print_one_more(inventory: &Inventory, format: Format) -> io::Result<Reader> {
    print_to_reader(|out| match format {
        Format::Json => {
            serde_json::to_writer(&mut *out, inventory)?;
            writeln!(out)
        }
        Format::Table => table::write(inventory, out),
    })
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

fn write(inventory: &Inventory, format: Format, mut out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, inventory)?;
            writeln!(out)
        }
        Format::Table => table::write(inventory, out),
    }
}
