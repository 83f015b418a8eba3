//! Recurring failures, logged once.

use std::error::Error;
use std::time::Duration;

use kai_anchore::DeliveryError;
use tokio::time::Instant;
use tracing::{debug, error, info};

use crate::error::one_line;
use crate::words::counted;

/// Interval at which an unchanged failure is logged again.
const AGAIN: Duration = Duration::from_secs(60 * 60);
/// Maximum number of causes logged within that time: untrusted texts may differ each time.
const CAUSES_MAX: usize = 8;

/// Consecutive failures of one operation.
#[derive(Debug)]
pub(crate) struct Failures {
    /// What fails, such as `the inventory`.
    what: &'static str,
    /// The number of consecutive failures.
    count: usize,
    /// Their distinct causes.
    causes: Vec<Cause>,
}

/// The cause of failures.
#[derive(Debug)]
struct Cause {
    key: String,
    /// When it was last logged.
    told: Instant,
}

impl Failures {
    /// No failures so far.
    pub(crate) fn of(what: &'static str) -> Self {
        Self { what, count: 0, causes: Vec::new() }
    }

    /// Logs a failure with its causes, unless the same was logged within the hour. Failures with
    /// the same root cause are the same: the errors around it differ in times, counts and requests.
    pub(crate) fn failed(&mut self, failure: &(dyn Error + 'static)) {
        self.count += 1;
        let (what, count, text) = (self.what, self.count, one_line(failure));
        let cause = Cause { key: key(failure), told: Instant::now() };
        let is_over = |known: &Cause| known.told.elapsed() >= AGAIN;
        if let Some(known) = self.causes.iter_mut().find(|known| known.key == cause.key) {
            if is_over(known) {
                *known = cause;
                error!(failures = count, "{what} still fails: {text}");
            } else {
                debug!("{what} failed again: {text}");
            }
            return;
        }
        if self.causes.len() < CAUSES_MAX {
            self.causes.push(cause);
        } else if let Some(old) = self.causes.iter_mut().find(|known| is_over(known)) {
            *old = cause;
        } else {
            debug!("{what} failed in yet another way: {text}");
            return;
        }
        error!(failures = count, "{what} failed: {text}");
    }

    /// Logs a recovery, if there were failures.
    pub(crate) fn succeeded(&mut self) {
        if self.count > 0 {
            let count = counted(self.count, "failure");
            info!(failures = self.count, "{} works again, after {count}", self.what);
            self.count = 0;
            self.causes.clear();
        }
    }
}

/// The identity of a failure: its root cause. For a response to a delivery only the status counts,
/// since the body may name the request.
fn key(failure: &(dyn Error + 'static)) -> String {
    let mut cause = failure;
    loop {
        let status = cause.downcast_ref().and_then(DeliveryError::status);
        if let Some(status) = status {
            return status.to_string();
        }
        match cause.source() {
            Some(next) => cause = next,
            None => return cause.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use kai_core::{SourceError, SourceErrorKind};
    use tokio::time::{advance, pause};

    use super::*;
    use crate::logging::Level;
    use crate::logging::tests::{logged, structured};

    fn failure(message: &str, root: &str) -> SourceError {
        let root = SourceError::new(SourceErrorKind::Other, root);
        SourceError::new(SourceErrorKind::Other, message).with_source(root)
    }

    /// Runs a function with paused time, and returns what was logged.
    fn told(level: Level, run: impl AsyncFnOnce(&mut Failures)) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        logged(level, false, || {
            runtime.block_on(async {
                pause();
                run(&mut Failures::of("the inventory")).await;
            });
        })
    }

    #[test]
    fn a_failure_is_told_once_with_its_causes_and_its_end_with_their_number() {
        let told = told(Level::INFO, async |failures| {
            failures.failed(&failure("gave up after 1 s", "refused"));
            failures.failed(&failure("gave up after 2 s", "refused"));
            failures.failed(&failure("gave up after 3 s", "no route"));
            failures.succeeded();
            failures.succeeded();
            failures.failed(&failure("gave up after 4 s", "no route"));
        });
        insta::assert_snapshot!(told, @"
        error: the inventory failed: gave up after 1 s: refused (failures=1)
        error: the inventory failed: gave up after 3 s: no route (failures=3)
        info: the inventory works again, after 3 failures (failures=3)
        error: the inventory failed: gave up after 4 s: no route (failures=1)
        ");
    }

    #[test]
    fn one_that_lasts_is_told_again_every_hour() {
        let told = told(Level::INFO, async |failures| {
            for _ in 0..150 {
                failures.failed(&failure("no", "refused"));
                advance(Duration::from_secs(60)).await;
            }
        });
        insta::assert_snapshot!(told, @"
        error: the inventory failed: no: refused (failures=1)
        error: the inventory still fails: no: refused (failures=61)
        error: the inventory still fails: no: refused (failures=121)
        ");
    }

    #[test]
    fn causes_that_alternate_are_told_once_each() {
        let told = told(Level::INFO, async |failures| {
            for nth in 0..20 {
                failures.failed(&failure("no", ["refused", "no route"][nth % 2]));
                advance(Duration::from_secs(60)).await;
            }
        });
        insta::assert_snapshot!(told, @"
        error: the inventory failed: no: refused (failures=1)
        error: the inventory failed: no: no route (failures=2)
        ");
    }

    #[test]
    fn causes_that_are_never_the_same_are_few_lines_an_hour() {
        let told = told(Level::INFO, async |failures| {
            for nth in 0..120 {
                failures.failed(&failure("no", &format!("request {nth} is refused")));
                assert!(failures.causes.len() <= CAUSES_MAX);
                advance(Duration::from_secs(60)).await;
            }
        });
        assert_eq!(told.lines().count(), 2 * CAUSES_MAX, "{told}");
        assert!(told.contains("request 60 is refused"), "each hour others are told: {told}");
    }

    #[test]
    fn machines_get_the_number_as_a_field() {
        let lines = structured(Level::INFO, || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                Failures::of("the delivery").failed(&failure("no", "refused"));
            });
        });
        assert_eq!(lines[0]["failures"], 1);
        assert_eq!(lines[0]["msg"], "the delivery failed: no: refused");
    }
}
