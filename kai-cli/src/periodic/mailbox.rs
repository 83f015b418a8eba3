//! Passes the newest report to a deliverer.

use std::sync::{Arc, Mutex, PoisonError};

use kai_core::ClusterReport;
use tokio::sync::Notify;

use super::observer::{Observer, Outcome};
use super::spool::Kept;

/// A slot for one report: a newer one replaces an older one.
pub(crate) struct Mailbox {
    slot: Mutex<Option<PendingReport>>,
    came: Notify,
    observer: Arc<dyn Observer>,
}

/// A report to be delivered.
pub(crate) enum PendingReport {
    /// From this process.
    Fresh(Arc<ClusterReport>),
    /// From an earlier process, which did not deliver it.
    Kept(Kept),
}

impl Mailbox {
    /// An empty mailbox, whose observer is notified of replaced reports.
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { slot: Mutex::default(), came: Notify::new(), observer }
    }

    /// Stores a report.
    pub(crate) fn put(&self, report: PendingReport) {
        let older = self.slot.lock().unwrap_or_else(PoisonError::into_inner).replace(report);
        self.came.notify_one();
        if older.is_some() {
            self.observer.delivered(Outcome::Replaced);
        }
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
