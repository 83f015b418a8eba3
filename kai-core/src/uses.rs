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
    images: Vec<ImageRow>,
    /// The keys of the labels whose values the rows have.
    label_keys: Vec<Box<str>>,
    values: Values,
}

/// An image of a [`UseTable`], and how many pods of each namespace use it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageRow {
    /// The image.
    pub image: Arc<Image>,
    /// The names of the namespaces, sorted, with the number of their pods: each pod counts once,
    /// however many of its containers have the image.
    pub namespaces: Vec<(Arc<str>, usize)>,
}

impl ImageRow {
    /// How many pods use it.
    #[must_use]
    pub fn pods(&self) -> usize {
        self.namespaces.iter().map(|(_, pods)| pods).sum()
    }
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
    /// When the last of these pods ended, where all of them have: they are no longer in use, and
    /// [reported all the same](crate::Window::Since).
    pub ended: Option<SystemTime>,
    /// Since when, and until when, this use was seen at all, where somebody [keeps](crate::Spans)
    /// that.
    pub seen: Option<Seen>,
    /// The values of the [labels](UseTable::label_keys) that were asked for, `None` where a pod has
    /// no such label.
    pub labels: &'a [Option<Arc<str>>],
}

/// When a use was seen: an image in a container of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seen {
    /// When it was seen first, in whole seconds.
    pub first: SystemTime,
    /// When it was seen last.
    pub last: SystemTime,
}

/// What many rows refer to, by numbers.
#[derive(Clone, Debug, Default)]
struct Values {
    texts: Vec<Arc<str>>,
    workloads: Vec<Arc<Workload>>,
    labels: Vec<Arc<[Option<Arc<str>>]>>,
    images: Vec<Arc<Image>>,
    architectures: Vec<Vec<Arc<str>>>,
}

/// A use, by numbers.
#[derive(Clone, Debug)]
struct Row {
    key: Key,
    pods: u32,
    nodes: u32,
    /// The node, in a table by pods.
    node: Option<u32>,
    architectures: u32,
    since: Option<SystemTime>,
    ended: Option<SystemTime>,
    seen: Option<Seen>,
}

/// What tells uses apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    pod: PodKey,
    container: u32,
    kind: ContainerKind,
    spec_image: u32,
    image: u32,
}

/// What the uses of a pod have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct PodKey {
    namespace: u32,
    workload: u32,
    /// The `ReplicaSet` or Job, as far as these are looked up.
    between: Option<u32>,
    pod: Option<u32>,
    phase: PodPhase,
    labels: u32,
}

impl UseTable {
    /// The uses.
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = UseRow<'_>> {
        self.rows.iter().map(|row| self.values.row(row))
    }

    /// Notes since when a use was seen.
    pub(crate) fn set_seen(&mut self, index: usize, seen: Seen) {
        if let Some(row) = self.rows.get_mut(index) {
            row.seen = Some(seen);
        }
    }

    /// The use at an index, from 0 to [`len`](Self::len).
    #[must_use]
    pub fn row(&self, index: usize) -> Option<UseRow<'_>> {
        self.rows.get(index).map(|row| self.values.row(row))
    }

    /// The distinct images, sorted.
    #[must_use]
    pub fn images(&self) -> &[ImageRow] {
        &self.images
    }

    /// How many uses there are.
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

impl Values {
    fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }

    fn row(&self, row: &Row) -> UseRow<'_> {
        let Row { key, .. } = row;
        UseRow {
            namespace: self.text(key.pod.namespace),
            workload: &self.workloads[key.pod.workload as usize],
            pod: key.pod.pod.map(|pod| self.text(pod)),
            node: row.node.map(|node| self.text(node)),
            phase: key.pod.pod.map(|_| key.pod.phase),
            container: self.text(key.container),
            kind: key.kind,
            spec_image: self.text(key.spec_image),
            image: &self.images[key.image as usize],
            architectures: &self.architectures[row.architectures as usize],
            pods: row.pods as usize,
            nodes: row.nodes as usize,
            since: row.since,
            ended: row.ended,
            seen: row.seen,
            labels: &self.labels[key.pod.labels as usize],
        }
    }
}
