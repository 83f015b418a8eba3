//! A row for each use, as a table of GitHub's Markdown.

use std::fmt::Write as _;
use std::io::{self, Write};

use kai_core::{ClusterReport, Details};

use super::columns::{Columns, Rows};
use super::{Presenter, View};
use crate::escape::Escaped;

pub(super) struct Markdown;

impl Presenter for Markdown {
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

/// Writes a line for each row, after the header that a table has to have.
pub(super) fn write(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<_> = rows.columns.iter().map(|column| literal(&column.name())).collect();
    writeln!(out, "| {} |", names.join(" | "))?;
    writeln!(out, "|{}", "---|".repeat(names.len()))?;
    for cells in rows.cells() {
        let cells: Vec<_> = cells.iter().map(|cell| literal(&cell.to_text())).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// A text that is shown as it is: neither Markdown nor HTML.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    for character in Escaped(text).to_string().chars() {
        match character {
            '&' => literal.push_str("&amp;"),
            '<' => literal.push_str("&lt;"),
            '>' => literal.push_str("&gt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '!' | '#' => {
                let _ = write!(literal, "\\{character}");
            }
            other => literal.push(other),
        }
    }
    literal
}
