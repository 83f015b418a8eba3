//! Passes the newest report to a deliverer.

use std::sync::{Arc, Mutex, PoisonError};

use kai_core::{ClusterReport, Mark};
use tokio::sync::Notify;

use super::observer::{Observer, Outcome};
use super::spool::Kept;

/// A slot for one report: a newer one replaces an older one.
pub(crate) struct Mailbox {
    slot: Mutex<Option<PendingReport>>,
    /// Up to when the receiver has what ended.
    has: Mutex<Position>,
    came: Notify,
    observer: Arc<dyn Observer>,
}

/// A report to be delivered.
pub(crate) enum PendingReport {
    /// From this process; of what is followed, with the position up to which it has what ended.
    Fresh(Arc<ClusterReport>, Option<Position>),
    /// From an earlier process, which did not deliver it.
    Kept(Kept),
}

/// How much of what ended somebody has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// Which state of a cluster it is about: the marks of another one say nothing.
    pub(crate) epoch: u64,
    pub(crate) mark: Mark,
}

impl Mailbox {
    /// An empty mailbox, whose observer is notified of replaced reports.
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        let (slot, has) = (Mutex::default(), Mutex::default());
        Self { slot, has, came: Notify::new(), observer }
    }

    /// Stores a report.
    pub(crate) fn put(&self, report: PendingReport) {
        let older = self.slot.lock().unwrap_or_else(PoisonError::into_inner).replace(report);
        self.came.notify_one();
        if older.is_some() {
            self.observer.delivered(Outcome::Replaced);
        }
    }

    /// Up to when the receiver has what ended, in the state of this epoch.
    pub(crate) fn mark(&self, epoch: u64) -> Mark {
        let has = *self.has.lock().unwrap_or_else(PoisonError::into_inner);
        if has.epoch == epoch { has.mark } else { Mark::default() }
    }

    /// Notes that the receiver has what ended up to a position.
    pub(crate) fn acknowledge(&self, position: Position) {
        *self.has.lock().unwrap_or_else(PoisonError::into_inner) = position;
    }

    /// Takes the report, if there is one.
    pub(crate) fn look(&self) -> Option<PendingReport> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for a report and takes it. Cancellation safe.
    pub(crate) async fn take(&self) -> PendingReport {
        loop {
            if let Some(report) = self.look() {
                return report;
            }
            self.came.notified().await;
        }
    }
}
