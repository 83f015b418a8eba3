//! Clocks.

use std::fmt::Debug;
use std::time::{Instant, SystemTime};

/// A clock; tests have one that can be set.
pub(crate) trait Clock: Debug + Send + Sync {
    /// The monotonic time.
    fn now(&self) -> Instant;
    /// The wall-clock time.
    fn date(&self) -> SystemTime;
}

/// The system's clock.
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
