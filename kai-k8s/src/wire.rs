//! Bytes in, facts out: no input or output is done here, and one item is in memory at a time.
//!
//! A reader per encoding finds the items of a list as its bytes arrive: [`json`] (where [`item`]
//! says what one of them is) and [`protobuf`]. [`page`] is a page of a list in either, and [`watch`]
//! reads the changes that come after a list.

pub(crate) mod item;
pub(crate) mod json;
mod lenient;
#[cfg(feature = "cluster")]
pub(crate) mod page;
#[cfg(feature = "cluster")]
mod pieces;
mod pod_builder;
#[cfg(feature = "cluster")]
pub(crate) mod protobuf;
pub(crate) mod status;
#[cfg(feature = "cluster")]
pub(crate) mod watch;

use kai_core::{Excerpt, Observed};

use self::status::Status;

/// The longest item (a pod, say), or rest of a document, that is read. etcd takes 1.5 MiB of an
/// object by default.
pub(crate) const ITEM_MAX: usize = 8 * 1024 * 1024;

/// The longest token by which a list goes on: that of a real server has some hundred bytes, and a
/// request that carries a longer one would be refused.
const TOKEN_MAX: usize = 16 * 1024;

/// A part of a page of a list.
#[derive(Debug, PartialEq)]
pub(crate) enum PagePart {
    /// What comes after the page; only protobuf has it before the objects.
    Head(Continuation),
    /// A fact, and the revision of the object that it is of.
    Fact(Observed, u64),
    /// The end of the page, and what comes after it.
    End(Continuation),
}

/// Where a list goes on after a page, as its [metadata] says it.
///
/// [metadata]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/list-meta/
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Continuation {
    /// What to ask for the next page with; empty at the end of the list.
    pub(crate) next: String,
    /// How many objects come after the page, where the server says it.
    pub(crate) remaining: Option<u64>,
    /// The revision that the list is of: what it tells is all that happened up to then.
    pub(crate) revision: u64,
}

impl Continuation {
    fn new(next: &str, remaining: Option<u64>, revision: u64) -> Result<Self, WireError> {
        if next.len() > TOKEN_MAX {
            let what = "the token by which the list goes on";
            return Err(WireError::TooLong { at: 0, what, max: TOKEN_MAX });
        }
        Ok(Self { next: next.to_owned(), remaining, revision })
    }
}

/// The number in a `resourceVersion`: what is later has a greater one, [within a resource]. 0 where
/// it is none, since then it cannot be compared. In JSON it isn't read, and is 0 as well.
///
/// [within a resource]: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
#[cfg(feature = "cluster")]
fn revision(text: &str) -> u64 {
    let is_number = matches!(text.as_bytes(), [b'1'..=b'9', ..]);
    is_number.then(|| text.parse().ok()).flatten().unwrap_or_default()
}

/// Of which kind the objects of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ListKind {
    Pods,
    Namespaces,
    Nodes,
    /// The metadata of `ReplicaSets`.
    ReplicaSets,
    /// The metadata of Jobs.
    Jobs,
}

impl ListKind {
    /// Of a list of metadata, the API and kind of the objects.
    pub(crate) fn controller(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::ReplicaSets => Some(("apps/v1", "ReplicaSet")),
            Self::Jobs => Some(("batch/v1", "Job")),
            Self::Pods | Self::Namespaces | Self::Nodes => None,
        }
    }

    /// What such a list calls itself.
    fn name(self) -> &'static str {
        match self {
            Self::Pods => "PodList",
            Self::Namespaces => "NamespaceList",
            Self::Nodes => "NodeList",
            Self::ReplicaSets | Self::Jobs => "PartialObjectMetadataList",
        }
    }

    /// What the items of such a list are.
    fn item(self) -> &'static str {
        match self {
            Self::Pods => "a `Pod`",
            Self::Namespaces => "a `Namespace`",
            Self::Nodes => "a `Node`",
            Self::ReplicaSets | Self::Jobs => "a `PartialObjectMetadata`",
        }
    }

    /// Whether such a list has objects of a kind.
    #[cfg(feature = "cluster")]
    fn is_of(self, kind: &str) -> bool {
        self.name().strip_suffix("List") == Some(kind)
    }

    /// Passes an answer that calls itself such a list: one of another kind is no empty one.
    fn check(self, kind: &str) -> Result<(), WireError> {
        // What lies between may forward no parameters of media types: then the objects come whole.
        let whole = self.controller().and_then(|(_, object)| kind.strip_prefix(object));
        if kind == self.name() || whole == Some("List") {
            return Ok(());
        }
        let expected = match self {
            Self::Pods => "a `PodList`",
            Self::Namespaces => "a `NamespaceList`",
            Self::Nodes => "a `NodeList`",
            Self::ReplicaSets | Self::Jobs => "a `PartialObjectMetadataList`",
        };
        Err(WireError::Unexpected { at: 0, expected, found: object_of(kind) })
    }

    /// Passes a fact of the kind that such a list has.
    fn admits(self, fact: &Observed) -> bool {
        matches!(
            (self, fact),
            (Self::Pods, Observed::Pod(_))
                | (Self::Namespaces, Observed::Namespace(_))
                | (Self::Nodes, Observed::Node(_))
                | (Self::ReplicaSets | Self::Jobs, Observed::Controller(_))
        )
    }
}

fn object_of(kind: &str) -> String {
    if kind.is_empty() {
        "an object of no kind".to_owned()
    } else {
        format!("a `{}`", Excerpt(kind))
    }
}

/// Passes a fact that has a name.
fn named(fact: Observed, at: u64) -> Result<Observed, WireError> {
    let unnamed = match &fact {
        Observed::Pod(pod) => pod.name.is_empty(),
        Observed::Namespace(namespace) => namespace.name.is_empty(),
        Observed::Node(node) => node.name.is_empty(),
        Observed::Controller(controller) => controller.object.name.is_empty(),
        _ => false,
    };
    if unnamed {
        let (what, why) =
            ("the item that begins here".to_owned(), "`metadata.name` is missing".to_owned());
        return Err(WireError::Invalid { at, what, why });
    }
    Ok(fact)
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
    /// The answer is a Status of failure.
    #[error("the answer is a Status of failure")]
    Refused(Status),
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
