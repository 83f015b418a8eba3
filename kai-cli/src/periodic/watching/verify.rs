//! Compares what is followed with a pass over the cluster.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kai_core::{
    CollectOptions, Difference, Fingerprints, ImageUse, Pod, PodPrint, PodSource, SourceError,
    Visitor, walk,
};
use tokio::time::sleep;
use tracing::{debug, warn};

use crate::error::one_line;
use crate::periodic::live::Live;

/// How long a difference has to last: the change may be on its way.
const SETTLED: Duration = Duration::from_secs(30);
/// How many differences are told each.
const TOLD_MAX: usize = 10;

/// Compares what is followed with a pass over the cluster, at intervals.
pub(super) struct Verification {
    pub(super) source: Arc<dyn PodSource>,
    pub(super) options: CollectOptions,
    pub(super) interval: Duration,
}

/// What is known of a pod is not what the cluster has.
#[derive(Debug)]
struct Drift {
    difference: Difference,
    /// Its namespace and name, where the cluster has it.
    name: Option<String>,
}

impl Verification {
    /// Runs until there are differences that last, which are logged, and returns their number.
    pub(super) async fn drift(&self, live: &Live) -> usize {
        loop {
            sleep(self.interval).await;
            if live.look(|state| state.interrupted().is_some()) {
                continue;
            }
            match self.check(live).await {
                Ok(drift) if drift.is_empty() => debug!("what is followed is what the cluster has"),
                Ok(drift) => {
                    tell(&drift);
                    return drift.len();
                }
                Err(error) => {
                    warn!("what is followed could not be verified: {}", one_line(&error));
                }
            }
        }
    }

    async fn check(&self, live: &Live) -> Result<Vec<Drift>, SourceError> {
        let first = self.pass(Suspects::default()).await?.prints;
        let known = live.look(kai_core::ClusterState::fingerprints);
        let mut suspects: HashMap<_, _> = known.differences(&first).collect();
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        sleep(SETTLED).await;
        let later = live.look(kai_core::ClusterState::fingerprints);
        suspects.retain(|pod, _| later.agree(&known, *pod) && !later.agree(&first, *pod));
        drop(later);
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        // The first pass may have read a pod before its last change.
        let sought = suspects.keys().map(|pod| (*pod, None)).collect();
        let second = self.pass(Suspects { names: sought, ..Suspects::default() }).await?;
        let last = live.look(kai_core::ClusterState::fingerprints);
        let lasts = |pod| second.prints.agree(&first, pod) && last.agree(&known, pod);
        let drift = suspects.into_iter().filter(|(pod, _)| lasts(*pod));
        Ok(drift
            .map(|(pod, difference)| {
                let name = second.names.get(&pod).cloned().flatten();
                Drift { difference, name }
            })
            .collect())
    }

    async fn pass(&self, suspects: Suspects) -> Result<Suspects, SourceError> {
        walk(self.source.as_ref(), &self.options, suspects).await
    }
}

/// Keeps the fingerprints of a pass, and the names of some pods.
#[derive(Default)]
struct Suspects {
    prints: Fingerprints,
    names: HashMap<PodPrint, Option<String>>,
}

impl Visitor for Suspects {
    fn pod(&mut self, pod: &Pod) {
        self.prints.pod(pod);
        if !self.names.is_empty()
            && let Some(name) = self.names.get_mut(&PodPrint::of(pod))
        {
            *name = Some(format!("{}/{}", pod.namespace, pod.name));
        }
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        self.prints.image(seen);
    }
}

fn tell(drift: &[Drift]) {
    for Drift { difference, name } in drift.iter().take(TOLD_MAX) {
        let name = name.as_deref();
        match difference {
            Difference::Missing => warn!(pod = name, "drift: the cluster has a pod more"),
            Difference::Extra => warn!("drift: the cluster has a pod less"),
            Difference::Other => warn!(pod = name, "drift: a pod runs something else"),
        }
    }
    if let Some(more @ 1..) = drift.len().checked_sub(TOLD_MAX) {
        warn!("drift: {more} more pods differ");
    }
}
