//! What is known, as who asks for it gets it.

use std::time::SystemTime;

use super::replay::Replay;
use super::{ClusterState, Window};
use crate::collect::Collector;
use crate::fingerprints::Fingerprints;
use crate::inventory::{Inventory, InventoryBuilder};
use crate::report::{ClusterReport, ReportBuilder};
use crate::visit::Visitor;

impl ClusterState {
    /// Makes the calls that a pass over the cluster would make, as it is known.
    pub fn tell<V: Visitor>(&self, window: Window, mut visitor: V) -> V {
        let mut collector = Collector::new(&self.options);
        self.objects.tell(|fact| collector.observe(fact, &mut visitor));
        let mut pods: Vec<_> = self.pods.iter().collect();
        // Those that have much in common come one after another.
        pods.sort_unstable_by_key(|(_, it)| (it.namespace, it.origin, it.shape, it.node));
        let mut replay = Replay::new(&self.shared, &self.names);
        for (key, slot) in pods {
            collector.observe_pod(replay.pod(*key, slot), &mut visitor);
        }
        if let Window::Since(mark) = window {
            for ended in self.ended.since(mark) {
                collector.observe_pod(replay.ended(ended), &mut visitor);
            }
        }
        collector.finish(&mut visitor);
        visitor
    }

    /// What is known of each pod, to be compared with a pass over the cluster, of which
    /// [`Fingerprints`] were taken, too.
    #[must_use]
    pub fn fingerprints(&self) -> Fingerprints {
        let (mut told, mut collector) = (Fingerprints::default(), Collector::new(&self.options));
        self.objects.tell(|fact| collector.observe(fact, &mut told));
        let mut replay = Replay::new(&self.shared, &self.names).telling_ids();
        for (key, slot) in self.pods.iter() {
            collector.observe_pod(replay.pod(*key, slot), &mut told);
        }
        told
    }

    /// The report of what is known, as of a time that the caller gives: what a pass over the cluster
    /// would yield.
    #[must_use]
    pub fn report(&self, window: Window, taken_at: SystemTime) -> ClusterReport {
        self.tell(window, ReportBuilder::new(self.options.query().needs())).finish(taken_at)
    }

    /// The inventory of what is known, as of a time that the caller gives: that of
    /// [`Self::report`], without a look at each container.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use std::time::SystemTime;
    /// # use kai_core::{ClusterState, CollectOptions, Window};
    /// let state = ClusterState::new(Arc::new(CollectOptions::default()));
    /// let now = SystemTime::now();
    /// assert_eq!(state.inventory(now), state.report(Window::Now, now).inventory);
    /// ```
    #[must_use]
    pub fn inventory(&self, taken_at: SystemTime) -> Inventory {
        let (mut builder, mut collector) =
            (InventoryBuilder::default(), Collector::new(&self.options));
        self.objects.tell(|fact| collector.observe(fact, &mut builder));
        // Which numbers are those of namespaces that have pods.
        let mut has_pods = Vec::new();
        for (_, slot) in self.pods.iter() {
            let number = slot.namespace as usize;
            if has_pods.len() <= number {
                has_pods.resize(number + 1, false);
            }
            has_pods[number] = true;
        }
        for (number, _) in (0..).zip(&has_pods).filter(|(_, has)| **has) {
            let name = self.shared.text(number);
            if collector.covers(name) {
                builder.note(name);
            }
        }
        collector.finish(&mut builder);
        let mut in_use: Vec<_> = self.in_use.keys().collect();
        in_use.sort_unstable();
        for of_namespace in in_use.chunk_by(|(one, _), (other, _)| one == other) {
            let images = of_namespace.iter().filter_map(|(_, it)| self.shared.images.get(*it));
            builder.add(self.shared.text(of_namespace[0].0), images);
        }
        builder.finish(taken_at)
    }
}
