//! A row for each use, by [RFC 4180] but for its line ends, which are LF.
//!
//! [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180

use std::io::{self, Write};

use kai_core::{ClusterReport, Details};

use super::columns::{Cell, Columns, Rows};
use super::{Presenter, View};

pub(super) struct Csv;

impl Presenter for Csv {
    fn needs(&self, view: &View) -> Details {
        view.uses()
    }

    fn columns(&self) -> Columns {
        Columns::USES
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        write(&Rows::of(report, view), out)
    }
}

/// Writes a line for each row, after one with the names of the columns.
pub(super) fn write(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    if rows.headers {
        let names = rows.columns.iter().map(|column| Cell::Text(column.name()));
        line(names, out)?;
    }
    for cells in rows.cells() {
        line(cells.into_iter(), out)?;
    }
    Ok(())
}

fn line<'r>(cells: impl Iterator<Item = Cell<'r>>, out: &mut dyn Write) -> io::Result<()> {
    let mut line = String::new();
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            line.push(',');
        }
        push(&mut line, &cell.to_text());
    }
    // An empty line would be none.
    writeln!(out, "{}", if line.is_empty() { "\"\"" } else { &line })
}

/// Adds a text as a cell.
fn push(line: &mut String, text: &str) {
    // A spreadsheet would take it for a formula, and run it.
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        line.extend(["\"", guard, &text.replace('"', "\"\""), "\""]);
    } else {
        line.extend([guard, text]);
    }
}
