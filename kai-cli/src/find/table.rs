//! The table of `kai where` for people.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::SystemTime;

use kai_core::{Digest, PodPhase, UseRow};

use crate::output::{Fit, Grid, GridColumn, Rows, View, age, kind, phase, short};

/// A column, and what stands in it.
struct Shown {
    column: GridColumn,
    cell: Box<dyn Fn(&UseRow<'_>) -> String>,
}

fn column(
    heading: impl Into<String>,
    fit: Fit,
    cell: impl Fn(&UseRow<'_>) -> String + 'static,
) -> Shown {
    Shown { column: GridColumn::new(heading, fit), cell: Box::new(cell) }
}

impl Shown {
    /// The same, left out where there is no room.
    fn goes(mut self, rank: u8) -> Self {
        self.column = self.column.goes(rank);
        self
    }
}

/// Writes a row for each container.
pub(super) fn write(
    rows: &Rows<'_>,
    now: SystemTime,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let columns = columns(rows, now, view);
    let mut grid = Grid::new(columns.iter().map(|shown| shown.column.clone()));
    for row in rows.ordered() {
        grid.push(columns.iter().map(|column| (column.cell)(&row)));
    }
    grid.write(view.headers, view.width, out)
}

fn columns(rows: &Rows<'_>, now: SystemTime, view: &View) -> Vec<Shown> {
    let or_none = |text: Option<&str>| text.unwrap_or("<none>").to_owned();
    let mut columns = vec![
        column("NAMESPACE", Fit::End, |row| row.namespace.to_owned()),
        column("WORKLOAD", Fit::Middle, |row| row.workload.to_string()),
        column("POD", Fit::End, |row| row.pod.unwrap_or_default().to_owned()),
        column("CONTAINER", Fit::End, |row| row.container.to_owned()).goes(3),
        column("KIND", Fit::Whole, |row| kind(row.kind).to_owned()).goes(1),
        column("NODE", Fit::End, move |row| or_none(row.node)).goes(2),
    ];
    if rows.ordered().any(|row| row.phase != Some(PodPhase::Running)) {
        let phase = |row: &UseRow<'_>| row.phase.map_or("", phase).to_owned();
        columns.push(column("PHASE", Fit::Whole, phase));
    }
    columns.push(column("SINCE", Fit::Whole, move |row| {
        row.since.map_or_else(|| "<none>".to_owned(), |since| age(since, now))
    }));
    // Where all are of one repository, it is what was asked for.
    let repositories: BTreeSet<_> = rows.ordered().map(|row| row.image.repository()).collect();
    if repositories.len() > 1 {
        let image = |row: &UseRow<'_>| row.image.repository().to_owned();
        columns.push(column("IMAGE", Fit::Middle, image).goes(4));
    }
    let of_view = view.clone();
    columns
        .push(column("TAG", Fit::End, move |row| of_view.tag(row.image).unwrap_or("-").to_owned()));
    columns.push(column("DIGEST", Fit::Whole, |row| {
        row.image.digest().map_or("<none>", |digest: &Digest| short(digest)).to_owned()
    }));
    for (at, key) in view.labels.iter().enumerate() {
        let heading = key.rsplit('/').next().unwrap_or(key).to_uppercase();
        columns.push(column(heading, Fit::End, move |row| {
            row.labels.get(at).and_then(|value| value.as_deref()).unwrap_or("<none>").to_owned()
        }));
    }
    columns
}
