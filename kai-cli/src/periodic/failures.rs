//! Failures that come again and again, told once.

use std::error::Error;
use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, error, info};

use crate::error::one_line;
use crate::words::counted;

/// How often a failure is told that stays the same.
const AGAIN: Duration = Duration::from_secs(60 * 60);

/// The failures of one thing, one after another.
#[derive(Debug)]
pub(crate) struct Failures {
    /// What fails, as `the inventory`.
    what: &'static str,
    /// In a row.
    count: usize,
    /// What the last one came from, and when it was told.
    last: Option<(String, Instant)>,
}

impl Failures {
    /// None so far.
    pub(crate) fn of(what: &'static str) -> Self {
        Self { what, count: 0, last: None }
    }

    /// Tells a failure with its causes, unless it is the same as before. The same is what comes
    /// from the same: what stands above differs in times and counts, and in which request it was.
    pub(crate) fn failed(&mut self, failure: &dyn Error) {
        self.count += 1;
        let (what, count, text) = (self.what, self.count, one_line(failure));
        let root = root(failure);
        match &mut self.last {
            Some((last, told)) if *last == root && told.elapsed() < AGAIN => {
                debug!("{what} failed again: {text}");
            }
            Some((last, told)) if *last == root => {
                *told = Instant::now();
                error!(failures = count, "{what} still fails: {text}");
            }
            _ => {
                self.last = Some((root, Instant::now()));
                error!(failures = count, "{what} failed: {text}");
            }
        }
    }

    /// Tells that it works again, where it did not.
    pub(crate) fn succeeded(&mut self) {
        if self.count > 0 {
            let count = counted(self.count, "failure");
            info!(failures = self.count, "{} works again, after {count}", self.what);
            (self.count, self.last) = (0, None);
        }
    }
}

/// What everything else follows from.
fn root(failure: &dyn Error) -> String {
    let mut cause = failure;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
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

    /// Runs something in which time is paused, and says what was logged.
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
