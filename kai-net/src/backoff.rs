//! Exponential backoff with jitter.

use std::time::Duration;

/// The delay after the first failure, unless configured otherwise.
const FIRST: Duration = Duration::from_secs(1);

/// Delays that double up to a limit. Random jitter shortens each by up to a half, so that clients
/// don't all retry at the same time.
///
/// ```
/// use std::time::Duration;
/// use kai_net::backoff::Backoff;
///
/// let mut backoff = Backoff::up_to(Duration::from_secs(60));
/// assert!(backoff.wait() <= Duration::from_secs(1));
/// assert!(backoff.wait() <= Duration::from_secs(2));
/// ```
#[derive(Debug)]
pub struct Backoff {
    failures: u32,
    longest: Duration,
}

impl Backoff {
    /// Starts with a delay of one second and caps delays at `longest` (at least a second).
    #[must_use]
    pub fn up_to(longest: Duration) -> Self {
        Self { failures: 0, longest: longest.max(FIRST) }
    }

    /// The next delay.
    #[must_use]
    pub fn wait(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        wait_after(self.failures, FIRST, self.longest)
    }

    /// Starts over from the first delay.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The delay after this many failures, for callers that count them: `first`, doubled by each
/// further failure up to `longest`, less up to half of it by jitter.
#[must_use]
pub fn wait_after(failures: u32, first: Duration, longest: Duration) -> Duration {
    // The shift stays within 32 bits; any realistic limit is reached long before.
    let doublings = failures.saturating_sub(1).min(31);
    let wait = first.saturating_mul(1 << doublings).min(longest);
    wait.mul_f64(1.0 - fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_chance_takes_half_at_the_most() {
        let mut backoff = Backoff::up_to(Duration::from_secs(7));
        for _ in 0..2 {
            for longest in [1, 2, 4, 7, 7, 7] {
                let (wait, longest) = (backoff.wait(), Duration::from_secs(longest));
                assert!(wait <= longest && wait >= longest / 2, "{wait:?} of {longest:?}");
            }
            backoff.reset();
        }
    }

    #[test]
    fn chance_has_a_say() {
        let waits: std::collections::BTreeSet<_> =
            (0..20).map(|_| Backoff::up_to(FIRST).wait()).collect();
        assert!(waits.len() > 1, "{waits:?}");
    }

    #[test]
    fn however_many_failures_there_were_the_wait_is_the_longest() {
        let longest = Duration::from_secs(8);
        for failures in [0, 1, 40, u32::MAX] {
            let wait = wait_after(failures, longest, longest);
            assert!(wait <= longest && wait >= longest / 2, "{failures}: {wait:?}");
        }
    }
}
