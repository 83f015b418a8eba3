//! How many requests are in flight at once: a number, or as many as are worth it; what a 429 does to
//! all of them.

mod adapt;
mod places;

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use self::adapt::{Answers, LEAST};
pub(crate) use self::adapt::{FIRST, MOST};
pub(crate) use self::places::Place;
use self::places::Places;

/// Bounds the requests in flight.
#[derive(Debug)]
pub(crate) struct Throttle {
    requests: Places,
    /// Lists that are under way: as many as requests, so that one that is begun is read on.
    lists: Places,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    limit: usize,
    /// The fewest that a server's refusals leave.
    least: usize,
    /// How many are in flight.
    taken: usize,
    /// What the limit follows; `None`: a number was given, or the server has refused a request.
    answers: Option<Answers>,
}

/// A place among the requests in flight, free again when dropped.
#[derive(Debug)]
pub(crate) struct Permit<'t> {
    throttle: &'t Throttle,
    _place: Place<'t>,
}

impl Throttle {
    /// So many; `None`: as many as are worth it.
    pub(crate) fn new(limit: Option<NonZeroUsize>) -> Self {
        let (limit, least, answers) = match limit {
            Some(limit) => (limit.get(), 1, None),
            None => (FIRST, LEAST, Some(Answers::new(Instant::now()))),
        };
        let state = Mutex::new(State { limit, least, taken: 0, answers });
        Self { requests: Places::new(limit), lists: Places::new(limit), state }
    }

    /// Waits for the turn of another list, which ends with what is returned.
    pub(crate) async fn list(&self) -> Place<'_> {
        self.lists.take().await
    }

    /// Waits for a place.
    pub(crate) async fn place(&self) -> Permit<'_> {
        let place = self.requests.take().await;
        let mut state = self.state();
        // A pass of its own: what is between may be another line by now.
        if state.taken == 0 && state.answers.is_some() {
            state.answers = Some(Answers::new(Instant::now()));
            self.set(&mut state, FIRST);
        }
        state.taken += 1;
        Permit { throttle: self, _place: place }
    }

    /// Halves the requests in flight for good: the server has too many. They do not grow again.
    pub(crate) fn halve(&self) {
        let mut state = self.state();
        state.answers = None;
        let fewer = state.limit.div_ceil(2).max(state.least).min(state.limit);
        self.set(&mut state, fewer);
    }

    fn set(&self, state: &mut State, limit: usize) {
        if limit != state.limit {
            tracing::trace!(requests = limit, "requests in flight at the most");
            for places in [&self.requests, &self.lists] {
                places.resize(state.limit, limit);
            }
            state.limit = limit;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Notes an answer that was read to its end: how long its first byte took, and its length.
    pub(crate) fn answered(&self, first_byte: Duration, bytes: u64) {
        let mut state = self.throttle.state();
        let Some(answers) = &mut state.answers else { return };
        let next = answers.count(first_byte, bytes, Instant::now());
        self.throttle.set(&mut state, next);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.throttle.state().taken -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(limit: usize) -> Throttle {
        Throttle::new(Some(NonZeroUsize::new(limit).unwrap()))
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
        assert_eq!(throttle.requests.free(), 0, "four are given up, four in use");
        taken.clear();
        assert_eq!(throttle.requests.free(), 4);
    }

    #[tokio::test]
    async fn one_request_is_always_left() {
        let throttle = throttle(3);
        for _ in 0..5 {
            throttle.halve();
        }
        assert_eq!(throttle.requests.free(), 1);
        drop(throttle.place().await);
        assert_eq!(throttle.requests.free(), 1);
    }

    /// Answers that take this long to begin, so many in a second for each place.
    async fn answer(throttle: &Throttle, count: usize, first_byte: Duration) {
        for _ in 0..count {
            let place = throttle.place().await;
            let limit = throttle.state().limit;
            tokio::time::advance(Duration::from_millis(100) / u32::try_from(limit).unwrap()).await;
            place.answered(first_byte, 1000);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_number_it_grows_while_that_is_worth_it() {
        let throttle = Throttle::new(None);
        let _kept = throttle.place().await;
        assert_eq!(throttle.state().limit, 8);
        answer(&throttle, 100, Duration::from_millis(50)).await;
        assert_eq!(throttle.state().limit, 32);
        assert_eq!(throttle.requests.free(), 31);
    }

    #[tokio::test(start_paused = true)]
    async fn each_pass_begins_with_eight() {
        let throttle = Throttle::new(None);
        let kept = throttle.place().await;
        answer(&throttle, 100, Duration::from_millis(50)).await;
        assert_eq!(throttle.state().limit, 32);
        drop(kept);
        drop(throttle.place().await);
        assert_eq!((throttle.state().limit, throttle.requests.free()), (8, 8));
        assert_eq!(throttle.lists.free(), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn lists_that_are_under_way_when_it_falls_make_no_more_in_later_passes() {
        let throttle = Throttle::new(None);
        for _ in 0..3 {
            let kept = throttle.place().await;
            answer(&throttle, 100, Duration::from_millis(50)).await;
            let mut lists = Vec::new();
            for _ in 0..32 {
                lists.push(throttle.list().await);
            }
            // The server has too many: of 32, half are left.
            answer(&throttle, 20, Duration::from_secs(5)).await;
            assert_eq!(throttle.state().limit, 16);
            drop((kept, lists));
            assert_eq!((throttle.requests.free(), throttle.lists.free()), (16, 16));
            drop(throttle.place().await);
            assert_eq!((throttle.requests.free(), throttle.lists.free()), (8, 8));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_429_it_falls_down_to_four_and_does_not_grow_again() {
        let throttle = Throttle::new(None);
        let _kept = throttle.place().await;
        answer(&throttle, 100, Duration::from_millis(50)).await;
        throttle.halve();
        assert_eq!(throttle.state().limit, 16);
        answer(&throttle, 100, Duration::from_millis(50)).await;
        assert_eq!(throttle.state().limit, 16);
        for _ in 0..5 {
            throttle.halve();
        }
        assert_eq!((throttle.state().limit, throttle.requests.free()), (4, 3));
    }
}
