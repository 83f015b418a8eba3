//! The state of a cluster that is followed, as it is shared with who asks for it.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use hyper::body::Bytes;
use kai_core::{Change, ClusterState, CollectOptions, Effect};

use super::document::Document;

/// How long what was shown may be shown again, where nothing changed: it says as of when it is.
const FRESH: Duration = Duration::from_secs(1);

/// The state of a cluster.
#[derive(Debug)]
pub(crate) struct Live {
    shared: Mutex<Shared>,
    cluster_name: Option<String>,
}

#[derive(Debug)]
struct Shared {
    state: ClusterState,
    /// What was shown last.
    shown: Vec<Rendered>,
}

/// A document that was shown.
#[derive(Debug)]
struct Rendered {
    which: Document,
    document: Bytes,
    at: Instant,
    /// How long it took to make it.
    took: Duration,
    /// Whether the state has changed since.
    is_old: bool,
}

impl Rendered {
    /// Whether it may be shown again: who asks without end shall not take all of the time.
    fn will_do(&self, now: Instant) -> bool {
        now.duration_since(self.at) < if self.is_old { self.took } else { FRESH }
    }
}

impl Live {
    /// The state of a cluster of which nothing is known yet.
    pub(crate) fn new(
        options: &CollectOptions,
        keeps_names: bool,
        cluster_name: Option<&str>,
    ) -> Self {
        let state = ClusterState::new(Arc::new(options.clone()));
        let state = if keeps_names { state.with_names() } else { state };
        let shared = Mutex::new(Shared { state, shown: Vec::new() });
        Self { shared, cluster_name: cluster_name.map(str::to_owned) }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a change into the state.
    pub(crate) fn apply(&self, change: Change, at: SystemTime) -> Effect {
        let mut shared = self.lock();
        // The others say nothing of what is shown.
        if matches!(change, Change::Observed(..) | Change::Gone(..) | Change::Synced(_)) {
            shared.shown.iter_mut().for_each(|shown| shown.is_old = true);
        }
        shared.state.apply(change, at)
    }

    /// Looks at the state.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&ClusterState) -> T) -> T {
        look(&self.lock().state)
    }

    /// Changes what is kept of the state.
    pub(crate) fn forget(&self, until: kai_core::Mark) {
        self.lock().state.forget(until);
    }

    /// As of when the state is what the cluster is.
    pub(crate) fn taken_at(state: &ClusterState, now: SystemTime) -> SystemTime {
        state.interrupted().and_then(|_| state.complete_through()).unwrap_or(now)
    }

    /// What is known now; `None`: not all is known yet.
    pub(crate) fn show(&self, which: Document) -> Option<io::Result<Bytes>> {
        let mut shared = self.lock();
        if !shared.state.is_synced() {
            return None;
        }
        let started = Instant::now();
        if let Some(shown) = shared.shown.iter().find(|shown| shown.which == which)
            && shown.will_do(started)
        {
            return Some(Ok(shown.document.clone()));
        }
        shared.shown.retain(|shown| shown.which != which);
        let state = &shared.state;
        let report = which.report(state, Self::taken_at(state, SystemTime::now()));
        let report = match &self.cluster_name {
            Some(name) => report.with_cluster_name(name.clone()),
            None => report,
        };
        let document = match which.of(&report) {
            Ok(document) => document,
            Err(error) => return Some(Err(error)),
        };
        let at = Instant::now();
        let shown = Rendered { which, document, at, took: at - started, is_old: false };
        let document = shown.document.clone();
        shared.shown.push(shown);
        Some(Ok(document))
    }
}
