//! Bytes in, facts out: no input or output is done here, and one item is in memory at a time.
//!
//! A reader per encoding finds the items of a list as its bytes arrive: [`json`] (where [`item`]
//! says what one of them is) and [`protobuf`]. [`page`] is a page of a list in either.

mod draft;
pub(crate) mod item;
pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod protobuf;

use kai_core::{Excerpt, Observed};

/// The longest item (a pod, say), or rest of a document, that is read. etcd takes 1.5 MiB of an
/// object by default.
pub(crate) const ITEM_MAX: usize = 8 * 1024 * 1024;

/// The kind of a list of nodes, which the API has and an input from a file has not.
const NODE_LIST: &str = "NodeList";

/// Where a list goes on after a page, as its [metadata] says it.
///
/// [metadata]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Continuation {
    /// What to ask for the next page with; empty at the end of the list.
    pub(crate) next: String,
    /// How many objects come after the page, where the server says it.
    pub(crate) remaining: Option<u64>,
}

/// Of which kind the objects of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    Pods,
    Namespaces,
    Nodes,
}

impl ListKind {
    /// The kind of a list by its name.
    pub(crate) fn of(kind: &str) -> Result<Self, WireError> {
        match kind {
            "PodList" => Ok(Self::Pods),
            "NamespaceList" => Ok(Self::Namespaces),
            NODE_LIST => Ok(Self::Nodes),
            other => Err(not_a_list(other)),
        }
    }
}

/// Passes a fact that has a name.
fn named(fact: Observed, at: u64) -> Result<Observed, WireError> {
    let unnamed = match &fact {
        Observed::Pod(pod) => pod.name.is_empty(),
        Observed::Namespace(namespace) => namespace.name.is_empty(),
        Observed::Node(node) => node.name.is_empty(),
        _ => false,
    };
    if unnamed {
        let (what, why) =
            ("the item that begins here".to_owned(), "`metadata.name` is missing".to_owned());
        return Err(WireError::Invalid { at, what, why });
    }
    Ok(fact)
}

fn not_a_list(kind: &str) -> WireError {
    let found = if kind.is_empty() {
        "an object of no kind".to_owned()
    } else {
        format!("a `{}`", Excerpt(kind))
    };
    WireError::Unexpected { at: 0, expected: "a list of pods, namespaces or nodes", found }
}

/// An answer is some other object than the namespace that was asked for.
pub(crate) fn not_a_namespace() -> WireError {
    let found = "another object".to_owned();
    WireError::Unexpected { at: 0, expected: "a `Namespace`", found }
}

fn second_list(at: u64) -> WireError {
    WireError::Unexpected { at, expected: "one list", found: "a second one after it".to_owned() }
}

/// Why bytes are no list of pods. Positions count bytes from the first one, which is 0.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// Something else stands where something was expected.
    #[error("byte {at}: expected {expected}, found {found}")]
    Unexpected {
        /// Where.
        at: u64,
        /// What would be valid.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The bytes end too early.
    #[error("cut off at byte {at}, where {expected} was expected")]
    Cut {
        /// Where they end.
        at: u64,
        /// What should have followed.
        expected: &'static str,
    },
    /// An item, or the document around the items, is not what it should be.
    #[error("byte {at}: {what} cannot be read: {why}")]
    Invalid {
        /// Where the fault is, or where what can't be read begins.
        at: u64,
        /// What can't be read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something is too long to be read.
    #[error("byte {at}: {what} has more than {max} bytes")]
    TooLong {
        /// Where it begins.
        at: u64,
        /// What is too long.
        what: &'static str,
        /// How long it may be.
        max: usize,
    },
}

impl WireError {
    /// What is wrong, for inputs that have no such positions.
    pub(crate) fn without_position(&self) -> String {
        match self {
            Self::Invalid { why, .. } => why.clone(),
            other => other.to_string(),
        }
    }

    /// Blanks that begin at a position do not end.
    pub(crate) fn blanks(at: u64, max: usize) -> Self {
        Self::TooLong { at, what: "a run of blanks", max }
    }

    /// A whole answer is longer than its kind ever is.
    pub(crate) fn too_long(max: usize) -> Self {
        Self::TooLong { at: 0, what: "the answer", max }
    }
}
