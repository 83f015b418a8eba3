//! Places whose number changes, also while they are taken.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

#[derive(Debug)]
pub(super) struct Places {
    free: Semaphore,
    /// How many are to be given up as soon as they are free.
    owed: Mutex<usize>,
}

/// A place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place<'p> {
    places: &'p Places,
    permit: Option<SemaphorePermit<'p>>,
}

impl Places {
    pub(super) fn new(count: usize) -> Self {
        Self { free: Semaphore::new(count), owed: Mutex::default() }
    }

    /// Waits for a place.
    pub(super) async fn take(&self) -> Place<'_> {
        // The semaphore is never closed; without a permit there would merely be no bound.
        Place { places: self, permit: self.free.acquire().await.ok() }
    }

    /// Changes how many there are.
    pub(super) fn resize(&self, from: usize, to: usize) {
        let mut owed = self.owed();
        if let Some(more) = to.checked_sub(from) {
            let kept = more.min(*owed);
            *owed -= kept;
            self.free.add_permits(more - kept);
        } else {
            *owed += from - to;
            *owed -= self.free.forget_permits(*owed);
        }
    }

    fn owed(&self) -> MutexGuard<'_, usize> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn free(&self) -> usize {
        self.free.available_permits()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut owed = self.places.owed();
        if *owed > 0
            && let Some(permit) = self.permit.take()
        {
            *owed -= 1;
            permit.forget();
        }
    }
}
