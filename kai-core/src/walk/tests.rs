//! One pass over a source: its failures, the server's version, and who listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::inventory::{Inventory, NamespaceImages};
use crate::memory::InMemoryPodSource;
use crate::namespace::NamespaceSelector;
use crate::pod::{Container, ContainerKind, Namespace, Node, Pod, PodPhase, Skipped};
use crate::query::Details;
use crate::retry::Retry;
use crate::sink::{Payload, ReportError, Sink};
use crate::source::{Detail, Missing, ServerVersion, SourceErrorKind};
use crate::testing::{MockPodSource, MockSink, stream_of};
use crate::visit::{ImageUse, Remark};

const TAKEN_AT: SystemTime = SystemTime::UNIX_EPOCH;

fn pod(namespace: &str) -> Observed {
    let container = Container::new(ContainerKind::Regular, "web", "nginx:1");
    Observed::Pod(
        Pod::new(namespace, "web-0").with_phase(PodPhase::Running).with_container(container),
    )
}

fn broken(message: &str) -> SourceError {
    SourceError::new(SourceErrorKind::Unreachable, message)
}

fn version() -> ServerVersion {
    ServerVersion { git_version: "v1.36.3".to_owned(), ..ServerVersion::default() }
}

fn namespaces(inventory: &Inventory) -> Vec<&str> {
    inventory.namespaces().iter().map(NamespaceImages::name).collect()
}

#[tokio::test]
async fn error_in_mid_stream_is_final() {
    let asked_for = Arc::new(AtomicUsize::new(0));
    let mut source = MockPodSource::new();
    let counter = Arc::clone(&asked_for);
    source.expect_observe().times(1).returning(move |_| {
        let counter = Arc::clone(&counter);
        let facts = [Ok(pod("a")), Err(broken("the connection broke")), Ok(pod("b"))];
        stream_of(facts.into_iter().inspect(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        }))
    });

    let error = collect(&source, &CollectOptions::default(), TAKEN_AT).await.unwrap_err();

    assert_eq!(
        (error.kind(), error.to_string()),
        (SourceErrorKind::Unreachable, "the connection broke".to_owned())
    );
    assert_eq!(asked_for.load(Ordering::Relaxed), 2, "nothing is read after the error");
}

#[tokio::test]
async fn error_ends_a_walk_before_anything_is_said_of_named_namespaces() {
    let mut source = MockPodSource::new();
    source
        .expect_observe()
        .returning(|_| stream_of([Ok(pod("a")), Err(broken("the connection broke"))]));
    let options =
        CollectOptions::default().namespaces(NamespaceSelector::new(["a", "b"], [""; 0]).unwrap());
    let mut heard = Heard::default();

    assert!(walk(&source, &options, &mut heard).await.is_err());

    assert_eq!(heard.0, ["pod a/web-0", "image a/web-0 web nginx:1"]);
}

/// The report of a source of one pod and one more fact.
async fn report_with(fact: Option<Observed>) -> ClusterReport {
    let mut source = MockPodSource::new();
    source.expect_observe().returning(move |_| {
        stream_of([pod("shop")].into_iter().chain(fact.clone()).map(Ok).collect::<Vec<_>>())
    });
    collect(&source, &CollectOptions::default(), TAKEN_AT).await.unwrap()
}

#[tokio::test]
async fn source_without_server_gives_an_inventory_without_version() {
    let report = report_with(None).await;
    assert_eq!(namespaces(&report.inventory), ["shop"]);
    assert_eq!(report.inventory.server_version(), None);
    assert!(report.missing.is_empty());
}

#[tokio::test]
async fn version_that_the_server_tells_is_in_the_inventory() {
    let report = report_with(Some(Observed::Server(Box::new(version())))).await;
    assert_eq!(report.inventory.server_version(), Some(&version()));
    assert!(report.missing.is_empty());
}

#[tokio::test]
async fn details_that_fail_leave_the_inventory_and_are_reported() {
    for detail in [Detail::ServerVersion, Detail::Nodes] {
        let error = SourceError::new(SourceErrorKind::Forbidden, "you may not ask");
        let report = report_with(Some(Observed::Missing(Missing::new(detail, error)))).await;
        assert_eq!(namespaces(&report.inventory), ["shop"]);
        assert_eq!(report.inventory.server_version(), None);
        let [missing] = report.missing.as_slice() else { panic!("one is missing") };
        let error = missing.error();
        assert_eq!(
            (missing.detail(), error.kind(), error.to_string()),
            (detail, SourceErrorKind::Forbidden, "you may not ask".to_owned())
        );
    }
}

#[tokio::test]
async fn containers_are_in_the_report_where_they_are_needed() {
    for (needs, expected) in
        [(Details::default(), None), (Details::default().with_containers(), Some(2))]
    {
        let options = CollectOptions::default().details(needs.clone());
        let report = collect(&facts(), &options, TAKEN_AT).await.unwrap();
        let pods = report.containers.map(|table| table.unplaced().pods);
        assert_eq!(pods, expected, "its pods have no uid: {needs:?}");
    }
}

#[tokio::test]
async fn source_is_told_which_namespaces_are_wanted() {
    let mut source = MockPodSource::new();
    source
        .expect_observe()
        .withf(|query| {
            let wanted = query.selector();
            wanted.selects("shop") && !wanted.selects("default") && wanted.excludes_any()
        })
        .times(1)
        .returning(|_| stream_of([]));
    let selector = NamespaceSelector::new([""; 0], ["default"]).unwrap();
    let options = CollectOptions::default().namespaces(selector);
    assert_eq!(collect(&source, &options, TAKEN_AT).await.unwrap().inventory.namespaces(), []);
}

/// Writes down every call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Heard(Vec<String>);

impl Visitor for Heard {
    fn namespace(&mut self, namespace: &Namespace) {
        self.0.push(format!("namespace {}", namespace.name));
    }

    fn node(&mut self, node: &Node) {
        self.0.push(format!("node {}", node.name));
    }

    fn pod(&mut self, pod: &Pod) {
        self.0.push(format!("pod {}/{}", pod.namespace, pod.name));
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        let ImageUse { pod, container, image } = seen;
        self.0.push(format!("image {}/{} {} {image}", pod.namespace, pod.name, container.name));
    }

    fn remark(&mut self, what: Remark<'_>) {
        let kind = format!("{what:?}");
        self.0.push(format!(
            "{} {}",
            kind.split(' ').next().unwrap_or(&kind),
            what.namespace().unwrap_or_default()
        ));
    }
}

/// Facts that make every visitor method speak.
fn facts() -> InMemoryPodSource {
    let bad = Container::new(ContainerKind::Init, "setup", "NGINX");
    [
        Observed::Node(Node::new("worker").with_uid("7")),
        Observed::Namespace(Namespace::new("shop")),
        pod("shop"),
        Observed::Pod(Pod::new("shop", "gone").with_container(bad.clone())),
        Observed::Pod(Pod::new("shop", "bad").with_phase(PodPhase::Running).with_container(bad)),
        Observed::Skipped(Skipped::new("secret", "you may not")),
    ]
    .into_iter()
    .collect()
}

const HEARD: [&str; 10] = [
    "node worker",
    "namespace shop",
    "pod shop/web-0",
    "image shop/web-0 web nginx:1",
    "pod shop/gone",
    "NotRunning shop",
    "pod shop/bad",
    "NotAReference shop",
    "NoRepository shop",
    "NamespaceSkipped secret",
];

#[tokio::test]
async fn walk_tells_a_visitor_and_gives_it_back() {
    let heard = walk(&facts(), &CollectOptions::default(), Heard::default()).await.unwrap();
    assert_eq!(heard.0, HEARD);
}

#[tokio::test]
async fn pair_of_visitors_and_a_borrowed_one_hear_the_same() {
    let mut kept = Heard::default();
    let tee = ((Heard::default(), &mut kept), (Heard::default(), ()));
    let ((first, _), (third, ())) = walk(&facts(), &CollectOptions::default(), tee).await.unwrap();
    assert_eq!(first.0, HEARD);
    assert_eq!(third.0, HEARD);
    assert_eq!(kept.0, HEARD);

    let mut dynamic = Heard::default();
    let visitor: &mut (dyn Visitor + Send) = &mut dynamic;
    walk(&facts(), &CollectOptions::default(), visitor).await.unwrap();
    assert_eq!(dynamic.0, HEARD);
}

#[tokio::test]
async fn listener_of_a_collection_hears_the_same_pass() {
    let mut source = MockPodSource::new();
    source.expect_observe().times(1).returning(|_| stream_of([Ok(pod("shop"))]));
    let (collected, heard) =
        collect_with(&source, &CollectOptions::default(), TAKEN_AT, Heard::default())
            .await
            .unwrap();
    assert_eq!(heard.0, ["pod shop/web-0", "image shop/web-0 web nginx:1"]);
    assert_eq!(namespaces(&collected.inventory), ["shop"]);
}

#[tokio::test]
async fn futures_can_be_sent_to_other_threads() {
    fn sendable<T: Send>(future: T) -> T {
        future
    }
    let (source, options) = (facts(), CollectOptions::default());
    sendable(collect_with(&source, &options, TAKEN_AT, Heard::default())).await.unwrap();
}

#[tokio::test]
async fn mock_sink_plays_a_receiver_that_comes_back() {
    let mut sink = MockSink::new();
    let mut tries = 0;
    sink.expect_encode().times(1).returning(|_| Ok(Payload::default()));
    sink.expect_deliver().times(2).returning(move |_| {
        tries += 1;
        let later = Retry::After(Duration::from_secs(7));
        if tries == 1 {
            Err(ReportError::new("too busy", later).with_source("503"))
        } else {
            Ok(())
        }
    });
    let sink: &dyn Sink = &sink;
    let report = collect(&facts(), &CollectOptions::default(), TAKEN_AT).await.unwrap();
    let payload = sink.encode(&Arc::new(report)).unwrap();

    let error = sink.deliver(&payload).await.unwrap_err();
    assert_eq!(
        (error.to_string(), error.retry()),
        ("too busy".to_owned(), Retry::After(Duration::from_secs(7)))
    );
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "503");
    sink.deliver(&payload).await.unwrap();
}

#[test]
fn failure_keeps_its_cause_out_of_its_message() {
    let error = broken("the list broke off").with_source("connection reset");
    assert_eq!(error.to_string(), "the list broke off");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "connection reset");
}
