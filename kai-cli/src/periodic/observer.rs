//! Observer of scheduler events.

use std::io;
use std::time::Duration;

use kai_core::{ClusterReport, Summary};

use crate::output::{View, html};

/// Is notified of what the scheduler does. By default, methods do nothing.
#[expect(unused_variables, reason = "the names of unused arguments are documentation")]
pub(crate) trait Observer: Send + Sync {
    /// Heartbeat: called every few seconds, whatever else is in progress.
    fn beat(&self) {}
    /// A cycle has started.
    fn cycle_started(&self) {}
    /// A cycle has ended, with its duration; without figures if it failed.
    fn cycle_ended(&self, took: Duration, figures: Option<&Figures>) {}
    /// A delivery attempt has ended, or there will be none.
    fn delivered(&self, outcome: Outcome) {}
    /// Whether `report` is to be called.
    fn wants_reports(&self) -> bool {
        false
    }
    /// The report of the last cycle.
    fn report(&self, shown: Shown) {}
}

/// A report, as it is shown to who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// One line of JSON, with its line break.
    pub(crate) inventory: Vec<u8>,
    /// The page with its uses.
    pub(crate) page: Vec<u8>,
}

impl Shown {
    pub(crate) fn of(report: &ClusterReport) -> io::Result<Self> {
        let (mut inventory, mut page) = (Vec::new(), Vec::new());
        serde_json::to_writer(&mut inventory, &report.inventory.document())?;
        inventory.push(b'\n');
        html::write(report, &View::default(), &mut page)?;
        Ok(Self { inventory, page })
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
