//! The clock of the status endpoint.

use std::fmt::Debug;
use std::time::{Instant, SystemTime};

/// Tells the time; a test has one that it can set.
pub(crate) trait Clock: Debug + Send + Sync {
    /// The time that never goes back.
    fn now(&self) -> Instant;
    /// The time of the calendar.
    fn date(&self) -> SystemTime;
}

/// The machine's.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn date(&self) -> SystemTime {
        SystemTime::now()
    }
}
