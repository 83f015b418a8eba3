//! A row for each use, aligned, with full values.

use std::io::{self, Write};

use kai_core::{ClusterReport, Details};

use super::columns::{Column, Columns, Rows};
use super::grid::{Fit, Grid, GridColumn};
use super::{Presenter, View};

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

/// Writes rows, as wide as it takes.
pub(super) fn write(rows: Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows.without_unknown(&OPTIONAL);
    let mut grid =
        Grid::new(rows.columns.iter().map(|it| GridColumn::new(it.heading(), Fit::Whole)));
    for cells in rows.cells() {
        grid.push(cells.iter().map(|cell| match cell.to_text() {
            text if text.is_empty() => "<none>".into(),
            text => text,
        }));
    }
    grid.write(rows.headers, None, out)
}
