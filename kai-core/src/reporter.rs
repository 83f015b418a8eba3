//! The port through which reports go out.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::inventory::Inventory;

/// Delivers reports to whoever keeps them.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Reporter<R: Send + Sync + 'static = Inventory>: Send + Sync {
    /// Makes **one** attempt; whether and when to make another is for the caller to decide.
    ///
    /// # Errors
    /// When the report was not taken; [`ReportError::retry`] says whether it may be, later.
    async fn deliver(&self, report: &R) -> Result<(), ReportError>;
}

/// Implements the port for what points to a receiver, also to a `dyn Reporter`.
macro_rules! pointer_to_a_reporter {
    ($pointer:ty) => {
        #[async_trait]
        impl<R: Send + Sync + 'static, T: Reporter<R> + ?Sized> Reporter<R> for $pointer {
            async fn deliver(&self, report: &R) -> Result<(), ReportError> {
                (**self).deliver(report).await
            }
        }
    };
}

pointer_to_a_reporter!(&T);
pointer_to_a_reporter!(Box<T>);
pointer_to_a_reporter!(Arc<T>);

/// Whether and when to try a delivery again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retry {
    /// Never: the same report would be refused again.
    Never,
    /// After a growing time of the caller's choice.
    Backoff,
    /// After this time, which the receiver named.
    After(Duration),
}

/// Why a report was not delivered.
///
/// The message is a lowercase fragment that doesn't repeat the [`source`](Error::source).
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ReportError {
    message: String,
    retry: Retry,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ReportError {
    /// A failed delivery, told in a lowercase fragment.
    #[must_use]
    pub fn new(message: impl Into<String>, retry: Retry) -> Self {
        Self { message: message.into(), retry, source: None }
    }

    /// The same failure with the error that caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whether and when to try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.retry
    }
}
