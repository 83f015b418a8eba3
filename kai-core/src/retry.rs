//! Whether and when to try again.

use std::time::Duration;

/// Whether and when to try again what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Never: the same would fail again.
    Never,
    /// After a growing time of the caller's choice.
    Backoff,
    /// After this time, which the other side named.
    After(Duration),
}
