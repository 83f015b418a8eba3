//! How many requests are in flight at once; what a 429 does to all of them.

use std::num::NonZeroUsize;
use std::sync::Mutex;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Bounds the requests in flight.
#[derive(Debug)]
pub(crate) struct Throttle {
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// Places to give up as soon as they are free.
    owed: usize,
}

/// A place among the requests in flight, free again when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'t> {
    throttle: &'t Throttle,
    permit: Option<SemaphorePermit<'t>>,
}

impl Throttle {
    pub(crate) fn new(limit: NonZeroUsize) -> Self {
        let limit = limit.get();
        Self { places: Semaphore::new(limit), state: Mutex::new(State { limit, owed: 0 }) }
    }

    /// Waits for a place.
    pub(crate) async fn place(&self) -> Permit<'_> {
        // The semaphore is never closed; without a permit there would merely be no bound.
        Permit { throttle: self, permit: self.places.acquire().await.ok() }
    }

    /// Halves the requests in flight for good, down to one: the server has too many.
    pub(crate) fn halve(&self) {
        let mut state = self.state();
        let fewer = state.limit.div_ceil(2);
        state.owed += state.limit - fewer;
        state.limit = fewer;
        let given_up = self.places.forget_permits(state.owed);
        state.owed -= given_up;
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.throttle.state();
        if state.owed > 0
            && let Some(permit) = self.permit.take()
        {
            state.owed -= 1;
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(limit: usize) -> Throttle {
        Throttle::new(NonZeroUsize::new(limit).unwrap())
    }

    #[tokio::test]
    async fn halving_holds_for_places_that_are_taken_now() {
        let throttle = throttle(8);
        let mut taken = Vec::new();
        for _ in 0..8 {
            taken.push(throttle.place().await);
        }
        throttle.halve();
        taken.truncate(4);
        assert_eq!(throttle.places.available_permits(), 0, "four are given up, four in use");
        taken.clear();
        assert_eq!(throttle.places.available_permits(), 4);
    }

    #[tokio::test]
    async fn one_request_is_always_left() {
        let throttle = throttle(3);
        for _ in 0..5 {
            throttle.halve();
        }
        assert_eq!(throttle.places.available_permits(), 1);
        drop(throttle.place().await);
        assert_eq!(throttle.places.available_permits(), 1);
    }
}
