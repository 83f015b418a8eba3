//! The table of containers: each with its pod, namespace and node, in little memory.

mod builder;
mod ids;
mod interner;
#[cfg(test)]
mod tests;
mod texts;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::image::Image;
use crate::pod::{Namespace, Node};
use ids::Ids;
use texts::Texts;

pub use builder::ContainerTableBuilder;
pub use ids::ContainerId;
pub(crate) use ids::Prefixes;

/// The containers of a cluster, with their pods, namespaces and nodes.
///
/// All of it is sorted by name, the containers by their pods. It takes about a quarter of the
/// memory that its JSON would take. A [`ContainerTableBuilder`] builds it; [`collect`] does so where
/// [`Details::with_containers`] is set.
///
/// What can't be placed is not in it, and counted as [`Unplaced`].
///
/// [`collect`]: crate::collect
/// [`Details::with_containers`]: crate::Details::with_containers
#[derive(Clone)]
pub struct ContainerTable {
    namespaces: Vec<Namespace>,
    nodes: Vec<Node>,
    pods: Pods,
    /// The numbers of the pods that have a place, in the order of the table.
    order: Vec<usize>,
    containers: Containers,
    unplaced: Unplaced,
    lacks_namespaces: bool,
}

/// How much has no place in a table: what has no uid or, of a container, no id; and the pods of such
/// a namespace, and the containers of such a pod.
///
/// It is no loss where nothing runs: a container that waits has no id, and neither has an image
/// volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unplaced {
    /// Namespaces without a uid.
    pub namespaces: usize,
    /// Nodes without a uid.
    pub nodes: usize,
    /// Pods that count, without a uid or of such a namespace.
    pub pods: usize,
    /// Containers that count, without an id or of such a pod.
    pub containers: usize,
}

impl Unplaced {
    fn add(&mut self, other: Self) {
        self.namespaces += other.namespaces;
        self.nodes += other.nodes;
        self.pods += other.pods;
        self.containers += other.containers;
    }
}

/// A pod of a [`ContainerTable`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PodRow<'a> {
    /// `metadata.name`.
    pub name: &'a str,
    /// `metadata.uid`.
    pub uid: &'a str,
    /// Its namespace.
    pub namespace: &'a Namespace,
    /// Its node, where it is bound to one that is in the table.
    pub node: Option<&'a Node>,
}

/// A container of a [`ContainerTable`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ContainerRow<'a> {
    /// `containerID` of the status.
    pub id: ContainerId<'a>,
    /// The name of the container.
    pub name: &'a str,
    /// Its image.
    pub image: &'a Arc<Image>,
}

impl ContainerTable {
    /// The namespaces, sorted by name and uid, each with its uid.
    #[must_use]
    pub fn namespaces(&self) -> &[Namespace] {
        &self.namespaces
    }

    /// The nodes, sorted by name, each with its uid.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// How many pods there are.
    #[must_use]
    pub fn pod_count(&self) -> usize {
        self.order.len()
    }

    /// How many containers there are.
    #[must_use]
    pub fn container_count(&self) -> usize {
        self.order.iter().map(|number| self.pods.containers(*number, &self.containers).len()).sum()
    }

    /// The pods, sorted by namespace and name.
    #[must_use]
    pub fn pods(&self) -> impl ExactSizeIterator<Item = PodRow<'_>> {
        self.order.iter().map(|number| self.row(*number))
    }

    /// The pod at an index, from 0 to [`pod_count`](Self::pod_count).
    #[must_use]
    pub fn pod(&self, index: usize) -> Option<PodRow<'_>> {
        self.order.get(index).map(|number| self.row(*number))
    }

    /// The containers of the pod at an index; none where there is no such pod.
    pub fn containers_of(&self, index: usize) -> impl Iterator<Item = ContainerRow<'_>> {
        let pod = self.order.get(index).copied();
        let numbers = pod.map_or(0..0, |pod| self.pods.containers(pod, &self.containers));
        numbers.map(|number| {
            let used = self.containers.used(number);
            ContainerRow { id: self.containers.id(number), name: &used.name, image: &used.image }
        })
    }

    fn row(&self, number: usize) -> PodRow<'_> {
        let pod = self.pods.get(number);
        PodRow {
            name: self.pods.name(number),
            uid: self.pods.uid(number),
            namespace: &self.namespaces[pod.namespace],
            node: pod.node.map(|node| &self.nodes[node]),
        }
    }

    /// The same table with a namespace that has no pods, unless it has one of this name and uid
    /// already or this one has no uid: for a namespace that was deleted, whose pods a receiver
    /// would keep otherwise, also where another one has its name now.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        let sought = (&namespace.name, &namespace.uid);
        let place =
            self.namespaces.binary_search_by(|known| (&known.name, &known.uid).cmp(&sought));
        let has_uid = namespace.uid.as_ref().is_some_and(|uid| !uid.is_empty());
        if let (Err(place), true) = (place, has_uid) {
            for number in &self.order {
                let pod = self.pods.get_mut(*number);
                pod.namespace += usize::from(pod.namespace >= place);
            }
            self.namespaces.insert(place, namespace);
        }
        self
    }

    /// What has no place in the table, though it counts.
    #[must_use]
    pub fn unplaced(&self) -> Unplaced {
        self.unplaced
    }

    /// Whether pods were seen, but no namespace with a uid: then nothing that is in the table is
    /// true of the cluster.
    #[must_use]
    pub fn lacks_namespaces(&self) -> bool {
        self.lacks_namespaces
    }
}

impl fmt::Debug for ContainerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerTable")
            .field("namespaces", &self.namespaces.len())
            .field("nodes", &self.nodes.len())
            .field("pods", &self.pod_count())
            .field("containers", &self.container_count())
            .field("unplaced", &self.unplaced)
            .finish_non_exhaustive()
    }
}

/// Pods by number.
#[derive(Clone, Default)]
struct Pods {
    /// Name and uid of each.
    texts: Texts,
    entries: Vec<PodEntry>,
}

/// Where a pod belongs.
#[derive(Clone)]
struct PodEntry {
    /// The number of its namespace.
    namespace: usize,
    /// The number of its node.
    node: Option<usize>,
    /// The number of its first container; the next pod's containers follow its own.
    containers: usize,
}

impl Pods {
    fn push(&mut self, name: &str, uid: &str, entry: PodEntry) {
        self.texts.push(name);
        self.texts.push(uid);
        self.entries.push(entry);
    }

    /// Takes the last pod back, which has no containers yet.
    fn pop(&mut self) {
        self.entries.pop();
        self.texts.pop();
        self.texts.pop();
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&self, number: usize) -> &PodEntry {
        &self.entries[number]
    }

    fn get_mut(&mut self, number: usize) -> &mut PodEntry {
        &mut self.entries[number]
    }

    fn name(&self, number: usize) -> &str {
        self.texts.get(2 * number)
    }

    fn uid(&self, number: usize) -> &str {
        self.texts.get(2 * number + 1)
    }

    /// The numbers of a pod's containers.
    fn containers(&self, number: usize, all: &Containers) -> Range<usize> {
        let next = self.entries.get(number + 1).map_or(all.len(), |next| next.containers);
        self.entries[number].containers..next
    }

    fn shrink_to_fit(&mut self) {
        self.texts.shrink_to_fit();
        self.entries.shrink_to_fit();
    }
}

/// Containers by number.
#[derive(Clone, Default)]
struct Containers {
    ids: Ids,
    uses: Vec<Arc<Use>>,
}

/// What runs in a container. The pods of one workload share it.
struct Use {
    /// The container's name.
    name: Box<str>,
    image: Arc<Image>,
}

impl Containers {
    fn push(&mut self, id: &str, used: Arc<Use>) {
        self.ids.push(id);
        self.uses.push(used);
    }

    fn len(&self) -> usize {
        self.uses.len()
    }

    fn id(&self, number: usize) -> ContainerId<'_> {
        self.ids.get(number)
    }

    fn used(&self, number: usize) -> &Use {
        &self.uses[number]
    }

    fn shrink_to_fit(&mut self) {
        self.ids.shrink_to_fit();
        self.uses.shrink_to_fit();
    }
}
