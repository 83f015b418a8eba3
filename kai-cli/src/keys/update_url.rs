//! The URL of the update check.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// The URL that returns the latest version.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct UpdateUrl(Url);

/// Not a valid HTTP or HTTPS URL.
#[derive(Debug, thiserror::Error)]
#[error("no URL of a web server")]
pub(crate) struct NoUpdateUrl;

impl FromStr for UpdateUrl {
    type Err = NoUpdateUrl;

    fn from_str(text: &str) -> Result<Self, NoUpdateUrl> {
        let url: Url = text.parse().map_err(|_| NoUpdateUrl)?;
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        if is_web { Ok(Self(url)) } else { Err(NoUpdateUrl) }
    }
}

impl UpdateUrl {
    /// The complete URL.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

/// Without user, password and query, which may be secret.
impl fmt::Display for UpdateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.0.origin().ascii_serialization(), self.0.path())
    }
}

impl fmt::Debug for UpdateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UpdateUrl({self})")
    }
}
