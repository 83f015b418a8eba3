//! The two Anchore APIs that accept inventories.

use std::fmt;

/// Which API to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Detect it: use the API that Anchore reports.
    #[default]
    Auto,
    /// This one, without detection.
    Only(ApiVersion),
}

/// How the API for a report was determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiSource {
    /// By the settings.
    Configured,
    /// From Anchore's response.
    Detected,
    /// Neither: the newest is tried first, then the other if the newest doesn't exist.
    Assumed,
}

/// As one word: `configured`, `detected` or `assumed`.
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
    /// Enterprise 4.9 and earlier: the images of each namespace.
    V1,
    /// Enterprise 5.0 and later: each container, with its pod, namespace and node.
    V2,
}

impl ApiVersion {
    /// The name of its form (encoding) in a [`Payload`](kai_core::Payload).
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }

    /// The path of its inventory endpoint, relative to Anchore's URL.
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
