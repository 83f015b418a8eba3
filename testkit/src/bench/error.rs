use std::path::Path;

use testkit::Error;

/// Why a benchmark has no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// A program that was to be measured failed: how fast it did so says nothing.
    #[error("`{name}` ended with {status}: {stderr}")]
    Failed {
        /// What the tables call it.
        name: String,
        /// How it ended.
        status: String,
        /// What it printed about that.
        stderr: String,
    },
    /// A program is needed and is not there.
    #[error("{what} is missing (hint: {hint})")]
    Missing {
        /// Which one.
        what: String,
        /// How to get it.
        hint: &'static str,
    },
    /// A text is not what it should be.
    #[error("{what} is not what it should be: {reason}")]
    Unexpected {
        /// Which text.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server goes on working, so its CPU time cannot be told apart.
    #[error("kube-apiserver does not come to rest within {seconds} s")]
    Restless {
        /// How long it was waited for.
        seconds: u64,
    },
    #[error(transparent)]
    Testkit(#[from] Error),
}

impl BenchError {
    /// The error and its causes on one line.
    pub(crate) fn with_causes(&self) -> String {
        match self {
            Self::Testkit(error) => error.with_causes(),
            other => other.to_string(),
        }
    }

    pub(super) fn unexpected(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Unexpected { what: what.into(), reason: reason.into() }
    }
}

/// Reads a text file.
pub(super) fn read(path: &Path) -> Result<String, BenchError> {
    std::fs::read_to_string(path).map_err(io(format!("cannot read {}", path.display())))
}

/// Writes a text file.
pub(super) fn write(path: &Path, text: &str) -> Result<(), BenchError> {
    std::fs::write(path, text).map_err(io(format!("cannot write {}", path.display())))
}

/// What was tried, before the reason why it failed.
pub(super) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> BenchError {
    let what = what.into();
    move |source| Error::Io { what, source }.into()
}
