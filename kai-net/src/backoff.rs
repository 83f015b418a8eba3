//! How long to wait after one failure, and after the next.

use std::time::Duration;

/// The wait after the first failure, where nothing else is said.
const FIRST: Duration = Duration::from_secs(1);

/// Waits that double up to a limit. Each is shortened by chance, by half at the most, so that not
/// everybody comes back at the same time.
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
    /// Waits of one second at first, and of this at the most (and never less than a second).
    #[must_use]
    pub fn up_to(longest: Duration) -> Self {
        Self { failures: 0, longest: longest.max(FIRST) }
    }

    /// The next wait.
    #[must_use]
    pub fn wait(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        wait_after(self.failures, FIRST, self.longest)
    }

    /// Begins anew.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The wait after so many failures, for whoever counts them: the first one, doubled by each further
/// failure up to the longest, less up to a half of it.
#[must_use]
pub fn wait_after(failures: u32, first: Duration, longest: Duration) -> Duration {
    // More are not needed by any wait that ends.
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
