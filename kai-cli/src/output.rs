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

/// Writes a report to stdout. A reader that closed the pipe has what it wanted: no error.
pub(crate) fn print(inventory: &Inventory, format: Format) -> io::Result<()> {
    print_with(|out| write(inventory, format, out))
}

/// Writes to stdout what a function writes, with one buffer; a closed pipe is no error.
pub(crate) fn print_with(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let written = write(&mut out).and_then(|()| out.flush());
    // Not tried again when it is dropped: the error was told.
    let _ = out.into_parts();
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
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
