//! Observer of scheduler events.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::body::Bytes;
use kai_core::{ClusterReport, Summary};

use super::document::Document;
use super::live::Live;

/// Is notified of what the scheduler does. By default, methods do nothing.
#[expect(unused_variables, reason = "the names of unused arguments are documentation")]
pub(crate) trait Observer: Send + Sync {
    /// Heartbeat: called every few seconds, whatever else is in progress.
    fn beat(&self) {}
    /// A cycle has started.
    fn cycle_started(&self) {}
    /// A cycle has ended, with its duration; without figures if it failed.
    fn cycle_ended(&self, took: Duration, figures: Option<&Figures>) {}
    /// All of the cluster is known.
    fn synced(&self) {}
    /// The cluster is followed, in this state; `None`: no longer.
    fn watching(&self, live: Option<Arc<Live>>) {}
    /// All that happened until then is known.
    fn complete_through(&self, time: SystemTime) {}
    /// What is followed lost touch with the cluster, or has it again.
    fn in_touch(&self, is: bool) {}
    /// A pass found so many differences to what is followed.
    fn drifted(&self, differences: usize) {}
    /// A delivery attempt has ended, or there will be none.
    fn delivered(&self, outcome: Outcome) {}
    /// Whether `report` is to be called.
    fn wants_reports(&self) -> bool {
        false
    }
    /// The report of the last cycle.
    fn report(&self, shown: Shown) {}
}

/// A report, in each form in which it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) inventory: Bytes,
    pub(crate) page: Bytes,
}

impl Shown {
    pub(crate) fn of(report: &ClusterReport) -> io::Result<Self> {
        Ok(Self { inventory: Document::Inventory.of(report)?, page: Document::Page.of(report)? })
    }

    pub(crate) fn document(&self, document: Document) -> Bytes {
        match document {
            Document::Inventory => self.inventory.clone(),
            Document::Page => self.page.clone(),
        }
    }
}

/// The no-op observer.
impl Observer for () {}

/// The results of a cycle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) namespaces: usize,
    /// Number of distinct images.
    pub(crate) images: usize,
    /// Number of pods, and what was left out.
    pub(crate) summary: Summary,
    /// Number of skipped namespaces.
    pub(crate) skipped: usize,
}

/// The outcome of a report or of an attempt to deliver it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    /// It will be retried.
    Failed,
    /// It would be rejected again.
    Refused,
    /// A newer report replaced it.
    Replaced,
}
