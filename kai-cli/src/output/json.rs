//! The report as JSON, as accepted by Anchore's API v1.

use std::io::{self, Write};

use kai_core::ClusterReport;

use super::{Presenter, View};

pub(super) struct Json;

impl Presenter for Json {
    /// Indented.
    fn write(
        &self,
        report: &ClusterReport,
        _view: &View,
        mut out: &mut dyn Write,
    ) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut out, &report.inventory.document())?;
        writeln!(out)
    }

    /// As one line.
    fn write_one_of_many(
        &self,
        report: &ClusterReport,
        _view: &View,
        mut out: &mut dyn Write,
    ) -> io::Result<()> {
        serde_json::to_writer(&mut out, &report.inventory.document())?;
        writeln!(out)
    }
}
