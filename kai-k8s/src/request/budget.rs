//! How long a GET may take, all its attempts and waits together.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{Failure, Remedy};

/// How often a server is tried that was never reached: about three seconds, and not a minute where
/// the address is wrong or the cluster is off.
const BRIEF_ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What one GET, or one page, may still spend.
pub(crate) struct Budget {
    started: Instant,
    pub(super) total: Duration,
    pub(super) attempts: u32,
    pub(super) renewed: bool,
}

impl Budget {
    pub(crate) fn new(total: Duration) -> Self {
        Self { started: Instant::now(), total, attempts: 0, renewed: false }
    }

    fn deadline(&self) -> Instant {
        self.started + self.total
    }

    /// How long to wait for the first byte: half of it all, so that a stall can be tried again.
    pub(super) fn patience(&self) -> Duration {
        self.total / 2
    }

    /// How long to wait for each further piece.
    pub(super) fn stall(&self) -> Duration {
        self.total / 4
    }

    /// Waits for a future whose time is not the request's: for a place among the others.
    pub(super) async fn apart<F: Future>(&mut self, future: F) -> F::Output {
        let since = Instant::now();
        let output = future.await;
        self.started += since.elapsed();
        output
    }

    /// Waits for a future, but not longer than this, nor past the deadline.
    pub(super) async fn bound<F: Future>(
        &self,
        most: Duration,
        future: F,
    ) -> Result<F::Output, Failure> {
        let until = self.deadline().min(Instant::now() + most);
        timeout_at(until, future).await.map_err(|_| self.expired(most))
    }

    /// What a timer that ran out means.
    fn expired(&self, waited: Duration) -> Failure {
        if Instant::now() >= self.deadline() {
            Failure::Deadline(self.total)
        } else {
            Failure::Stalled(waited)
        }
    }

    /// Waits before another attempt, or says why there is none.
    pub(crate) async fn retry(&mut self, failure: Failure, reached: bool) -> Result<(), Failure> {
        let tries = match failure.remedy() {
            Remedy::Retry => u32::MAX,
            Remedy::RetryBriefly if reached => u32::MAX,
            Remedy::RetryBriefly => BRIEF_ATTEMPTS,
            Remedy::None => return Err(failure),
        };
        let wait = match failure {
            Failure::Status { retry_after: Some(wait), .. } => wait,
            _ => backoff(self.attempts),
        };
        let resume = Instant::now() + wait;
        if self.attempts >= tries || resume >= self.deadline() {
            return Err(self.gave_up(failure));
        }
        // What is over in a moment is nobody's concern.
        if wait < Duration::from_secs(1) {
            tracing::debug!("{failure}: trying again in {wait:.1?}");
        } else {
            tracing::info!("{failure}: trying again in {wait:.1?}");
        }
        sleep_until(resume).await;
        Ok(())
    }

    fn gave_up(&self, last: Failure) -> Failure {
        if self.attempts <= 1 {
            return last;
        }
        let spent = self.started.elapsed();
        Failure::GaveUp { attempts: self.attempts, spent, last: Box::new(last) }
    }
}

/// Doubling from one attempt to the next, less up to a half of it, so that clients drift apart.
fn backoff(attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(16);
    let longest = FIRST_WAIT.saturating_mul(1 << doublings).min(LONGEST_WAIT);
    longest.mul_f64(1.0 - fastrand::f64() / 2.0)
}
