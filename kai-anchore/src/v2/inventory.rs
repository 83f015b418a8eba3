//! What API v2 takes, as it is kept until it is delivered.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use kai_core::{Image, Namespace, Node};

use super::ids::{Id, Ids};
use super::texts::Texts;

/// The containers of a cluster, with their pods, namespaces and nodes.
///
/// A [`KubernetesInventoryBuilder`](crate::KubernetesInventoryBuilder) builds it, and a
/// [`Report`](crate::Report) carries it to where API v2 takes it. All of it is sorted by name, the
/// containers by their pods. It is kept in about a quarter of the memory that its JSON would take.
pub struct KubernetesInventory {
    pub(super) namespaces: Vec<Namespace>,
    pub(super) nodes: Vec<Node>,
    pub(super) pods: Pods,
    /// The numbers of those pods that are sent, in the order in which they are.
    pub(super) order: Vec<usize>,
    pub(super) containers: Containers,
    pub(super) not_sent: NotSent,
    pub(super) lacks_namespaces: bool,
}

/// How much API v2 doesn't take, since it can't be placed: what has no uid or, of a container, no
/// id; and the pods of such a namespace, and the containers of such a pod.
///
/// It is no loss where nothing runs: a container that waits has no id, and neither has an image
/// volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotSent {
    /// Namespaces without a uid.
    pub namespaces: usize,
    /// Nodes without a uid.
    pub nodes: usize,
    /// Pods that count, without a uid or of such a namespace.
    pub pods: usize,
    /// Containers that count, without an id or of such a pod.
    pub containers: usize,
}

impl NotSent {
    pub(super) fn add(&mut self, other: Self) {
        self.namespaces += other.namespaces;
        self.nodes += other.nodes;
        self.pods += other.pods;
        self.containers += other.containers;
    }
}

impl KubernetesInventory {
    /// The namespaces, sorted by name, each with its uid.
    #[must_use]
    pub fn namespaces(&self) -> &[Namespace] {
        &self.namespaces
    }

    /// The nodes, sorted by name, each with its uid.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The same inventory with a namespace that has no pods, unless it has one of this name already
    /// or this one has no uid: for one that is gone, whose pods Anchore would keep otherwise.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        let place = self.namespaces.binary_search_by(|known| known.name.cmp(&namespace.name));
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

    /// How many pods are sent.
    #[must_use]
    pub fn pods(&self) -> usize {
        self.order.len()
    }

    /// How many containers are sent.
    #[must_use]
    pub fn containers(&self) -> usize {
        self.order.iter().map(|number| self.pods.containers(*number, &self.containers).len()).sum()
    }

    /// What is not sent, though it counts.
    #[must_use]
    pub fn not_sent(&self) -> NotSent {
        self.not_sent
    }

    /// Whether pods were seen, but no namespace with a uid: then there is nothing to send that
    /// would be true.
    #[must_use]
    pub fn lacks_namespaces(&self) -> bool {
        self.lacks_namespaces
    }
}

impl fmt::Debug for KubernetesInventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KubernetesInventory")
            .field("namespaces", &self.namespaces.len())
            .field("nodes", &self.nodes.len())
            .field("pods", &self.pods())
            .field("containers", &self.containers())
            .field("not_sent", &self.not_sent)
            .finish_non_exhaustive()
    }
}

/// Pods by number.
#[derive(Default)]
pub(super) struct Pods {
    /// Name and uid of each.
    texts: Texts,
    entries: Vec<PodEntry>,
}

/// Where a pod belongs.
pub(super) struct PodEntry {
    /// The number of its namespace.
    pub(super) namespace: usize,
    /// The number of its node.
    pub(super) node: Option<usize>,
    /// The number of its first container; the next pod's containers follow its own.
    pub(super) containers: usize,
}

impl Pods {
    pub(super) fn push(&mut self, name: &str, uid: &str, entry: PodEntry) {
        self.texts.push(name);
        self.texts.push(uid);
        self.entries.push(entry);
    }

    /// Takes the last pod back, which has no containers yet.
    pub(super) fn pop(&mut self) {
        self.entries.pop();
        self.texts.pop();
        self.texts.pop();
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, number: usize) -> &PodEntry {
        &self.entries[number]
    }

    pub(super) fn get_mut(&mut self, number: usize) -> &mut PodEntry {
        &mut self.entries[number]
    }

    pub(super) fn name(&self, number: usize) -> &str {
        self.texts.get(2 * number)
    }

    pub(super) fn uid(&self, number: usize) -> &str {
        self.texts.get(2 * number + 1)
    }

    /// The numbers of a pod's containers.
    pub(super) fn containers(&self, number: usize, all: &Containers) -> Range<usize> {
        let next = self.entries.get(number + 1).map_or(all.len(), |next| next.containers);
        self.entries[number].containers..next
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.texts.shrink_to_fit();
        self.entries.shrink_to_fit();
    }
}

/// Containers by number.
#[derive(Default)]
pub(super) struct Containers {
    ids: Ids,
    uses: Vec<Arc<Use>>,
}

/// What runs in a container. The pods of one workload share it.
pub(super) struct Use {
    /// The container's name.
    pub(super) name: Box<str>,
    pub(super) image: Arc<Image>,
}

impl Containers {
    pub(super) fn push(&mut self, id: &str, used: Arc<Use>) {
        self.ids.push(id);
        self.uses.push(used);
    }

    pub(super) fn len(&self) -> usize {
        self.uses.len()
    }

    pub(super) fn id(&self, number: usize) -> Id<'_> {
        self.ids.get(number)
    }

    pub(super) fn used(&self, number: usize) -> &Use {
        &self.uses[number]
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.ids.shrink_to_fit();
        self.uses.shrink_to_fit();
    }
}
