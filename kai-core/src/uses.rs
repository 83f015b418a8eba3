//! The table of uses: which workload runs which image, in which container, in how many pods.

mod builder;
mod pool;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use crate::image::Image;
use crate::pod::{ContainerKind, PodPhase};
use crate::workload::Workload;

pub use builder::UseTableBuilder;

/// The uses of images in a cluster, sorted by namespace, workload, pod, container and image.
///
/// A use is an image that a container of a workload has, with the number of pods that have it.
/// Memory grows with workloads, not with pods. A [`UseTableBuilder`] builds it; [`collect`] does so
/// where [`Details::with_uses`] is set.
///
/// [`collect`]: crate::collect
/// [`Details::with_uses`]: crate::Details::with_uses
#[derive(Clone, Debug, Default)]
pub struct UseTable {
    rows: Vec<Row>,
    /// The keys of the labels whose values the rows have.
    label_keys: Vec<Box<str>>,
}

/// A use of an image, one of a [`UseTable`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UseRow<'a> {
    /// The name of the namespace.
    pub namespace: &'a str,
    /// The workload.
    pub workload: &'a Workload,
    /// The pod, in a table [by pods](UseTableBuilder::by_pods).
    pub pod: Option<&'a str>,
    /// The node of that pod, where it is bound to one.
    pub node: Option<&'a str>,
    /// The phase of that pod.
    pub phase: Option<PodPhase>,
    /// The name of the container or image volume.
    pub container: &'a str,
    /// Which kind of container it is.
    pub kind: ContainerKind,
    /// The image as the pod's spec writes it.
    pub spec_image: &'a str,
    /// The image.
    pub image: &'a Arc<Image>,
    /// The architectures of the nodes of these pods, sorted; empty where none is known.
    pub architectures: &'a [Arc<str>],
    /// How many pods use it so.
    pub pods: usize,
    /// On how many nodes.
    pub nodes: usize,
    /// When the first of these pods started, where that is known.
    pub since: Option<SystemTime>,
    /// The values of the [labels](UseTable::label_keys) that were asked for, `None` where a pod has
    /// no such label.
    pub labels: &'a [Option<Arc<str>>],
}

#[derive(Clone, Debug)]
struct Row {
    namespace: Arc<str>,
    workload: Arc<Workload>,
    pod: Option<Arc<str>>,
    node: Option<Arc<str>>,
    phase: PodPhase,
    container: Arc<str>,
    kind: ContainerKind,
    spec_image: Arc<str>,
    image: Arc<Image>,
    architectures: Vec<Arc<str>>,
    pods: usize,
    nodes: usize,
    since: Option<SystemTime>,
    labels: Arc<[Option<Arc<str>>]>,
}

impl UseTable {
    /// The uses.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = UseRow<'_>> {
        self.rows.iter().map(|row| UseRow {
            namespace: &row.namespace,
            workload: &row.workload,
            pod: row.pod.as_deref(),
            node: row.node.as_deref(),
            phase: row.pod.is_some().then_some(row.phase),
            container: &row.container,
            kind: row.kind,
            spec_image: &row.spec_image,
            image: &row.image,
            architectures: &row.architectures,
            pods: row.pods,
            nodes: row.nodes,
            since: row.since,
            labels: &row.labels,
        })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The keys of the labels whose values the rows have, in the order in which they were given.
    #[must_use]
    pub fn label_keys(&self) -> &[Box<str>] {
        &self.label_keys
    }
}
