//! A report, as who asks for it over HTTP gets it.

use std::io;

use hyper::body::Bytes;
use kai_core::ClusterReport;

use crate::output::{View, html};

/// A form in which a report is shown to who asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    /// One line of JSON, with its line break.
    Inventory,
    /// The page with its uses.
    Page,
}

impl Document {
    pub(crate) fn of(self, report: &ClusterReport) -> io::Result<Bytes> {
        let mut document = Vec::new();
        match self {
            Self::Inventory => {
                serde_json::to_writer(&mut document, &report.inventory.document())?;
                document.push(b'\n');
            }
            Self::Page => html::write(report, &View::default(), &mut document)?,
        }
        Ok(document.into())
    }
}
