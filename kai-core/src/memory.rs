//! Pods, and changes of pods, from memory.

use futures_util::stream::{self, StreamExt};

use crate::follow::{Change, ChangeStream, LivePodSource};
use crate::pod::{Namespace, Node, Pod};
use crate::query::Query;
use crate::source::{Observed, PodSource, PodStream, ServerVersion};

/// A source of the facts that it was made of, for tests and for programs that have pods already.
///
/// ```
/// # use kai_core::{InMemoryPodSource, Namespace, Pod};
/// let source = InMemoryPodSource::new()
///     .with_namespace(Namespace::new("shop"))
///     .with_pod(Pod::new("shop", "web-0"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct InMemoryPodSource {
    facts: Vec<Observed>,
}

impl InMemoryPodSource {
    /// A source without facts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same source with one more namespace.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.facts.push(Observed::Namespace(namespace));
        self
    }

    /// The same source with one more node.
    #[must_use]
    pub fn with_node(mut self, node: Node) -> Self {
        self.facts.push(Observed::Node(node));
        self
    }

    /// The same source with one more pod.
    #[must_use]
    pub fn with_pod(mut self, pod: Pod) -> Self {
        self.facts.push(Observed::Pod(pod));
        self
    }

    /// The same source with a server version.
    #[must_use]
    pub fn with_server_version(mut self, version: ServerVersion) -> Self {
        self.facts.push(Observed::Server(Box::new(version)));
        self
    }
}

impl FromIterator<Observed> for InMemoryPodSource {
    fn from_iter<I: IntoIterator<Item = Observed>>(facts: I) -> Self {
        Self { facts: facts.into_iter().collect() }
    }
}

impl Extend<Observed> for InMemoryPodSource {
    fn extend<I: IntoIterator<Item = Observed>>(&mut self, facts: I) {
        self.facts.extend(facts);
    }
}

impl PodSource for InMemoryPodSource {
    fn observe(&self, _query: &Query) -> PodStream<'_> {
        stream::iter(self.facts.iter().cloned().map(Ok)).boxed()
    }
}

/// A live source of the changes that it was made of, for tests. Each time it is followed, it tells
/// them in their order, and then stays silent: a live source does not end.
///
/// ```
/// # use kai_core::{Change, InMemoryLiveSource, Observed, Pod, Revision};
/// let source = InMemoryLiveSource::from_iter([
///     Change::Began,
///     Change::Observed(Observed::Pod(Pod::new("shop", "web-0")), Revision::new(1)),
///     Change::Synced(Revision::new(1)),
/// ]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct InMemoryLiveSource {
    changes: Vec<Change>,
}

impl FromIterator<Change> for InMemoryLiveSource {
    fn from_iter<I: IntoIterator<Item = Change>>(changes: I) -> Self {
        Self { changes: changes.into_iter().collect() }
    }
}

impl LivePodSource for InMemoryLiveSource {
    fn follow(&self, _query: &Query) -> ChangeStream<'_> {
        stream::iter(self.changes.iter().cloned().map(Ok)).chain(stream::pending()).boxed()
    }
}
