//! A JSON object for each use, one a line.

use std::io::{self, Write};

use kai_core::{ClusterReport, Details};
use serde::{Serialize, Serializer};

use super::columns::{Cell, Column, Columns, Rows};
use super::{Presenter, View};

pub(super) struct Jsonl;

impl Presenter for Jsonl {
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

/// Writes a line for each row.
pub(super) fn write(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    for cells in rows.cells() {
        serde_json::to_writer(&mut *out, &Object { columns: &rows.columns, cells })?;
        writeln!(out)?;
    }
    Ok(())
}

/// Writes all rows as an array.
pub(super) fn write_array(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Array(rows))?;
    writeln!(out)
}

/// The rows, as they are serialized.
pub(super) struct Array<'r>(pub(super) &'r Rows<'r>);

impl Serialize for Array<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = &self.0.columns;
        serializer.collect_seq(self.0.cells().map(|cells| Object { columns, cells }))
    }
}

/// A row: each column by its name, `null` where it is not known.
struct Object<'r> {
    columns: &'r [Column],
    cells: Vec<Cell<'r>>,
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.columns.iter().map(Column::name);
        serializer.collect_map(names.zip(&self.cells))
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => serializer.serialize_none(),
            Self::Number(number) => serializer.serialize_u64(*number as u64),
            Self::Text(_) | Self::Time(_) => serializer.serialize_str(&self.to_text()),
        }
    }
}
