//! What the endpoint tells of mode watch.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;

use super::clock::Clock;
use super::metrics::{Counters, counter, counters, gauge};
use crate::periodic::Live;

/// What is followed, and its figures.
#[derive(Debug)]
pub(super) struct Watching {
    clock: Arc<dyn Clock>,
    live: Mutex<Option<Arc<Live>>>,
    /// Since when it is out of touch with the cluster.
    out_of_touch: Mutex<Option<Instant>>,
    /// Unix time in seconds; 0: not yet.
    complete_through: AtomicU64,
    pub(super) events: Counters<3>,
    pub(super) reconnects: Counters<4>,
    pub(super) relists: Counters<3>,
    drift: AtomicU64,
}

impl Watching {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            live: Mutex::default(),
            out_of_touch: Mutex::default(),
            complete_through: AtomicU64::new(0),
            events: Counters::new(["set", "gone", "bookmark"]),
            reconnects: Counters::new(["end", "closed", "broken", "refused"]),
            relists: Counters::new(["expired", "restored", "unreadable"]),
            drift: AtomicU64::new(0),
        }
    }

    /// Notes what is followed; `None`: nothing.
    pub(super) fn follow(&self, live: Option<Arc<Live>>) {
        let before =
            std::mem::replace(&mut *self.live.lock().unwrap_or_else(PoisonError::into_inner), live);
        // Freed after the lock is released: it may be large.
        drop(before);
    }

    /// What is followed, if anything is.
    pub(super) fn live(&self) -> Option<Arc<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn complete_through(&self, time: SystemTime) {
        let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.complete_through.store(seconds, Ordering::Relaxed);
    }

    pub(super) fn in_touch(&self, is: bool) {
        let mut since = self.out_of_touch.lock().unwrap_or_else(PoisonError::into_inner);
        *since = if is { None } else { since.or_else(|| Some(self.clock.now())) };
    }

    pub(super) fn drifted(&self, differences: usize) {
        self.drift.fetch_add(differences as u64, Ordering::Relaxed);
    }
}

impl Collector for Watching {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let what = "1 while the cluster is followed, 0 while it is read at intervals, or not yet.";
        gauge(&mut encoder, "kai_watching", what, &u64::from(self.live().is_some()))?;
        let what = "Changes that watches told, by type.";
        counters(&mut encoder, "kai_watch_events", what, "type", self.events.load())?;
        let what = "Watches opened again, by why they ended.";
        counters(&mut encoder, "kai_watch_reconnects", what, "reason", self.reconnects.load())?;
        let what = "Times that everything was listed again, by why watches could not go on.";
        counters(&mut encoder, "kai_watch_relists", what, "reason", self.relists.load())?;
        let what = "Differences between what is followed and a full pass; must stay 0.";
        counter(&mut encoder, "kai_watch_drift", what, self.drift.load(Ordering::Relaxed))?;
        let what = "For how long the API server has been out of reach, 0 while it is in reach.";
        let since = *self.out_of_touch.lock().unwrap_or_else(PoisonError::into_inner);
        let lag = since.map_or(0.0, |it| (self.clock.now() - it).as_secs_f64());
        gauge(&mut encoder, "kai_watch_lag_seconds", what, &lag)?;
        let what = "Until when all that happened is known, 0 before everything was listed.";
        let time = self.complete_through.load(Ordering::Relaxed);
        gauge(&mut encoder, "kai_complete_through_timestamp_seconds", what, &time)
    }
}
