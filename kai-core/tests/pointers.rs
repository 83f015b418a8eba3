//! What points to a source or a receiver is one.

use std::sync::Arc;
use std::time::SystemTime;

use kai_core::testing::MockSink;
use kai_core::{
    CollectOptions, Details, InMemoryPodSource, Observed, Payload, Pod, PodSource, ServerVersion,
    Sink, collect, collect_facts,
};

fn source() -> InMemoryPodSource {
    let mut source = InMemoryPodSource::new().with_server_version(ServerVersion::default());
    source.extend([Observed::Pod(Pod::new("shop", "web-0"))]);
    source
}

async fn pods_of(source: impl PodSource) -> (usize, bool) {
    let options = CollectOptions::default();
    let collected =
        collect(&source, &options, SystemTime::UNIX_EPOCH).await.expect("memory does not fail");
    (collected.summary.pods, collected.inventory.server_version().is_some())
}

#[tokio::test]
async fn a_pointer_to_a_source_is_a_source() {
    assert_eq!(pods_of(&source()).await, (1, true));
    assert_eq!(pods_of(Box::new(source())).await, (1, true));
    assert_eq!(pods_of(Arc::new(source())).await, (1, true));
    let boxed: Box<dyn PodSource> = Box::new(source());
    assert_eq!(pods_of(&boxed).await, (1, true));
    assert_eq!(pods_of(boxed).await, (1, true));
    let shared: Arc<dyn PodSource> = Arc::new(source());
    assert_eq!(pods_of(shared).await, (1, true));
}

#[tokio::test]
async fn a_pointer_to_a_receiver_is_a_receiver() {
    async fn deliver(sink: impl Sink) -> bool {
        let facts = std::iter::empty();
        let report = collect_facts(facts, &CollectOptions::default(), SystemTime::UNIX_EPOCH);
        assert_eq!(sink.needs(), Details::default().with_nodes());
        let payload = sink.encode(&Arc::new(report)).expect("the mock encodes");
        sink.deliver(&payload).await.is_ok()
    }
    let mock = || {
        let mut mock = MockSink::new();
        mock.expect_needs().once().returning(|| Details::default().with_nodes());
        mock.expect_encode().once().returning(|_| Ok(Payload::default()));
        mock.expect_deliver().once().returning(|_| Ok(()));
        mock
    };
    assert!(deliver(&mock()).await);
    assert!(deliver(Box::new(mock())).await);
    let shared: Arc<dyn Sink> = Arc::new(mock());
    assert!(deliver(shared).await);
}
