//! The table of `kai where` for people.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::SystemTime;

use kai_core::{PodPhase, UseRow};

use crate::output::{Fit, Grid, GridColumn, Rows, View, age, kind, phase, short};

/// How much of a name is kept that people copy, and of an image.
const NAME: usize = 40;
const IMAGE: usize = 24;

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
    /// The same, that keeps so many columns of the terminal.
    fn least(mut self, least: usize) -> Self {
        self.column = self.column.least(least);
        self
    }

    /// The same, left out where there is no room.
    fn goes(mut self, rank: u8) -> Self {
        self.column = self.column.goes(rank);
        self
    }
}

/// Writes a row for each container, and returns the headings of the columns that don't fit.
pub(super) fn write(
    rows: &Rows<'_>,
    now: SystemTime,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<Vec<String>> {
    let columns = columns(rows, now, view);
    let mut grid = Grid::new(columns.iter().map(|shown| shown.column.clone()));
    for row in rows.ordered() {
        grid.push(columns.iter().map(|column| (column.cell)(&row)));
    }
    grid.write(view.headers, view.width, out)?;
    let hidden = grid.hidden(view.headers, view.width);
    Ok(hidden.into_iter().map(str::to_owned).collect())
}

fn columns(rows: &Rows<'_>, now: SystemTime, view: &View) -> Vec<Shown> {
    let or_none = |text: Option<&str>| text.unwrap_or("<none>").to_owned();
    let mut columns = vec![
        column("NAMESPACE", Fit::End, |row| row.namespace.to_owned()).least(NAME),
        column("WORKLOAD", Fit::Middle, |row| row.workload.to_string()).least(NAME),
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
        columns.push(column("IMAGE", Fit::Middle, image).least(IMAGE).goes(5));
    }
    let of_view = view.clone();
    columns
        .push(column("TAG", Fit::End, move |row| of_view.tag(row.image).unwrap_or("-").to_owned()));
    let digest = |row: &UseRow<'_>| row.image.digest().map_or("<none>", short).to_owned();
    columns.push(column("DIGEST", Fit::Whole, digest).goes(4));
    for (at, key) in view.labels.iter().enumerate() {
        let heading = key.rsplit('/').next().unwrap_or(key).to_uppercase();
        let value = move |row: &UseRow<'_>| {
            row.labels.get(at).and_then(|value| value.as_deref()).unwrap_or("<none>").to_owned()
        };
        columns.push(column(heading, Fit::End, value).least(NAME));
    }
    columns
}
