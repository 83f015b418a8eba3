//! Errors of connecting to a cluster and of reading it.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kai_core::{Excerpt, Retry, SourceError, SourceErrorKind};
use kai_net::tls::Fault;

use crate::cluster::call::Call;
use crate::cluster::excerpt::excerpt;
use crate::cluster::rights::{MissingRight, Refused};
use crate::wire::WireError;

/// Why there is no connection to a cluster.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// There is no tokio runtime.
    #[error("a cluster is read in a tokio runtime, and there is none (hint: `#[tokio::main]`)")]
    NoRuntime,
    /// Nothing says where the cluster is.
    #[error(
        "no cluster is configured: there is no kubeconfig at `{}`, and this is no pod of a cluster",
        default_path.display()
    )]
    NoCluster {
        /// Where a kubeconfig was looked for last.
        default_path: PathBuf,
    },
    /// A context, cluster or user is asked for, and there is no kubeconfig that could have it.
    #[error("there is no {what} `{name}`, as there is no kubeconfig at `{}`", default_path.display())]
    NoKubeconfig {
        /// Where a kubeconfig was looked for last.
        default_path: PathBuf,
        /// `context`, `cluster` or `user`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// `KUBECONFIG` is set, and none of its files exists.
    #[error("KUBECONFIG is `{0}`, and no such file exists")]
    NoSuchKubeconfig(String),
    /// A kubeconfig can't be read, or isn't one.
    #[error("the kubeconfig {origin} cannot be used")]
    Kubeconfig {
        /// Which one.
        origin: Origin,
        /// What is wrong with it.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A kubeconfig lacks a context, cluster or user of a name.
    #[error("the kubeconfig {origin} has no {what} `{name}` (it has {})", listed(known))]
    NoSuchName {
        /// Which kubeconfig.
        origin: Origin,
        /// `context`, `cluster` or `user`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
        /// The names that it has.
        known: Vec<String>,
    },
    /// A kubeconfig names no current context.
    #[error("the kubeconfig {origin} has no current context (its contexts: {})", listed(known))]
    NoCurrentContext {
        /// Which kubeconfig.
        origin: Origin,
        /// The contexts that it has.
        known: Vec<String>,
    },
    /// A value can't be used.
    #[error("`{what}` in {origin} cannot be used: {why}")]
    Value {
        /// Where it stands.
        origin: Origin,
        /// The field. Its value may be a secret and is not quoted.
        what: &'static str,
        /// Why not, and what would be valid.
        why: String,
    },
    /// A [restricted](crate::ClusterSettings::Restricted) kubeconfig has what it may not have.
    #[error("`{what}` in {origin} is refused, since this kubeconfig {may_not} (hint: {instead})")]
    Restricted {
        /// Where it stands.
        origin: Origin,
        /// The field.
        what: &'static str,
        /// What such a kubeconfig may not do.
        may_not: &'static str,
        /// What may stand there instead.
        instead: &'static str,
    },
    /// The variable that names a proxy can't be used. Its value may hold a password and is not
    /// quoted.
    #[error("{name} cannot be used: {why}")]
    Proxy {
        /// The variable.
        name: &'static str,
        /// Why not, and what would be valid.
        why: String,
    },
    /// The service account of the pod can't be used.
    #[error("this is no pod of a cluster that could be asked, or it has no service account token")]
    InCluster(#[source] kube::config::InClusterError),
    /// This is a FIPS build, and the program's cryptography is another.
    #[error("{}", kai_net::fips::NotFips)]
    NotFips,
    /// The client can't be made of the settings.
    #[error("no connection can be made from {origin}")]
    Client {
        /// Where the settings come from.
        origin: Origin,
        /// What is wrong.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The credentials plugin gave no credential.
    #[error("the credentials plugin `{command}` of {origin} failed{}", hinted(hint.as_ref()))]
    Plugin {
        /// Where it is configured.
        origin: Origin,
        /// Its command.
        command: String,
        /// What the kubeconfig says of installing it, where it wasn't found.
        hint: Option<String>,
        /// What went wrong.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}

impl ConnectError {
    /// Whether what is configured is wrong; otherwise, getting credentials failed, or the program
    /// is not what a FIPS build has to be.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        !matches!(self, Self::Plugin { .. } | Self::NotFips)
    }
}

/// Where settings come from, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// One kubeconfig.
    File(PathBuf),
    /// One untrusted kubeconfig.
    Restricted(PathBuf),
    /// The merged files of `KUBECONFIG`.
    Environment(String),
    /// The pod that this runs in.
    InCluster,
    /// Settings given in place.
    Inline,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Restricted(path) => write!(f, "`{}`", path.display()),
            Self::Environment(paths) => write!(f, "`{paths}` (KUBECONFIG)"),
            Self::InCluster => f.write_str("the pod's service account"),
            Self::Inline => f.write_str("the inline settings"),
        }
    }
}

fn listed(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => {
            names.iter().map(|name| format!("`{}`", Excerpt(name))).collect::<Vec<_>>().join(", ")
        }
    }
}

fn hinted(hint: Option<&String>) -> String {
    hint.map_or_else(String::new, |hint| format!(" (hint: {hint})"))
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the server answered {code}{}", after_colon(said))]
    Status {
        code: http::StatusCode,
        /// What it says besides, cut to be shown; may be empty.
        said: String,
        retry_after: Option<Duration>,
        /// Where a list goes on that has expired.
        next: Option<String>,
    },
    #[error("the server could not be reached: {0}")]
    Connect(String),
    #[error("{}{}", .0, issuer_hint(.0))]
    Tls(Fault),
    #[error("the connection broke: {0}")]
    Transport(String),
    #[error("no byte came for {}", seconds(*.0))]
    Stalled(Duration),
    #[error("the answer was cut off")]
    Cut(#[source] WireError),
    #[error("the answer is not what was asked for")]
    Malformed(#[source] WireError),
    #[error("the credentials could not be renewed")]
    Renewal(#[source] Arc<ConnectError>),
    #[error("it holds pod `{}/{}`, which is of another namespace", Excerpt(.0), Excerpt(.1))]
    OfAnotherNamespace(String, String),
    #[error("the answer is encoded as `{0}`, which was not asked for")]
    Encoded(String),
    #[error("no answer came within {} after the lists were read", seconds(*.0))]
    Late(Duration),
    #[error("the list expired {0} times before it could be read to its end")]
    Expired(u32),
    #[error("`{}` comes after `{}`: a list is in the order of its keys, and tells each once", Excerpt(.0), Excerpt(.1))]
    Unordered(String, String),
    #[error(
        "the list does not go on: {0} times in a row, the server answered with nothing new and where to ask next"
    )]
    NoProgress(u32),
    #[error("gave up after {attempts} attempts in {}", seconds(*.spent))]
    GaveUp {
        attempts: u32,
        spent: Duration,
        #[source]
        last: Box<Failure>,
    },
    #[error("there was no complete answer within {}", seconds(*.0))]
    Deadline(Duration),
    #[error(
        "the server, or what lies between, answers in JSON, and changes are read in protobuf only"
    )]
    NotProtobuf,
}

/// How a failure is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Trying again may help.
    Retry,
    /// Trying again may help, but not for long where the server was never reached.
    RetryBriefly,
    /// It won't.
    None,
}

impl From<WireError> for Failure {
    /// What cannot be read says so, but for a refusal, which is one whatever status it came with.
    fn from(error: WireError) -> Self {
        match error {
            WireError::Refused(status) => Self::Status {
                code: http::StatusCode::from_u16(status.code)
                    .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR),
                said: excerpt(&status.message),
                retry_after: None,
                next: Some(status.next).filter(|token| !token.is_empty()),
            },
            other => Self::Malformed(other),
        }
    }
}

impl Failure {
    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Self::Status { code, .. }
                if code.is_server_error()
                    || matches!(
                        *code,
                        http::StatusCode::TOO_MANY_REQUESTS
                            | http::StatusCode::REQUEST_TIMEOUT
                            | http::StatusCode::TOO_EARLY
                    ) =>
            {
                Remedy::Retry
            }
            Self::Transport(_) | Self::Stalled(_) | Self::Cut(_) => Remedy::Retry,
            Self::Tls(fault) if fault.may_pass() => Remedy::RetryBriefly,
            Self::Connect(_) => Remedy::RetryBriefly,
            _ => Remedy::None,
        }
    }

    /// Whether another request may succeed later, also where this one was tried again and again.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::GaveUp { last, .. } => last.may_pass(),
            Self::Deadline(_) => true,
            failure => failure.remedy() != Remedy::None,
        }
    }

    pub(crate) fn is_status(&self, wanted: http::StatusCode) -> bool {
        matches!(self, Self::Status { code, .. } if *code == wanted)
    }

    /// Says of a credential that is not accepted whose it is.
    pub(crate) fn said_to(mut self, who: impl FnOnce() -> Option<String>) -> Self {
        if let Self::Status { code: http::StatusCode::UNAUTHORIZED, said, .. } = &mut self
            && let Some(who) = who()
        {
            *said = format!("{said} (hint: the credential is that of {who})");
        }
        self
    }

    fn kind(&self) -> SourceErrorKind {
        match self {
            Self::Status { code, .. } => match *code {
                http::StatusCode::UNAUTHORIZED => SourceErrorKind::Unauthenticated,
                http::StatusCode::FORBIDDEN => SourceErrorKind::Forbidden,
                http::StatusCode::TOO_MANY_REQUESTS => SourceErrorKind::Throttled,
                code if code.is_server_error() => SourceErrorKind::Unavailable,
                _ => SourceErrorKind::Rejected,
            },
            Self::Connect(_) | Self::Tls(_) | Self::Transport(_) => SourceErrorKind::Unreachable,
            Self::Stalled(_) | Self::Deadline(_) | Self::Late(_) => SourceErrorKind::Timeout,
            Self::Cut(_)
            | Self::Malformed(_)
            | Self::Unordered(..)
            | Self::OfAnotherNamespace(..)
            | Self::Encoded(_)
            | Self::NotProtobuf
            | Self::NoProgress(_) => SourceErrorKind::Malformed,
            Self::Renewal(_) => SourceErrorKind::Unauthenticated,
            Self::Expired(_) => SourceErrorKind::Rejected,
            Self::GaveUp { last, .. } => last.kind(),
        }
    }

    /// The status of the last answer, and the wait that it asks for.
    fn status(&self) -> Option<(u16, Option<Duration>)> {
        match self {
            Self::Status { code, retry_after, .. } => Some((code.as_u16(), *retry_after)),
            Self::GaveUp { last, .. } => last.status(),
            _ => None,
        }
    }

    /// The failure of a call, as the port reports it.
    pub(crate) fn of(self, call: &Call) -> SourceError {
        let mut error = SourceError::new(self.kind(), format!("cannot {call}"));
        if self.may_pass() && error.retry() == Retry::Never {
            error = error.with_retry(Retry::Backoff);
        }
        if let Some((status, retry_after)) = self.status() {
            error = error.with_status(status);
            if let (Some(wait), Retry::Backoff) = (retry_after, error.retry()) {
                error = error.with_retry(Retry::After(wait));
            }
        }
        let right = match &self {
            Self::Status { code: http::StatusCode::FORBIDDEN, said, .. } => {
                MissingRight::for_call(call, said)
            }
            _ => None,
        };
        match right {
            Some(right) => error.with_source(Refused::new(right, self)),
            None => error.with_source(self),
        }
    }
}

fn issuer_hint(fault: &Fault) -> &'static str {
    match fault {
        Fault::Certificate { unknown_issuer: true, .. } => {
            " (hint: `certificate-authority` of the cluster names who may have issued it)"
        }
        _ => "",
    }
}

fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

fn seconds(duration: Duration) -> String {
    format!("{:.3}", duration.as_secs_f64()).trim_end_matches('0').trim_end_matches('.').to_owned()
        + " s"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_was_cut_may_be_whole_another_time() {
        let cut = || Failure::Cut(WireError::Cut { at: 7, expected: "an item" });
        let last = Box::new(cut());
        let gave_up = Failure::GaveUp { attempts: 3, spent: Duration::from_secs(9), last };
        for failure in [cut(), gave_up] {
            assert_eq!(failure.of(&Call::ListNodes).retry(), Retry::Backoff);
        }
        assert_eq!(Failure::NotProtobuf.of(&Call::ListNodes).retry(), Retry::Never);
    }
}
