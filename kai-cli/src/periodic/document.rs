//! A report, as who asks for it over HTTP gets it.

use std::io;
use std::time::SystemTime;

use hyper::body::Bytes;
use kai_core::{ClusterReport, ClusterState, Window};

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
    /// A report of what is known of a cluster, with what this form shows of it.
    pub(crate) fn report(self, state: &ClusterState, taken_at: SystemTime) -> ClusterReport {
        match self {
            Self::Inventory => ClusterReport::new(state.inventory(taken_at)),
            Self::Page => state.report(Window::Now, taken_at),
        }
    }

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
