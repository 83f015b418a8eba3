//! Where the newest report waits for whoever delivers it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::spool::Kept;
use crate::collect::Taken;

/// Room for one report: a newer one takes the place of an older one.
#[derive(Default)]
pub(crate) struct Mailbox {
    slot: Mutex<Option<Mail>>,
    came: Notify,
}

/// What is to be delivered.
pub(crate) enum Mail {
    /// A report of this process.
    Fresh(Box<Taken>),
    /// A report of an earlier process, which did not get rid of it.
    Kept(Kept),
}

impl Mailbox {
    /// Puts a report there; whether it took the place of another.
    pub(crate) fn put(&self, mail: Mail) -> bool {
        let older = self.slot.lock().unwrap_or_else(PoisonError::into_inner).replace(mail);
        self.came.notify_one();
        older.is_some()
    }

    /// What is there, if anything is.
    pub(crate) fn look(&self) -> Option<Mail> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Waits for something. Dropping it loses nothing.
    pub(crate) async fn take(&self) -> Mail {
        loop {
            if let Some(mail) = self.look() {
                return mail;
            }
            self.came.notified().await;
        }
    }
}
