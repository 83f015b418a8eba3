//! Observer of scheduler events.

use std::time::Duration;

use kai_core::Summary;

/// Is notified of scheduler events. Every method does nothing by default.
#[expect(unused_variables, reason = "the names of unused arguments are documentation")]
pub(crate) trait Observer: Send + Sync {
    /// The scheduler is alive; called every few seconds, whatever else goes on.
    fn beat(&self) {}
    /// A cycle begins.
    fn cycle_started(&self) {}
    /// A cycle has ended, after so long; without figures where it failed.
    fn cycle_ended(&self, took: Duration, figures: Option<&Figures>) {}
    /// A try to deliver has ended, or there will be none.
    fn delivered(&self, outcome: Outcome) {}
    /// Whether it wants to know the reports.
    fn wants_reports(&self) -> bool {
        false
    }
    /// The report of the last cycle, as one line of JSON without its end.
    fn report(&self, line: String) {}
}

/// Nobody.
impl Observer for () {}

/// What a cycle has found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) namespaces: usize,
    /// How many distinct images.
    pub(crate) images: usize,
    /// Pods, and what was left out.
    pub(crate) summary: Summary,
    /// Namespaces that were skipped.
    pub(crate) skipped: usize,
}

/// What came of a report, or of a try to deliver it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Delivered,
    /// It may be tried again.
    Failed,
    /// The same report would be refused again.
    Refused,
    /// A newer report took its place.
    Replaced,
}
