//! Mocks of the ports, and helpers to make streams. For tests only, and outside semantic
//! versioning: the mocks change with mockall.
//!
//! ```
//! use kai_core::testing::{MockPodSource, stream_of};
//! use kai_core::{CollectOptions, Observed, Pod, SourceError, SourceErrorKind, collect};
//! # use std::time::SystemTime;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut source = MockPodSource::new();
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

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt};

pub use crate::follow::MockLivePodSource;
use crate::namespace::NamespaceSelector;
use crate::query::Query;
pub use crate::sink::MockSink;
pub use crate::source::MockPodSource;
use crate::source::{Observed, PodSource, PodStream, SourceError};

/// A stream of these facts and failures.
pub fn stream_of<I>(items: I) -> PodStream<'static>
where
    I: IntoIterator<Item = Result<Observed, SourceError>, IntoIter: Send + 'static>,
{
    stream::iter(items).boxed()
}

/// Holds a source against the [contract of the port](PodSource#contract), as far as it can be seen
/// from outside: for the tests of sources of one's own. The source has to have pods, the same at
/// each pass, and at least one namespace that its pods name.
///
/// ```
/// use kai_core::testing::assert_contract;
/// use kai_core::{InMemoryPodSource, Pod};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let source = InMemoryPodSource::new().with_pod(Pod::new("shop", "web-0"));
/// assert_contract(&source).await;
/// # });
/// ```
///
/// # Panics
/// When the source breaks the contract; the message names the rule and the pod.
pub async fn assert_contract(source: &dyn PodSource) {
    let all = Query::default();
    let first = pods_of(source, &all).await;
    assert!(!first.is_empty(), "the source yields no pod: there is nothing to check it by");

    // Dropping a stream stops that pass, and no other.
    drop(source.observe(&all).next().await);
    let second = pods_of(source, &all).await;
    assert_eq!(first, second, "another pass yields other pods");

    for namespace in first.iter().map(|(namespace, _)| namespace).collect::<BTreeSet<_>>() {
        // A source over a file may hold a name that no cluster has.
        let Ok(selector) = NamespaceSelector::including([namespace]) else { continue };
        let within = |pods: &BTreeSet<(String, String)>| {
            pods.iter().filter(|(name, _)| name == namespace).cloned().collect::<BTreeSet<_>>()
        };
        let named = within(&pods_of(source, &selector.into()).await);
        assert_eq!(
            within(&first),
            named,
            "namespace `{namespace}` has other pods where it is named"
        );
    }
}

/// The pods of a pass, by namespace and name.
async fn pods_of(source: &dyn PodSource, query: &Query) -> BTreeSet<(String, String)> {
    let (mut pods, mut failed) = (BTreeSet::new(), None);
    let mut facts = source.observe(query);
    while let Some(fact) = facts.next().await {
        if let Some(error) = &failed {
            panic!("the stream goes on after an error ({error})");
        }
        match fact {
            Ok(Observed::Pod(pod)) => {
                assert!(!pod.namespace.is_empty(), "pod `{}` has no namespace", pod.name);
                assert!(!pod.name.is_empty(), "a pod of `{}` has no name", pod.namespace);
                let key = (pod.namespace, pod.name);
                assert!(!pods.contains(&key), "pod `{}/{}` comes twice", key.0, key.1);
                pods.insert(key);
            }
            Ok(_) => {}
            Err(error) => failed = Some(error),
        }
    }
    assert!(failed.is_none(), "the source fails: {failed:?}");
    pods
}
