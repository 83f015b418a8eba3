//! What a source is asked for.

use crate::namespace::NamespaceSelector;

/// The query of a source: the namespaces, and the details that are needed.
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
    details: Details,
}

impl Query {
    /// The same query for these namespaces.
    #[must_use]
    pub fn namespaces(mut self, selector: NamespaceSelector) -> Self {
        self.namespaces = selector;
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

    /// The details that are needed besides pods and namespaces.
    #[must_use]
    pub fn needs(&self) -> Details {
        self.details
    }
}

impl From<NamespaceSelector> for Query {
    fn from(selector: NamespaceSelector) -> Self {
        Self::default().namespaces(selector)
    }
}

/// Details that a source fetches, and a pass keeps, only on request. Nothing by
/// default.
///
/// Those who consume a report ([`Sink::needs`](crate::Sink::needs)) each say what they need; a
/// program asks for the [union](Self::union).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Details {
    nodes: bool,
    namespace_uids: bool,
    containers: bool,
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

    /// What is needed by either.
    ///
    /// ```
    /// # use kai_core::Details;
    /// let nodes = Details::default().with_nodes();
    /// assert_eq!(Details::default().union(nodes), nodes);
    /// ```
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            nodes: self.nodes || other.nodes,
            namespace_uids: self.namespace_uids || other.namespace_uids,
            containers: self.containers || other.containers,
        }
    }

    /// Whether nodes are needed.
    #[must_use]
    pub fn nodes(self) -> bool {
        self.nodes
    }

    /// Whether the uids of namespaces are needed.
    #[must_use]
    pub fn namespace_uids(self) -> bool {
        self.namespace_uids
    }

    /// Whether the table of containers is needed.
    #[must_use]
    pub fn containers(self) -> bool {
        self.containers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_union_has_what_either_needs_and_no_more() {
        let all = [
            Details::default(),
            Details::default().with_nodes(),
            Details::default().with_namespace_uids(),
            Details::default().with_containers(),
        ];
        let told = |it: Details| [it.nodes(), it.namespace_uids(), it.containers()];
        for one in all {
            for other in all {
                let expected: [bool; 3] =
                    std::array::from_fn(|at| told(one)[at] || told(other)[at]);
                assert_eq!(told(one.union(other)), expected, "{one:?} {other:?}");
            }
        }
        assert_eq!(told(all[3]), [true; 3], "rows refer to nodes and uids");
    }
}
