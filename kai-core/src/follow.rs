//! The port through which changes come in, for as long as somebody listens.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use futures_core::stream::BoxStream;

use crate::query::Query;
use crate::source::{Observed, SourceError};

/// The changes of a cluster, as they happen.
pub type ChangeStream<'a> = BoxStream<'a, Result<Change, SourceError>>;

/// A `resourceVersion` of the Kubernetes API: in which order states of an object, and of the objects
/// of one resource, came to be. Servers [guarantee] that it is a decimal number since Kubernetes
/// 1.35, and it was one before.
///
/// ```
/// # use kai_core::Revision;
/// let (older, newer): (Revision, Revision) = ("41".parse()?, "107".parse()?);
/// assert!(older < newer);
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
///
/// [guarantee]: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(u64);

impl Revision {
    /// A revision of this number.
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Revision {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// One change of a cluster, or of what is known of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Change {
    /// The cluster is told anew from here: what is not told again before [`Synced`](Self::Synced) is
    /// gone.
    Began,
    /// The cluster went back to an earlier state (from a backup, say): revisions that were told so far
    /// say nothing about those to come. [`Began`](Self::Began) follows.
    Restored,
    /// An object exists, in the state of this revision.
    Observed(Observed, Revision),
    /// An object is gone; its last state, in the revision of its end. A pod that is gone may have
    /// run until then.
    Gone(Observed, Revision),
    /// All that existed at this revision was told: a report may be made.
    Synced(Revision),
    /// All that happened until now was told.
    Progress,
    /// The source lost touch, for this reason, and goes on by itself; what is known may be out of
    /// date until the next [`Progress`](Self::Progress) or [`Synced`](Self::Synced).
    Interrupted(Interruption),
    /// The source is in touch again, and tells what happened meanwhile.
    Resumed,
}

/// Why a live source lost touch with its cluster.
#[derive(Clone, Debug)]
pub struct Interruption(Arc<SourceError>);

impl Interruption {
    /// An interruption for this reason.
    #[must_use]
    pub fn new(error: SourceError) -> Self {
        Self(Arc::new(error))
    }

    /// The reason.
    #[must_use]
    pub fn error(&self) -> &SourceError {
        &self.0
    }
}

impl From<Interruption> for SourceError {
    fn from(why: Interruption) -> Self {
        Arc::try_unwrap(why.0).unwrap_or_else(|shared| {
            Self::new(shared.kind(), shared.to_string()).with_retry(shared.retry())
        })
    }
}

/// Equal where the reason is of the same kind and says the same.
impl PartialEq for Interruption {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind() && self.0.to_string() == other.0.to_string()
    }
}

/// Where changes come from: a cluster that is watched, the memory of a test.
///
/// # Contract
/// - The first change is [`Change::Began`]. Then comes, in any order, what exists, and then
///   [`Change::Synced`]; a source that has to begin anew does so with another `Began`.
/// - **Each change comes at least once**, also between `Began` and `Synced`; among those of one
///   object, the newest revision wins, however they come. After `Synced`, changes of the pods of one
///   namespace come in the order of their revisions, but for such as came before.
/// - Facts that have no revision of their own (the server's version, a skipped namespace, a missing
///   detail) have the default one, and the last one told counts.
/// - Losing touch is a change, [`Change::Interrupted`]. An error is final, and is one that waiting
///   cannot help: the client lacks the right to watch, say. The stream does not end otherwise.
/// - Dropping the stream stops the work behind it.
///
/// [`ClusterState`](crate::ClusterState) makes a picture of the changes. A mock is in `testing`
/// (feature `testing`); for anything that isn't a failure,
/// [`InMemoryLiveSource`](crate::InMemoryLiveSource) will do.
#[cfg_attr(feature = "testing", mockall::automock)]
pub trait LivePodSource: Send + Sync {
    /// Follows the cluster: the changes of its selected namespaces and their pods, and the details
    /// that are needed.
    fn follow(&self, query: &Query) -> ChangeStream<'_>;
}

/// Implements the port for what points to a source, also to a `dyn LivePodSource`.
macro_rules! pointer_to_a_source {
    ($pointer:ty) => {
        impl<S: LivePodSource + ?Sized> LivePodSource for $pointer {
            fn follow(&self, query: &Query) -> ChangeStream<'_> {
                (**self).follow(query)
            }
        }
    };
}

pointer_to_a_source!(&S);
pointer_to_a_source!(Box<S>);
pointer_to_a_source!(Arc<S>);
