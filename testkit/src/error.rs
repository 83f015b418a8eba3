use std::io;

/// Why the test kit could not do what a test asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No source of the programs that tests run worked.
    #[error("a program for tests is missing: {0}")]
    Binaries(String),
    /// etcd or kube-apiserver did not become ready.
    #[error("{server} did not start: {reason}\n{log}")]
    Start {
        /// Which of the two.
        server: &'static str,
        /// What happened instead.
        reason: String,
        /// The last lines it logged.
        log: String,
    },
    /// The server answered, with another status than the caller needs.
    #[error("{method} {path} was answered with {status}: {body}")]
    Refused {
        /// The request's method.
        method: String,
        /// The request's path and query.
        path: String,
        /// The HTTP status.
        status: u16,
        /// The answer's body.
        body: String,
    },
    /// The request got no answer.
    #[error("{method} {path} got no answer: {reason}")]
    Unanswered {
        /// The request's method.
        method: String,
        /// The request's path and query.
        path: String,
        /// The transport's error with its causes.
        reason: String,
    },
    /// A file or process operation failed.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// Key or certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
}

impl Error {
    /// The error and its causes on one line, for a panic's message.
    #[must_use]
    pub fn with_causes(&self) -> String {
        chain(self)
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// An error with its causes on one line, as a user reads it.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
