//! The JSON document as YAML.

use std::io::{self, Write};

use kai_core::ClusterReport;
use serde::Serialize;

use super::columns::Rows;
use super::jsonl::Array;
use super::{Presenter, View};

pub(super) struct Yaml;

impl Presenter for Yaml {
    fn write(&self, report: &ClusterReport, _view: &View, out: &mut dyn Write) -> io::Result<()> {
        write(&report.inventory.document(), out)
    }
}

/// Writes rows as a sequence.
pub(super) fn write_rows(rows: &Rows<'_>, out: &mut dyn Write) -> io::Result<()> {
    write(&Array(rows), out)
}

fn write(value: &impl Serialize, mut out: &mut dyn Write) -> io::Result<()> {
    serde_saphyr::to_io_writer(&mut out, value).map_err(io::Error::other)
}
