//! A report, as who asks for it over HTTP gets it.

use std::io;
use std::time::SystemTime;

use hyper::body::Bytes;
use kai_core::{ClusterReport, ClusterState, Inventory, Window};

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
        match self {
            Self::Inventory => json(&report.inventory),
            Self::Page => page(report),
        }
    }

    /// The same of what is known of a cluster.
    pub(crate) fn of_state(
        self,
        state: &ClusterState,
        taken_at: SystemTime,
        cluster_name: Option<&str>,
    ) -> io::Result<Bytes> {
        match self {
            Self::Inventory => {
                let inventory = state.inventory(taken_at);
                json(&match cluster_name {
                    Some(name) => inventory.with_cluster_name(name),
                    None => inventory,
                })
            }
            Self::Page => {
                let report = state.report(Window::Now, taken_at);
                page(&match cluster_name {
                    Some(name) => report.with_cluster_name(name),
                    None => report,
                })
            }
        }
    }
}

fn json(inventory: &Inventory) -> io::Result<Bytes> {
    let mut document = serde_json::to_vec(&inventory.document())?;
    document.push(b'\n');
    Ok(document.into())
}

fn page(report: &ClusterReport) -> io::Result<Bytes> {
    let mut document = Vec::new();
    html::write(report, &View::default(), &mut document)?;
    Ok(document.into())
}
