//! How long to wait after one failure, and after the next.

use std::time::Duration;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(1);

/// Waits that double up to a limit. Each is shortened by chance, by half at the most, so that not
/// everybody comes back at the same time.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    /// Waits of one second at first, and of this at the most (and never less than a second).
    pub(crate) fn up_to(max: Duration) -> Self {
        Self { next: FIRST, max: max.max(FIRST) }
    }

    /// The next wait.
    pub(crate) fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.max);
        wait.mul_f64(1.0 - fastrand::f64() / 2.0)
    }

    /// Begins anew.
    pub(crate) fn reset(&mut self) {
        self.next = FIRST;
    }
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
}
