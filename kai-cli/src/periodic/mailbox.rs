//! A mailbox with room for one report, the newest, between collector and deliverer.

use std::sync::{Arc, Mutex, PoisonError};

use kai_core::ClusterReport;
use tokio::sync::Notify;

use super::observer::{Observer, Outcome};
use super::spool::Kept;

/// Room for one report: a newer one takes the place of an older one.
pub(crate) struct Mailbox {
    slot: Mutex<Option<PendingReport>>,
    came: Notify,
    observer: Arc<dyn Observer>,
}

/// What is to be delivered.
pub(crate) enum PendingReport {
    /// A report of this process.
    Fresh(Arc<ClusterReport>),
    /// A report of an earlier process, which did not get rid of it.
    Kept(Kept),
}

impl Mailbox {
    /// A mailbox whose observer hears of reports that were replaced.
    pub(crate) fn new(observer: Arc<dyn Observer>) -> Self {
        Self { slot: Mutex::default(), came: Notify::new(), observer }
    }

    /// Puts a report there.
    pub(crate) fn put(&self, report: PendingReport) {
        let older = self.slot.lock().unwrap_or_else(PoisonError::into_inner).replace(report);
        self.came.notify_one();
        if older.is_some() {
            self.observer.delivered(Outcome::Replaced);
        }
    }

    /// What is there, if anything is.
    pub(crate) fn look(&self) -> Option<PendingReport> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for something. Dropping it loses nothing.
    pub(crate) async fn take(&self) -> PendingReport {
        loop {
            if let Some(report) = self.look() {
                return report;
            }
            self.came.notified().await;
        }
    }
}
