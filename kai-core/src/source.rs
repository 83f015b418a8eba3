//! The port through which pods come in.

use std::error::Error;
use std::sync::Arc;

use futures_core::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::pod::{Controller, Namespace, Node, Pod, Skipped};
use crate::query::Query;
use crate::retry::Retry;

/// The facts of one pass over a source, as they arrive.
pub type PodStream<'a> = BoxStream<'a, Result<Observed, SourceError>>;

/// One fact about a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Observed {
    /// A namespace exists.
    Namespace(Namespace),
    /// A node exists.
    Node(Node),
    /// A pod exists.
    Pod(Pod),
    /// An object that controls pods exists. Boxed, since few ask for it.
    Controller(Box<Controller>),
    /// A namespace is left out by the user's choice; retracts every fact about it.
    Skipped(Skipped),
    /// The source is a server of this version. Boxed, since there is one among many pods.
    Server(Box<ServerVersion>),
    /// A detail could not be had; the report is one without it.
    Missing(Missing),
}

/// A detail that a source has, and could not get.
///
/// ```
/// # use kai_core::{Detail, Missing, SourceError, SourceErrorKind};
/// let error = SourceError::new(SourceErrorKind::Forbidden, "cannot list nodes");
/// let missing = Missing::new(Detail::Nodes, error);
/// assert_eq!(missing.detail(), Detail::Nodes);
/// assert_eq!(missing.error().to_string(), "cannot list nodes");
/// ```
#[derive(Clone, Debug)]
pub struct Missing {
    detail: Detail,
    error: Arc<SourceError>,
}

impl Missing {
    /// A detail that is missing for this reason.
    #[must_use]
    pub fn new(detail: Detail, error: SourceError) -> Self {
        Self { detail, error: Arc::new(error) }
    }

    /// Which detail.
    #[must_use]
    pub fn detail(&self) -> Detail {
        self.detail
    }

    /// Why it is missing.
    #[must_use]
    pub fn error(&self) -> &SourceError {
        &self.error
    }
}

/// Equal where the same detail is missing for the same reason.
impl PartialEq for Missing {
    fn eq(&self, other: &Self) -> bool {
        self.detail == other.detail
            && self.error.kind == other.error.kind
            && self.error.message == other.error.message
    }
}

impl Eq for Missing {}

/// A detail without which there is a report all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Detail {
    /// The server's version.
    ServerVersion,
    /// The nodes.
    Nodes,
    /// What controls `ReplicaSets` and Jobs.
    Controllers,
}

/// Where pods come from: a cluster, a file, the memory of a test.
///
/// # Contract
/// - Facts come in any order: a pod may come before its namespace, or without one.
/// - **Each pod comes exactly once**, whatever the source has to do to get it.
/// - An error is final: the stream ends after it, and there is no report. What is left out by the
///   user's choice is a fact, [`Observed::Skipped`], and so is a detail that could not be had,
///   [`Observed::Missing`]; neither is an error.
/// - A source that is a server yields its version, [`Observed::Server`], or that it is missing.
/// - Details that the query doesn't need may come or not.
/// - It can be observed again, also while another stream is read; each pass is of its own.
/// - A selected namespace that was named, and about which no fact comes, does not exist.
/// - Facts about namespaces that aren't selected may come; they are ignored, but for the uid of
///   `kube-system`, which is taken for the cluster's. Pods that aren't selected may come, too.
/// - Dropping the stream stops the work behind it.
///
/// Mocks, a helper to make streams, and a test of this contract for sources of your own
/// (`assert_contract`) are in `testing` (feature `testing`); for anything that
/// isn't a failure, [`InMemoryPodSource`](crate::InMemoryPodSource) will do.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait PodSource: Send + Sync {
    /// Observes the cluster once: its selected namespaces and their pods, and the details that are
    /// needed.
    fn observe(&self, query: &Query) -> PodStream<'_>;
}

/// Implements the port for what points to a source, also to a `dyn PodSource`.
macro_rules! pointer_to_a_source {
    ($pointer:ty) => {
        impl<S: PodSource + ?Sized> PodSource for $pointer {
            fn observe(&self, query: &Query) -> PodStream<'_> {
                (**self).observe(query)
            }
        }
    };
}

pointer_to_a_source!(&S);
pointer_to_a_source!(Box<S>);
pointer_to_a_source!(Arc<S>);

/// The answer of a server to `/version`; a text is empty where the answer lacks it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ServerVersion {
    /// Major version, as `1`.
    pub major: String,
    /// Minor version, as `36` or `36+`.
    pub minor: String,
    /// Full version, as `v1.36.3`.
    pub git_version: String,
    /// Commit that the server was built of.
    pub git_commit: String,
    /// Whether the tree was `clean` or `dirty` then.
    pub git_tree_state: String,
    /// When it was built, RFC 3339.
    pub build_date: String,
    /// Version of Go that built it.
    pub go_version: String,
    /// Compiler that built it.
    pub compiler: String,
    /// Operating system and architecture, as `linux/amd64`.
    pub platform: String,
}

/// What kind of failure a source met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorKind {
    /// The client is not known: a wrong or expired credential, or a plugin that gave none.
    Unauthenticated,
    /// The client lacks a right.
    Forbidden,
    /// The source can't be reached, or broke off.
    Unreachable,
    /// The source didn't answer in time.
    Timeout,
    /// The source has too much to do: HTTP 429.
    Throttled,
    /// The source failed, or is not ready: HTTP 500 and above.
    Unavailable,
    /// The source refused what it was asked.
    Rejected,
    /// The source answered with something that is not what was asked for.
    Malformed,
    /// Anything else.
    Other,
}

impl SourceErrorKind {
    /// Whether another pass may succeed, unless the source sets it itself.
    fn retry(self) -> Retry {
        match self {
            Self::Unreachable | Self::Timeout | Self::Throttled | Self::Unavailable => {
                Retry::Backoff
            }
            Self::Unauthenticated
            | Self::Forbidden
            | Self::Rejected
            | Self::Malformed
            | Self::Other => Retry::Never,
        }
    }
}

/// Why a source could not be read.
///
/// The message is a lowercase fragment that doesn't repeat the [`source`](Error::source).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
    status: Option<u16>,
    retry: Retry,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SourceError {
    /// A failure of a kind, with a message that is a lowercase fragment.
    #[must_use]
    pub fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        let (message, retry) = (message.into(), kind.retry());
        Self { kind, message, status: None, retry, source: None }
    }

    /// The same failure with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The same failure with the HTTP status of the answer.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same failure, after which another pass may succeed then.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }

    /// The HTTP status of the answer, where there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether and when another pass may succeed. What a source does by itself (a request that is
    /// tried again) lies behind it.
    ///
    /// ```
    /// # use kai_core::{Retry, SourceError, SourceErrorKind};
    /// let error = SourceError::new(SourceErrorKind::Throttled, "cannot list pods").with_status(429);
    /// assert_eq!((error.retry(), error.status()), (Retry::Backoff, Some(429)));
    /// ```
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.retry
    }
}
