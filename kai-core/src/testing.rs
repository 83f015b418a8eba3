//! Mocks of the ports, and helpers to make streams. For tests only, and outside semantic
//! versioning: the mocks change with mockall.
//!
//! ```
//! use kai_core::testing::{MockPodSource, stream_of};
//! use kai_core::{CollectOptions, Observed, Pod, SourceError, SourceErrorKind, collect};
//! # use std::time::SystemTime;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut source = MockPodSource::without_server();
//! source.expect_observe().returning(|_| {
//!     stream_of([
//!         Ok(Observed::Pod(Pod::new("shop", "web-0"))),
//!         Err(SourceError::new(SourceErrorKind::Unreachable, "the connection broke")),
//!     ])
//! });
//! let result = collect(&source, &CollectOptions::default(), SystemTime::now()).await;
//! assert_eq!(result.unwrap_err().kind(), SourceErrorKind::Unreachable);
//! # });
//! ```

use futures_util::stream::{self, StreamExt};

pub use crate::reporter::MockReporter;
pub use crate::source::MockPodSource;
use crate::source::{Observed, PodStream, SourceError};

impl MockPodSource {
    /// A mock behind which there is no server that could tell a version.
    #[must_use]
    pub fn without_server() -> Self {
        let mut mock = Self::new();
        mock.expect_server_version().returning(|| Ok(None));
        mock
    }
}

/// A stream of these facts and failures.
pub fn stream_of<I>(items: I) -> PodStream<'static>
where
    I: IntoIterator<Item = Result<Observed, SourceError>, IntoIter: Send + 'static>,
{
    stream::iter(items).boxed()
}
