//! The endpoint's state: written by the loop, read by requests.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fmt, io};

use hyper::body::Bytes;
use kai_k8s::RequestObserver;

use super::clock::{Clock, SystemClock};
use super::metrics::Metrics;
use super::watching::Watching;
use crate::periodic::{Document, Figures, Live, Observer, Outcome, Shown};

/// Maximum time between heartbeats of the scheduler.
const BEAT_MAX: Duration = Duration::from_secs(60);
/// Maximum time for a credentials plugin, which is not kai's fault, but makes no progress either.
const PLUGIN_MAX: Duration = Duration::from_secs(60);

/// The state of the modes periodic and watch.
///
/// The loop calls the crate-public methods; each is a few atomic writes, or a short lock.
#[derive(Debug)]
pub(crate) struct State {
    clock: Arc<dyn Clock>,
    started: Instant,
    /// Maximum time without progress within a cycle.
    patience: Duration,
    /// In milliseconds since the start, like all times here.
    beat: AtomicU64,
    progress: AtomicU64,
    in_cycle: AtomicBool,
    collected: AtomicBool,
    metrics: Arc<Metrics>,
    /// Whether the last report is served.
    shows_reports: bool,
    report: Mutex<Option<Shown>>,
    /// What is followed, in mode watch.
    watching: Arc<Watching>,
    is_watch: bool,
}

/// Why the loop is unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stall {
    /// No heartbeat of the scheduler for this long.
    Scheduler(Duration),
    /// No progress of the cycle for this long.
    Cycle(Duration),
}

impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduler(time) => {
                write!(f, "the scheduler has been silent for {} s", time.as_secs())
            }
            Self::Cycle(time) => {
                write!(f, "the cycle has made no progress for {} s", time.as_secs())
            }
        }
    }
}

impl State {
    /// The initial state, for a loop with this request timeout.
    pub(crate) fn new(request_timeout: Duration, shows_reports: bool) -> Self {
        Self::with_clock(request_timeout, shows_reports, Arc::new(SystemClock))
    }

    pub(super) fn with_clock(
        request_timeout: Duration,
        shows_reports: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let watching = Arc::new(Watching::new(Arc::clone(&clock)));
        Self {
            started: clock.now(),
            clock,
            // An attempt ends within the first part; before it, a plugin may have run.
            patience: request_timeout + request_timeout.max(PLUGIN_MAX),
            beat: AtomicU64::new(0),
            progress: AtomicU64::new(0),
            in_cycle: AtomicBool::new(false),
            collected: AtomicBool::new(false),
            metrics: Arc::default(),
            shows_reports,
            report: Mutex::new(None),
            watching,
            is_watch: false,
        }
    }

    /// The same, of mode watch.
    pub(crate) fn of_watch(mut self) -> Self {
        self.is_watch = true;
        self
    }

    /// Stores the last report.
    pub(super) fn remember(&self, report: Shown) {
        let earlier = self.lock_report().replace(report);
        // Freed after the lock is released: it may be large.
        drop(earlier);
    }

    /// Whether the loop is running, independent of the state of Kubernetes and Anchore.
    pub(super) fn health(&self) -> Result<(), Stall> {
        // Read first, since a cycle that begins now records its progress before.
        let in_cycle = self.in_cycle.load(Ordering::Acquire);
        let (silent, stuck) = (self.since(&self.beat), self.since(&self.progress));
        if silent > BEAT_MAX {
            Err(Stall::Scheduler(silent))
        } else if in_cycle && stuck > self.patience {
            Err(Stall::Cycle(stuck))
        } else {
            Ok(())
        }
    }

    pub(super) fn shows_reports(&self) -> bool {
        self.shows_reports
    }

    /// Whether any inventory was completed.
    pub(super) fn is_ready(&self) -> bool {
        self.collected.load(Ordering::Acquire)
    }

    /// What is followed, as it is now, else the last report; `None`: there is none yet.
    pub(super) fn show(&self, document: Document) -> Option<io::Result<Bytes>> {
        match self.watching.live() {
            Some(live) => live.show(document),
            None => self.lock_report().as_ref().map(|report| Ok(report.document(document))),
        }
    }

    /// The figures of mode watch.
    pub(super) fn watched_figures(&self) -> Option<&Arc<Watching>> {
        self.is_watch.then_some(&self.watching)
    }

    pub(super) fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    fn lock_report(&self) -> std::sync::MutexGuard<'_, Option<Shown>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        let elapsed = self.clock.now().saturating_duration_since(self.started);
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    fn since(&self, time: &AtomicU64) -> Duration {
        let time = time.load(Ordering::Acquire);
        Duration::from_millis(self.now().saturating_sub(time))
    }

    fn unix_time(&self) -> u64 {
        self.clock.date().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
    }
}

impl Observer for State {
    fn beat(&self) {
        self.beat.store(self.now(), Ordering::Release);
    }

    fn cycle_started(&self) {
        self.progressed();
        self.in_cycle.store(true, Ordering::Release);
    }

    fn cycle_ended(&self, took: Duration, figures: Option<&Figures>) {
        self.in_cycle.store(false, Ordering::Release);
        if figures.is_some() {
            self.collected.store(true, Ordering::Release);
        }
        self.metrics.cycle(took, figures, self.unix_time());
    }

    fn delivered(&self, outcome: Outcome) {
        self.metrics.delivery(outcome, self.unix_time());
    }

    fn wants_reports(&self) -> bool {
        self.shows_reports
    }

    fn report(&self, shown: Shown) {
        self.remember(shown);
    }

    fn synced(&self) {
        self.in_cycle.store(false, Ordering::Release);
        self.collected.store(true, Ordering::Release);
    }

    fn watching(&self, live: Option<Arc<Live>>) {
        self.watching.follow(live);
    }

    fn complete_through(&self, time: SystemTime) {
        self.watching.complete_through(time);
    }

    fn in_touch(&self, is: bool) {
        self.watching.in_touch(is);
    }

    fn drifted(&self, differences: usize) {
        self.watching.drifted(differences);
    }
}

impl RequestObserver for State {
    fn answered(&self, code: Option<u16>) {
        self.metrics.request(code);
    }

    fn progressed(&self) {
        self.progress.store(self.now(), Ordering::Release);
    }

    fn watched(&self, event: &'static str) {
        self.watching.events.count(event);
    }

    fn reopened(&self, reason: &'static str) {
        self.watching.reconnects.count(reason);
    }

    fn relisted(&self, reason: &'static str) {
        self.watching.relists.count(reason);
    }
}
