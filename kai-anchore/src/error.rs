//! Why a report was not delivered, and whether to retry.

use std::fmt;
use std::time::Duration;

use kai_core::{ReportError, Retry};

use crate::api::ApiVersion;
use crate::password::PasswordError;
use crate::url::AnchoreUrl;

/// Why a report was not delivered.
///
/// [`kind`](Self::kind) classifies it as configuration, transport or rejection, and
/// [`retry`](Self::retry) returns whether and when to retry. Errors of the `Sink` port have it as
/// the [`source`](std::error::Error::source) of the [`ReportError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// The report has no cluster name.
    #[error(
        "the cluster has no name: the report would replace that of every other cluster without one"
    )]
    NoClusterName,
    /// API v2 is configured, but the report has no container table.
    #[error("API v2 takes pods and containers, and the report was made without them")]
    NoContainers,
    /// The report has pods but no namespace UIDs, so Anchore couldn't assign the pods.
    #[error("pods were seen, but no namespace with a uid, and API v2 takes none without")]
    NoNamespaceUid,
    /// The stored payload lacks the form of this API.
    #[error("the report was not kept in the form of API {0}")]
    NotKept(ApiVersion),
    /// The report can't be serialized.
    #[error("the report cannot be written as JSON: {0}")]
    Json(String),
    /// The stored payload can't be read.
    #[error("the report cannot be read")]
    Unreadable(#[source] ReportError),
    /// There is no password, though there was one at startup.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The connection could not be established.
    #[error("Anchore cannot be reached: {0}")]
    Unreachable(String),
    /// The server's certificate is not trusted, or the server doesn't speak TLS.
    #[error("the connection to Anchore is not safe: {0}")]
    Untrusted(String),
    /// The connection broke before the response was complete. Some servers also reject a body that
    /// is too large this way.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The request timed out.
    #[error("there was no complete answer {}", within(*.0))]
    Timeout(Option<Duration>),
    /// Anchore, or an intermediary, rejected the report.
    #[error("{0}")]
    Rejected(Refusal),
    /// The server responded with a redirect.
    #[error("{refusal}, to {} (hint: redirects are not followed, so that credentials stay with the host that is named)", place(to.as_deref()))]
    Redirected {
        /// The response.
        refusal: Refusal,
        /// The target without query and fragment, if it was given.
        to: Option<String>,
    },
    /// The status is success, but the body isn't Anchore's.
    #[error("{0} (hint: this is neither JSON nor empty, so it is not Anchore that answers)")]
    NotAnchore(Refusal),
    /// API v1 is configured, but doesn't exist.
    #[error("{0} (hint: Anchore Enterprise 5 and later have no API v1, but v2)")]
    NoApiV1(Refusal),
    /// Anchore has an API version that kai doesn't support.
    #[error("Anchore has API `{0}`, and kai delivers to v1 and v2 (hint: a newer kai may know it)")]
    UnknownApi(String),
    /// Neither API exists.
    #[error("{} and {} were both answered with {} (hint: is the URL that of Anchore?)", v2.request(), v1.request(), v2.answer())]
    NoApi {
        /// The response of v2.
        v2: Refusal,
        /// The response of v1.
        v1: Refusal,
    },
}

/// The category of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeliveryErrorKind {
    /// The configuration, or the content of the report, is unsuitable.
    Configuration,
    /// There was no complete response.
    Transport,
    /// The response was not a success.
    Rejection,
}

/// A response that doesn't confirm acceptance of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The API that was requested.
    pub api: ApiVersion,
    /// The status code.
    pub status: u16,
    /// The beginning of the body, redacted and on one line; may be empty.
    pub said: String,
    /// The delay requested before a retry, 30 seconds at most.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    fn request(&self) -> String {
        format!("`POST {}`", self.api.path())
    }

    /// The status, and the body's text if any.
    fn answer(&self) -> String {
        let status = reqwest::StatusCode::from_u16(self.status).ok();
        let reason = status.and_then(|status| status.canonical_reason());
        let reason = reason.map_or_else(String::new, |reason| format!(" {reason}"));
        let colon = if self.said.is_empty() { "" } else { ": " };
        format!("{}{reason}{colon}{}", self.status, self.said)
    }

    /// Whether the path doesn't exist.
    pub(crate) fn is_not_found(&self) -> bool {
        self.status == 404
    }

    fn retry(&self) -> Retry {
        match (self.status, self.retry_after) {
            (408 | 429 | 500..=599, Some(wait)) => Retry::After(wait),
            (408 | 429 | 500..=599, None) => Retry::Backoff,
            _ => Retry::Never,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered with {}", self.request(), self.answer())
    }
}

impl DeliveryError {
    /// The category of the failure.
    #[must_use]
    pub fn kind(&self) -> DeliveryErrorKind {
        match self {
            Self::NoClusterName
            | Self::NoContainers
            | Self::NoNamespaceUid
            | Self::NotKept(_)
            | Self::Json(_)
            | Self::Unreadable(_)
            | Self::Password(_)
            | Self::NoApiV1(_) => DeliveryErrorKind::Configuration,
            Self::Unreachable(_) | Self::Untrusted(_) | Self::Broken(_) | Self::Timeout(_) => {
                DeliveryErrorKind::Transport
            }
            Self::Rejected(_)
            | Self::Redirected { .. }
            | Self::NotAnchore(_)
            | Self::UnknownApi(_)
            | Self::NoApi { .. } => DeliveryErrorKind::Rejection,
        }
    }

    /// Whether and when to retry.
    #[must_use]
    pub fn retry(&self) -> Retry {
        match self {
            Self::Rejected(refusal) => refusal.retry(),
            Self::Unreadable(error) => error.retry(),
            // A password file may be about to be replaced.
            Self::Password(_) | Self::Unreachable(_) | Self::Broken(_) | Self::Timeout(_) => {
                Retry::Backoff
            }
            _ => Retry::Never,
        }
    }

    /// The status code of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Rejected(refusal)
            | Self::Redirected { refusal, .. }
            | Self::NotAnchore(refusal)
            | Self::NoApiV1(refusal)
            | Self::NoApi { v2: refusal, .. } => Some(refusal.status),
            _ => None,
        }
    }

    pub(crate) fn into_report_error(self, url: &AnchoreUrl) -> ReportError {
        let retry = self.retry();
        ReportError::new(format!("the report could not be delivered to `{url}`"), retry)
            .with_source(self)
    }
}

fn within(timeout: Option<Duration>) -> String {
    match timeout {
        Some(timeout) => format!("within {} s", timeout.as_secs_f64()),
        None => "in time".to_owned(),
    }
}

fn place(to: Option<&str>) -> String {
    to.map_or_else(|| "a place that it doesn't name".to_owned(), |to| format!("`{to}`"))
}
