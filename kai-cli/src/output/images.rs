//! A row for each distinct image, fitted to the terminal.

use std::io::{self, Write};

use kai_core::{ClusterReport, Details, ImageRow};

use super::columns::{Column, Columns};
use super::digest::short;
use super::grid::{Fit, Grid, GridColumn};
use super::{Presenter, View};

/// How many namespaces are named.
const NAMED: usize = 3;

pub(super) struct Images;

impl Presenter for Images {
    fn needs(&self, _view: &View) -> Details {
        Details::default().with_uses()
    }

    fn columns(&self) -> Columns {
        Columns::IMAGES
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let mut images: Vec<&ImageRow> =
            report.uses.iter().flat_map(|uses| uses.images()).collect();
        if images.is_empty() {
            return writeln!(out, "No images found");
        }
        if let Some(by) = &view.sort_by {
            images.sort_by_cached_key(|row| key(by, row, view));
        }
        let columns = self.columns().chosen(view);
        let fit = |column: &Column| match column {
            Column::Image => Fit::Middle,
            Column::Tag | Column::Namespaces => Fit::End,
            _ => Fit::Whole,
        };
        let mut grid = Grid::new(columns.iter().map(|it| GridColumn::new(it.heading(), fit(it))));
        for row in images {
            grid.push(columns.iter().map(|column| cell(column, row, view)));
        }
        grid.write(view.headers, view.width, out)
    }
}

fn cell(column: &Column, row: &ImageRow, view: &View) -> String {
    match column {
        Column::Image => row.image.repository().to_owned(),
        Column::Tag => view.tag(&row.image).unwrap_or("-").to_owned(),
        Column::Digest => row.image.digest().map_or("<none>", short).to_owned(),
        Column::Pods => row.pods().to_string(),
        _ => namespaces(row),
    }
}

/// What a column is sorted by: numbers as such, and unknown ones last.
fn key(column: &Column, row: &ImageRow, view: &View) -> (bool, usize, String) {
    match column {
        Column::Pods => (false, row.pods(), String::new()),
        Column::Namespaces => (false, row.namespaces.len(), namespaces(row)),
        Column::Digest => {
            let digest = row.image.digest().map(ToString::to_string);
            (digest.is_none(), 0, digest.unwrap_or_default())
        }
        Column::Tag => (view.tag(&row.image).is_none(), 0, row.image.tag().to_owned()),
        _ => (false, 0, row.image.repository().to_owned()),
    }
}

fn namespaces(row: &ImageRow) -> String {
    let names: Vec<&str> = row.namespaces.iter().map(|(name, _)| &**name).collect();
    match names.len().checked_sub(NAMED) {
        Some(more @ 1..) => format!("{},+{more}", names[..NAMED].join(",")),
        _ => names.join(","),
    }
}
