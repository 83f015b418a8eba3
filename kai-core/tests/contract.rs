//! What `assert_contract` lets pass, and what it finds.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use kai_core::testing::{MockPodSource, assert_contract, stream_of};
use kai_core::{
    InMemoryPodSource, Namespace, NamespaceSelector, Observed, Pod, PodSource, SourceError,
    SourceErrorKind,
};

/// What the check says of a source; `None`: nothing.
async fn verdict(source: &dyn PodSource) -> Option<String> {
    let panic = AssertUnwindSafe(assert_contract(source)).catch_unwind().await.err()?;
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

/// A source that yields these pods (`namespace/name`) at each pass, and an error for `!`.
fn yielding<const N: usize>(
    facts: fn(&NamespaceSelector, usize) -> [&'static str; N],
) -> MockPodSource {
    let (mut source, mut pass) = (MockPodSource::new(), 0);
    source.expect_observe().returning(move |query| {
        pass += 1;
        stream_of(facts(query.selector(), pass).map(|fact| match fact.split_once('/') {
            Some((namespace, name)) => Ok(Observed::Pod(Pod::new(namespace, name))),
            None => Err(SourceError::new(SourceErrorKind::Unreachable, "the connection broke")),
        }))
    });
    source
}

#[tokio::test]
async fn a_source_that_keeps_the_contract_passes() {
    let source = InMemoryPodSource::new()
        .with_namespace(Namespace::new("empty"))
        .with_pod(Pod::new("shop", "web-0"))
        .with_pod(Pod::new("jobs", "web-0"))
        .with_pod(Pod::new("No_Name", "web-0"));
    assert_eq!(verdict(&source).await, None);
}

#[tokio::test]
async fn each_breach_is_found() {
    let table = [
        ("is empty", verdict(&InMemoryPodSource::new()).await, "the source yields no pod"),
        (
            "tells a pod twice",
            verdict(&yielding(|_, _| ["a/x", "a/x"])).await,
            "pod `a/x` comes twice",
        ),
        ("fails", verdict(&yielding(|_, _| ["a/x", "!"])).await, "the source fails: "),
        (
            "goes on after an error",
            verdict(&yielding(|_, _| ["!", "a/x"])).await,
            "the stream goes on after an error (the connection broke)",
        ),
        (
            "forgets",
            verdict(&yielding(|_, pass| [if pass == 1 { "a/x" } else { "a/y" }])).await,
            "another pass yields other pods",
        ),
        (
            "lacks what is named",
            verdict(&yielding(|wanted, _| {
                ["a/x", if wanted.selects("a") { "b/x" } else { "b/y" }]
            }))
            .await,
            "namespace `b` has other pods where it is named",
        ),
        ("has no namespace", verdict(&yielding(|_, _| ["/x"])).await, "pod `x` has no namespace"),
        ("has no name", verdict(&yielding(|_, _| ["a/"])).await, "a pod of `a` has no name"),
    ];
    for (what, said, expected) in table {
        println!("{what}: {said:?}");
        assert!(said.is_some_and(|said| said.contains(expected)), "{what}");
    }
}
