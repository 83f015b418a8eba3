//! A row for each use, aligned, with full values.

use std::io::{self, Write};

use kai_core::{ClusterReport, Details};

use unicode_width::UnicodeWidthStr;

use super::columns::{Cell, Column, Columns, Rows};
use super::grid::write_line;
use super::{Presenter, View};
use crate::escape::Escaped;

pub(super) struct Wide;

/// The columns that are left out where nothing is known of them.
const OPTIONAL: [Column; 8] = [
    Column::Cluster,
    Column::ClusterUid,
    Column::Arch,
    Column::Node,
    Column::Since,
    Column::FirstSeen,
    Column::LastSeen,
    Column::Ended,
];

impl Presenter for Wide {
    fn needs(&self, view: &View) -> Details {
        view.uses()
    }

    fn columns(&self) -> Columns {
        Columns::USES
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        write(Rows::of(report, view), out)
    }
}

/// Writes rows, as wide as it takes. They are gone through twice, once for the widths: together they
/// would be many texts.
pub(super) fn write(rows: Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows.without_unknown(&OPTIONAL);
    let headings: Vec<String> =
        rows.columns.iter().filter(|_| rows.headers).map(Column::heading).collect();
    let lines = || rows.cells().map(|cells| cells.iter().map(shown).collect::<Vec<_>>());
    let mut widths = vec![0; rows.columns.len()];
    let widen = |widths: &mut Vec<usize>, line: &[String]| {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.width());
        }
    };
    widen(&mut widths, &headings);
    lines().for_each(|line| widen(&mut widths, &line));
    if rows.headers {
        write_line(&headings, &widths, out)?;
    }
    lines().try_for_each(|line| write_line(&line, &widths, out))
}

fn shown(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Unknown => "<none>".to_owned(),
        known => Escaped(&known.to_text()).to_string(),
    }
}
