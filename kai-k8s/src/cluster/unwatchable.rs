//! Why a cluster that can be listed can't be followed.

use kai_core::SourceError;
use kai_net::chain::causes;

use crate::cluster::error::Failure;
use crate::cluster::rights::MissingRight;

/// Why a cluster whose lists can be read can't be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotWatch {
    /// The client lacks the right to watch.
    Right(MissingRight),
    /// The server, or what lies between, doesn't answer in protobuf.
    Encoding,
}

impl CannotWatch {
    /// The reason that a failure of a [`ClusterPodSource`](crate::ClusterPodSource) is about; `None`:
    /// lists would fail, too.
    #[must_use]
    pub fn of(error: &SourceError) -> Option<Self> {
        if let Some(right) = MissingRight::of(error).filter(|right| right.is_to_watch()) {
            return Some(Self::Right(right.clone()));
        }
        let encoding = |cause: &(dyn std::error::Error + 'static)| {
            matches!(cause.downcast_ref(), Some(Failure::NotProtobuf))
        };
        causes(error).any(encoding).then_some(Self::Encoding)
    }
}
