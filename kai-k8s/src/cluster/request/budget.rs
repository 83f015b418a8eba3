//! The time budget of a GET, with all its attempts and waits.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kai_net::backoff::wait_after;
use tokio::time::{Instant, sleep, timeout_at};

use crate::cluster::error::{Failure, Remedy};

/// How often a server is tried that was never reached: about three seconds, and not a minute where
/// the address is wrong or the cluster is off.
const BRIEF_ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(8);

/// What one GET, or one page, may still spend.
pub(crate) struct Budget {
    pub(super) started: Instant,
    /// When it got on last.
    progress: Instant,
    pub(super) total: Duration,
    pub(super) attempts: u32,
    pub(super) renewed: bool,
    /// Why the last attempt failed.
    last: Option<Box<Failure>>,
}

impl Budget {
    pub(crate) fn new(total: Duration) -> Self {
        let now = Instant::now();
        Self { started: now, progress: now, total, attempts: 0, renewed: false, last: None }
    }

    fn deadline(&self) -> Instant {
        self.started.max(self.progress) + self.total
    }

    /// Notes that it got on: from now on counts its time.
    pub(crate) fn got_on(&mut self, now: Instant) {
        self.progress = now;
    }

    /// How much is left of it.
    pub(super) fn left(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Why there is no complete answer.
    pub(super) fn deadline_passed(&self) -> Failure {
        Failure::Deadline(self.total)
    }

    /// Why there was no turn for another attempt.
    pub(super) fn expired_waiting(&mut self) -> Failure {
        match self.last.take() {
            Some(last) => {
                self.attempts -= 1;
                self.gave_up(*last)
            }
            None => self.deadline_passed(),
        }
    }

    /// Counts from now on.
    pub(crate) fn restart(&mut self) {
        self.started = Instant::now();
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
            self.deadline_passed()
        } else {
            Failure::Stalled(waited)
        }
    }

    /// Waits before another attempt, or says why there is none. Who waits for the end is told of
    /// the first wait that is worth a word, and of no other until the server answers well again: a
    /// daemon may wait for days.
    pub(super) async fn retry(
        &mut self,
        failure: Failure,
        reached: bool,
        told: &AtomicBool,
    ) -> Result<(), Failure> {
        let tries = match failure.remedy() {
            Remedy::Retry => u32::MAX,
            Remedy::RetryBriefly if reached => u32::MAX,
            Remedy::RetryBriefly => BRIEF_ATTEMPTS,
            Remedy::None => return Err(failure),
        };
        // The server may ask for a longer wait, and for no shorter one.
        let least = wait_after(self.attempts, FIRST_WAIT, LONGEST_WAIT);
        let wait = match failure {
            Failure::Status { retry_after: Some(wait), .. } => wait.max(least),
            _ => least,
        };
        if self.attempts >= tries || wait >= self.left() {
            return Err(self.gave_up(failure));
        }
        // Short waits are logged at debug level only.
        if wait < Duration::from_secs(1) || told.swap(true, Ordering::Relaxed) {
            tracing::debug!("{failure}: trying again in {wait:.1?}");
        } else {
            tracing::info!("{failure}: trying again in {wait:.1?}");
        }
        self.last = Some(Box::new(failure));
        sleep(wait).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(retry_after: Option<u64>) -> Failure {
        Failure::Status {
            code: http::StatusCode::TOO_MANY_REQUESTS,
            said: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            next: None,
        }
    }

    /// The attempts and the time until there is no other, for a failure that stays.
    async fn spend(failure: impl Fn() -> Failure, reached: bool) -> (u32, Duration) {
        let (mut budget, told) = (Budget::new(Duration::from_secs(60)), AtomicBool::new(false));
        let start = Instant::now();
        loop {
            budget.attempts += 1;
            if budget.retry(failure(), reached, &told).await.is_err() {
                return (budget.attempts, start.elapsed());
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_stays_ends_before_the_deadline() {
        let unreachable = || Failure::Connect("refused".to_owned());
        let rows = [
            ("429 without a time", spend(|| refused(None), true).await, 8..=25),
            // No faster than the backoff, whatever the server says.
            ("at once", spend(|| refused(Some(0)), true).await, 8..=25),
            ("after 1 s", spend(|| refused(Some(1)), true).await, 8..=25),
            ("after 20 s", spend(|| refused(Some(20)), true).await, 3..=3),
            ("after the deadline", spend(|| refused(Some(60)), true).await, 1..=1),
            ("for ever", spend(|| refused(Some(u64::MAX)), true).await, 1..=1),
            ("never reached", spend(unreachable, false).await, 5..=5),
            ("reached before", spend(unreachable, true).await, 8..=25),
            ("final", spend(|| Failure::Tls(kai_net::tls::Fault::NoTls), true).await, 1..=1),
        ];
        for (what, (attempts, spent), expected) in rows {
            assert!(expected.contains(&attempts), "{what}: {attempts} attempts");
            assert!(spent < Duration::from_secs(60), "{what}: {spent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_of_many_waits_is_told() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(std::sync::Arc::new(log.reopen().unwrap()))
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let (attempts, _) = spend(|| refused(Some(1)), true).await;
        drop(guard);
        let told = std::fs::read_to_string(log.path()).unwrap();
        assert!(attempts > 5, "{attempts}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains("trying again in 1.0s"), "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_the_longest() {
        for attempts in 1..100 {
            let most = FIRST_WAIT * (1 << (attempts - 1).min(10));
            let wait = wait_after(attempts, FIRST_WAIT, LONGEST_WAIT);
            assert!(wait <= most.min(LONGEST_WAIT), "{attempts}: {wait:?}");
            assert!(wait >= most.min(LONGEST_WAIT) / 2, "{attempts}: {wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_a_place_is_not_the_requests_time() {
        let mut budget = Budget::new(Duration::from_secs(10));
        budget.apart(sleep(Duration::from_secs(100))).await;
        let bound = budget.bound(Duration::from_secs(5), sleep(Duration::from_secs(4))).await;
        assert!(bound.is_ok());
        let stalled = budget.bound(Duration::from_secs(1), sleep(Duration::from_secs(2))).await;
        assert!(matches!(stalled, Err(Failure::Stalled(_))));
        let late = budget.bound(Duration::from_secs(60), sleep(Duration::from_secs(60))).await;
        assert!(matches!(late, Err(Failure::Deadline(_))));
    }
}
