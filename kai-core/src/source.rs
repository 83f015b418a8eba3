//! The port through which pods come in.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::namespace::NamespaceSelector;
use crate::pod::{Namespace, Node, Pod, Skipped};

/// What a source tells, one fact after another, as they arrive.
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
    /// A namespace is left out by the user's choice; retracts all that was told of it.
    Skipped(Skipped),
}

/// Where pods come from: a cluster, a file, the memory of a test.
///
/// # Contract
/// - Facts come in any order: a pod may come before its namespace, or without one.
/// - **Each pod comes exactly once**, whatever the source has to do to get it.
/// - An error is final: the stream ends after it, and there is no inventory. What is left out by
///   the user's choice is a fact, [`Observed::Skipped`], and no error.
/// - It can be observed again, also while another stream is read; each pass is of its own.
/// - A selected namespace that was named and of which nothing is told does not exist.
/// - Facts about namespaces that aren't selected may come; they are ignored.
/// - Dropping the stream stops the work behind it.
///
/// Mocks, a helper to make streams, and a test of this contract for sources of your own
/// (`assert_contract`) are in `testing` (feature `testing`); for anything that
/// isn't a failure, [`InMemoryPodSource`](crate::InMemoryPodSource) will do.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait PodSource: Send + Sync {
    /// Tells of the namespaces and pods that are wanted.
    fn observe(&self, wanted: &NamespaceSelector) -> PodStream<'_>;

    /// The version of the server behind the source, where there is one. Asked for beside
    /// [`observe`](Self::observe), at the same time.
    ///
    /// # Errors
    /// When there is a server and it doesn't tell; the inventory is then one without a version.
    async fn server_version(&self) -> Result<Option<ServerVersion>, SourceError> {
        Ok(None)
    }
}

/// Implements the port for what points to a source, also to a `dyn PodSource`.
macro_rules! pointer_to_a_source {
    ($pointer:ty) => {
        #[async_trait]
        impl<S: PodSource + ?Sized> PodSource for $pointer {
            fn observe(&self, wanted: &NamespaceSelector) -> PodStream<'_> {
                (**self).observe(wanted)
            }

            async fn server_version(&self) -> Result<Option<ServerVersion>, SourceError> {
                (**self).server_version().await
            }
        }
    };
}

pointer_to_a_source!(&S);
pointer_to_a_source!(Box<S>);
pointer_to_a_source!(Arc<S>);

/// What a server says of itself at `/version`; a text is empty where it doesn't say.
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
    /// Who asks is not known: a wrong or expired credential, or a plugin that gave none.
    Unauthenticated,
    /// Who asks lacks a right.
    Forbidden,
    /// The source can't be reached, or broke off.
    Unreachable,
    /// The source didn't answer in time.
    Timeout,
    /// The source answered with an error.
    Rejected,
    /// The source answered with something that is not what was asked for.
    Malformed,
    /// Anything else.
    Other,
}

/// Why a source could not be read.
///
/// The message is a lowercase fragment that doesn't repeat the [`source`](Error::source).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl SourceError {
    /// A failure, told in a lowercase fragment.
    #[must_use]
    pub fn new(kind: SourceErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same failure with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}
