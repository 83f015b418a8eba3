//! The two APIs through which Anchore takes inventories.

use std::fmt;

/// Which API is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// The one that Anchore says it has.
    #[default]
    Auto,
    /// This one, without asking.
    Only(ApiVersion),
}

/// How it is known through which API a report goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiSource {
    /// The settings say it.
    Configured,
    /// Anchore says it.
    Detected,
    /// Nothing says it: the newest is tried first, and another where there is none.
    Assumed,
}

/// In a word: `configured`, `detected` or `assumed`.
impl fmt::Display for ApiSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Configured => "configured",
            Self::Detected => "detected",
            Self::Assumed => "assumed",
        })
    }
}

/// An API of Anchore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// Of Enterprise 4.9 and before: the images of each namespace.
    V1,
    /// Of Enterprise 5.0 and later: each container, with its pod, namespace and node.
    V2,
}

impl ApiVersion {
    /// The name of the form that it takes, in a [`Payload`](kai_core::Payload).
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// Where it takes inventories, below the URL of Anchore.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::V1 => "/v1/enterprise/inventories",
            Self::V2 => "/v2/kubernetes-inventory",
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.form())
    }
}
