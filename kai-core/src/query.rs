//! What a source is asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::namespace::NamespaceSelector;
use crate::selector::LabelSelector;
use crate::workload::{DEPLOYMENT_CONFIG, DEPLOYMENT_HASH, ROLLOUT_HASH};

/// The query of a source: the namespaces, the pods, and the details that are needed.
///
/// ```
/// # use kai_core::{Details, NamespaceSelector, Query};
/// let query = Query::default()
///     .namespaces(NamespaceSelector::including(["shop"])?)
///     .details(Details::default().with_nodes());
/// assert!(query.selector().selects("shop") && query.needs().nodes());
/// # Ok::<(), kai_core::SelectorError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Query {
    namespaces: NamespaceSelector,
    pods: LabelSelector,
    details: Details,
}

impl Query {
    /// The same query for these namespaces.
    #[must_use]
    pub fn namespaces(mut self, selector: NamespaceSelector) -> Self {
        self.namespaces = selector;
        self
    }

    /// The same query for these pods. A source may leave out others, and need not.
    #[must_use]
    pub fn pods(mut self, selector: LabelSelector) -> Self {
        self.pods = selector;
        self
    }

    /// The same query with these details.
    #[must_use]
    pub fn details(mut self, details: Details) -> Self {
        self.details = details;
        self
    }

    /// Which namespaces are selected; all, unless it was set.
    #[must_use]
    pub fn selector(&self) -> &NamespaceSelector {
        &self.namespaces
    }

    /// Which pods are selected; all, unless it was set.
    #[must_use]
    pub fn pod_selector(&self) -> &LabelSelector {
        &self.pods
    }

    /// The details that are needed besides pods and namespaces.
    #[must_use]
    pub fn needs(&self) -> &Details {
        &self.details
    }
}

impl From<NamespaceSelector> for Query {
    fn from(selector: NamespaceSelector) -> Self {
        Self::default().namespaces(selector)
    }
}

/// Details that a source fetches or decodes, and a pass keeps, only on request. Nothing by default.
///
/// Those who consume a report ([`Sink::needs`](crate::Sink::needs)) each say what they need; a
/// program asks for the [union](Self::union).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for by itself")]
pub struct Details {
    nodes: bool,
    namespace_uids: bool,
    containers: bool,
    uses: bool,
    use_labels: Vec<Box<str>>,
    controllers: bool,
    pods: PodFields,
}

/// Which fields of a pod are decoded only on request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFields {
    owner: bool,
    times: bool,
    labels: BTreeSet<Arc<str>>,
    annotations: BTreeSet<Arc<str>>,
}

impl PodFields {
    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the controller among its owners is, [`Pod::owner`](crate::Pod::owner).
    #[must_use]
    pub fn owner(&self) -> bool {
        self.owner
    }

    /// Whether the times when it was created and started are.
    #[must_use]
    pub fn times(&self) -> bool {
        self.times
    }

    /// The keys of the labels that are.
    #[must_use]
    pub fn labels(&self) -> &BTreeSet<Arc<str>> {
        &self.labels
    }

    /// The keys of the annotations that are.
    #[must_use]
    pub fn annotations(&self) -> &BTreeSet<Arc<str>> {
        &self.annotations
    }
}

impl Details {
    /// The nodes of the cluster. In a cluster this takes the right to list nodes.
    #[must_use]
    pub fn with_nodes(mut self) -> Self {
        self.nodes = true;
        self
    }

    /// The uid of each namespace, also of one that was named; a cluster is asked for it then.
    #[must_use]
    pub fn with_namespace_uids(mut self) -> Self {
        self.namespace_uids = true;
        self
    }

    /// The [table of containers](crate::ContainerTable) of a report, which takes memory for each
    /// pod; with the nodes and uids that its rows refer to.
    #[must_use]
    pub fn with_containers(mut self) -> Self {
        self.containers = true;
        self.with_nodes().with_namespace_uids()
    }

    /// The [table of uses](crate::UseTable) of a report, which takes memory for each workload; with
    /// the workloads of pods and the times when they started.
    #[must_use]
    pub fn with_uses(mut self) -> Self {
        self.uses = true;
        self.with_workloads().with_times()
    }

    /// The values of a label in the [table of uses](crate::UseTable).
    #[must_use]
    pub fn with_use_label(mut self, key: impl Into<Box<str>>) -> Self {
        let key = key.into();
        if !self.use_labels.contains(&key) {
            self.use_labels.push(key.clone());
        }
        self.with_uses().with_label(&*key)
    }

    /// What tells [which workload](crate::Workload) a pod belongs to, as far as the pod knows it.
    #[must_use]
    pub fn with_workloads(mut self) -> Self {
        self.pods.owner = true;
        self.pods.annotations.insert(DEPLOYMENT_CONFIG.into());
        self.with_times().with_label(DEPLOYMENT_HASH).with_label(ROLLOUT_HASH)
    }

    /// The same, exactly: the controllers of `ReplicaSets` and Jobs are looked up, too. In a cluster
    /// this takes the right to list these, and requests.
    #[must_use]
    pub fn with_exact_workloads(mut self) -> Self {
        self.controllers = true;
        self.with_workloads()
    }

    /// When each pod was created and started.
    #[must_use]
    pub fn with_times(mut self) -> Self {
        self.pods.times = true;
        self
    }

    /// The label of pods with this key.
    #[must_use]
    pub fn with_label(mut self, key: impl Into<Arc<str>>) -> Self {
        self.pods.labels.insert(key.into());
        self
    }

    /// The annotation of pods with this key.
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<Arc<str>>) -> Self {
        self.pods.annotations.insert(key.into());
        self
    }

    /// What is needed by either.
    ///
    /// ```
    /// # use kai_core::Details;
    /// let nodes = Details::default().with_nodes();
    /// assert_eq!(Details::default().union(nodes.clone()), nodes);
    /// ```
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        for key in other.use_labels {
            if !self.use_labels.contains(&key) {
                self.use_labels.push(key);
            }
        }
        self.pods.labels.extend(other.pods.labels);
        self.pods.annotations.extend(other.pods.annotations);
        Self {
            nodes: self.nodes || other.nodes,
            namespace_uids: self.namespace_uids || other.namespace_uids,
            containers: self.containers || other.containers,
            uses: self.uses || other.uses,
            use_labels: self.use_labels,
            controllers: self.controllers || other.controllers,
            pods: PodFields {
                owner: self.pods.owner || other.pods.owner,
                times: self.pods.times || other.pods.times,
                ..self.pods
            },
        }
    }

    /// Whether nodes are needed.
    #[must_use]
    pub fn nodes(&self) -> bool {
        self.nodes
    }

    /// Whether the uids of namespaces are needed.
    #[must_use]
    pub fn namespace_uids(&self) -> bool {
        self.namespace_uids
    }

    /// Whether the table of containers is needed.
    #[must_use]
    pub fn containers(&self) -> bool {
        self.containers
    }

    /// Whether the table of uses is needed.
    #[must_use]
    pub fn uses(&self) -> bool {
        self.uses
    }

    /// The keys of the labels whose values the table of uses has.
    #[must_use]
    pub fn use_labels(&self) -> &[Box<str>] {
        &self.use_labels
    }

    /// Whether the controllers of `ReplicaSets` and Jobs are to be looked up.
    #[must_use]
    pub fn controllers(&self) -> bool {
        self.controllers
    }

    /// Which fields of a pod are needed.
    #[must_use]
    pub fn pods(&self) -> &PodFields {
        &self.pods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_has_what_either_needs_and_no_more() {
        let none = Details::default;
        let all = [
            none(),
            none().with_nodes(),
            none().with_namespace_uids(),
            none().with_containers(),
            none().with_uses(),
            none().with_exact_workloads(),
            none().with_label("app"),
            none().with_annotation("team"),
        ];
        let told = |it: &Details| {
            let fields = it.pods();
            let keys = fields.labels().union(fields.annotations()).cloned().collect();
            let switches = [
                it.nodes(),
                it.namespace_uids(),
                it.containers(),
                it.uses(),
                it.controllers(),
                fields.owner(),
                fields.times(),
            ];
            (switches, keys)
        };
        for one in &all {
            for other in &all {
                let ((a, mine), (b, theirs)) = (told(one), told(other));
                let expected: [bool; 7] = std::array::from_fn(|at| a[at] || b[at]);
                let keys: BTreeSet<Arc<str>> = &mine | &theirs;
                let union = one.clone().union(other.clone());
                assert_eq!(told(&union), (expected, keys), "{one:?} {other:?}");
            }
        }
        assert_eq!(told(&all[3]).0[..3], [true; 3], "rows refer to nodes and uids");
        assert!(none().pods().is_empty() && !all[4].pods().is_empty());
    }
}
