//! What of a pass is sent to API v2.

use std::time::SystemTime;

use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, ContainerTable, ContainerTableBuilder,
    InMemoryPodSource, InventoryBuilder, MissingTagPolicy, Namespace, Node, Observed, Pod,
    PodPhase, Skipped, Unplaced, Visitor, walk,
};
use serde_json::{Value, json};

use super::Pieces;

fn container(name: &str) -> Container {
    Container::new(ContainerKind::Regular, name, "nginx:1")
        .with_container_id(format!("cri://{name}"))
}

fn pod(namespace: &str, name: &str) -> Pod {
    Pod::new(namespace, name)
        .with_uid(format!("uid-{name}"))
        .with_phase(PodPhase::Running)
        .with_container(container(&format!("{name}-c")))
}

fn namespace(name: &str) -> Namespace {
    Namespace::new(name).with_uid(format!("uid-{name}"))
}

async fn of(facts: impl IntoIterator<Item = Observed>) -> ContainerTable {
    let source: InMemoryPodSource = facts.into_iter().collect();
    let options = CollectOptions::default().missing_tag_policy(MissingTagPolicy::Drop);
    walk(&source, &options, ContainerTableBuilder::default()).await.unwrap().finish()
}

fn json(inventory: ContainerTable) -> Value {
    let report = InventoryBuilder::default().finish(SystemTime::UNIX_EPOCH);
    let report = ClusterReport::new(report).with_cluster_name("prod").with_containers(inventory);
    let pieces = Pieces::of("prod", &report).unwrap();
    let bytes: Vec<u8> = pieces.flat_map(Result::unwrap).collect();
    serde_json::from_slice(&bytes).unwrap()
}

/// The values of a key in a list.
fn all(document: &Value, list: &str, key: &str) -> Vec<String> {
    let entries = document[list].as_array().unwrap().iter();
    entries.map(|entry| entry[key].as_str().unwrap_or("-").to_owned()).collect()
}

#[tokio::test]
async fn an_empty_cluster_is_a_document_of_empty_lists() {
    let inventory = of([]).await;
    assert!(!inventory.lacks_namespaces());
    let expected = json!({
        "cluster_name": "prod", "containers": [], "namespaces": [], "nodes": [], "pods": [],
        "timestamp": "1970-01-01T00:00:00Z",
    });
    assert_eq!(json(inventory), expected);
}

#[tokio::test]
async fn all_is_sorted_whatever_order_it_comes_in() {
    let node = |name: &str| Observed::Node(Node::new(name).with_uid(format!("uid-{name}")));
    let mut facts = vec![
        Observed::Pod(pod("b", "two").with_node("n2").with_container(container("a-second"))),
        Observed::Pod(pod("a", "zero").with_node("n1")),
        Observed::Pod(pod("b", "one").with_node("n3")),
        Observed::Namespace(namespace("b")),
        Observed::Namespace(namespace("a")),
        Observed::Namespace(namespace("c")),
        node("n2"),
        node("n1"),
    ];
    let first = json(of(facts.clone()).await);
    assert_eq!(all(&first, "namespaces", "name"), ["a", "b", "c"]);
    assert_eq!(all(&first, "nodes", "name"), ["n1", "n2"]);
    assert_eq!(all(&first, "pods", "name"), ["zero", "one", "two"]);
    assert_eq!(all(&first, "pods", "namespace_uid"), ["uid-a", "uid-b", "uid-b"]);
    assert_eq!(all(&first, "pods", "node_uid"), ["uid-n1", "-", "uid-n2"]);
    assert_eq!(all(&first, "containers", "name"), ["zero-c", "one-c", "two-c", "a-second"]);
    let uids = ["uid-zero", "uid-one", "uid-two", "uid-two"];
    assert_eq!(all(&first, "containers", "pod_uid"), uids);
    facts.reverse();
    assert_eq!(json(of(facts).await), first);
}

#[tokio::test]
async fn what_has_no_uid_or_id_is_left_out_with_all_that_belongs_to_it_and_counted() {
    let mut nameless = pod("shop", "no-uid").with_container(container("second"));
    nameless.uid = None;
    let waiting = Container::new(ContainerKind::Regular, "waiting", "nginx:1");
    let volume = Container::new(ContainerKind::ImageVolume, "volume", "nginx:1");
    let inventory = of([
        Observed::Namespace(namespace("shop")),
        Observed::Namespace(Namespace::new("bare")),
        Observed::Namespace(Namespace::new("empty").with_uid("")),
        Observed::Node(Node::new("bare")),
        Observed::Pod(nameless),
        Observed::Pod(pod("shop", "empty-uid").with_uid("")),
        Observed::Pod(pod("bare", "in-bare").with_container(container("third"))),
        Observed::Pod(pod("untold", "in-untold")),
        Observed::Pod(
            pod("shop", "web").with_node("bare").with_container(waiting).with_container(volume),
        ),
    ])
    .await;
    let Unplaced { namespaces, nodes, pods, containers, .. } = inventory.unplaced();
    assert_eq!([namespaces, nodes, pods, containers], [3, 1, 4, 2 + 1 + 2 + 1 + 2]);
    assert!(!inventory.lacks_namespaces());
    assert_eq!((inventory.pod_count(), inventory.container_count()), (1, 1));
    let document = json(inventory);
    assert_eq!(all(&document, "namespaces", "name"), ["shop"]);
    assert_eq!(all(&document, "nodes", "name"), [""; 0]);
    assert_eq!(all(&document, "pods", "name"), ["web"]);
    assert_eq!(all(&document, "pods", "node_uid"), ["-"]);
    assert_eq!(all(&document, "containers", "name"), ["web-c"]);
}

#[tokio::test]
async fn pods_of_which_nothing_runs_and_containers_that_the_policy_drops_are_unplaced() {
    let mut ended = pod("shop", "ended").with_phase(PodPhase::Succeeded);
    let mut nameless = ended.clone();
    nameless.uid = None;
    ended.name = "ended".into();
    let digest = format!("nginx@sha256:{}", "a".repeat(64));
    let untagged = Container::new(ContainerKind::Regular, "untagged", digest)
        .with_container_id("cri://untagged");
    let inventory = of([
        Observed::Namespace(namespace("shop")),
        Observed::Pod(pod("shop", "first")),
        Observed::Pod(ended),
        Observed::Pod(nameless),
        Observed::Pod(pod("shop", "last").with_container(untagged)),
    ])
    .await;
    assert_eq!(inventory.unplaced(), Unplaced::default());
    let document = json(inventory);
    assert_eq!(all(&document, "pods", "name"), ["first", "last"]);
    assert_eq!(all(&document, "pods", "uid"), ["uid-first", "uid-last"]);
    assert_eq!(all(&document, "containers", "name"), ["first-c", "last-c"]);
}

#[tokio::test]
async fn a_skipped_namespace_is_gone_with_all_that_was_told_of_it() {
    let inventory = of([
        Observed::Namespace(namespace("secret")),
        Observed::Pod(pod("secret", "web")),
        Observed::Pod(pod("secret", "no-uid").with_uid("")),
        Observed::Namespace(namespace("shop")),
        Observed::Pod(pod("shop", "api")),
        Observed::Skipped(Skipped::new("secret", "forbidden")),
    ])
    .await;
    assert_eq!(inventory.unplaced(), Unplaced::default());
    let document = json(inventory);
    assert_eq!(all(&document, "namespaces", "name"), ["shop"]);
    assert_eq!(all(&document, "pods", "name"), ["api"]);
    assert_eq!(all(&document, "containers", "name"), ["api-c"]);
}

#[tokio::test]
async fn pods_without_any_namespace_that_has_a_uid_are_a_lack() {
    let pod = || Observed::Pod(pod("shop", "web"));
    assert!(of([pod()]).await.lacks_namespaces());
    assert!(of([pod(), Observed::Namespace(Namespace::new("shop"))]).await.lacks_namespaces());
    assert!(!of([pod(), Observed::Namespace(namespace("other"))]).await.lacks_namespaces());
    assert!(!of([Observed::Namespace(Namespace::new("shop"))]).await.lacks_namespaces());
    let skipped = Observed::Skipped(Skipped::new("shop", "forbidden"));
    assert!(!of([pod(), skipped]).await.lacks_namespaces());
}

#[test]
fn a_namespace_that_is_gone_can_be_told_of_before_the_end() {
    let mut builder = ContainerTableBuilder::default();
    builder.namespace(&namespace("gone"));
    let inventory = builder.finish();
    assert_eq!(inventory.namespaces(), [namespace("gone")]);
}

#[tokio::test]
async fn a_namespace_that_is_gone_can_be_added_later_and_moves_no_pod_to_another_one() {
    let inventory = of([
        Observed::Namespace(namespace("b")),
        Observed::Namespace(namespace("d")),
        Observed::Pod(pod("b", "web")),
        Observed::Pod(pod("d", "db")),
        Observed::Pod(pod("unknown", "lost")),
    ])
    .await
    .with_namespace(namespace("c"))
    .with_namespace(namespace("a"))
    .with_namespace(namespace("e"))
    .with_namespace(Namespace::new("b").with_uid("another"))
    .with_namespace(namespace("b"))
    .with_namespace(Namespace::new("f"));
    let document = json(inventory);
    let uids = ["uid-a", "another", "uid-b", "uid-c", "uid-d", "uid-e"];
    assert_eq!(all(&document, "namespaces", "uid"), uids);
    assert_eq!(all(&document, "pods", "name"), ["web", "db"]);
    assert_eq!(all(&document, "pods", "namespace_uid"), ["uid-b", "uid-d"]);
}

#[tokio::test]
async fn text_is_escaped_as_json_wants_it_and_no_further() {
    let odd = "quote \" backslash \\ <tag> & größer \u{1}";
    let inventory =
        of([Observed::Namespace(namespace("shop")), Observed::Pod(pod("shop", odd))]).await;
    assert_eq!(all(&json(inventory), "pods", "name"), [odd]);
}
