//! What API v2 of Anchore needs besides: nodes, and the uids of namespaces.

use futures_util::TryStreamExt;
use kai_core::{
    Detail, Details, Namespace, NamespaceSelector, Node, Observed, PodSource, Query,
    SourceErrorKind,
};
use kai_k8s::{ClusterPodSource, ClusterSettings};
use serde_json::{Value, json};
use testkit::{Fault, FaultRelay, wait};

use super::{chain, cluster, make, quick, settings};

async fn connect(settings: &ClusterSettings) -> ClusterPodSource {
    ClusterPodSource::connect(settings, quick()).await.unwrap()
}

fn uids(wanted: &NamespaceSelector) -> Query {
    let details = Details::default().with_nodes().with_namespace_uids();
    Query::default().namespaces(wanted.clone()).details(details)
}

/// The facts of a pass, without the version that comes with each.
async fn facts_of(source: &ClusterPodSource, query: &Query) -> Vec<Observed> {
    let facts: Vec<_> = source.observe(query).try_collect().await.unwrap();
    let (versions, facts): (Vec<_>, Vec<_>) =
        facts.into_iter().partition(|fact| matches!(fact, Observed::Server(_)));
    assert_eq!(versions.len(), 1);
    facts
}

async fn facts(settings: &ClusterSettings, wanted: &NamespaceSelector) -> Vec<Observed> {
    facts_of(&connect(settings).await, &uids(wanted)).await
}

fn named(names: &[&str]) -> NamespaceSelector {
    NamespaceSelector::new(names, Vec::<String>::new()).unwrap()
}

fn nodes(facts: &[Observed], prefix: &str) -> Vec<Node> {
    let nodes = facts.iter().filter_map(|fact| match fact {
        Observed::Node(node) if node.name.starts_with(prefix) => Some(node.clone()),
        _ => None,
    });
    nodes.collect()
}

fn namespaces(facts: &[Observed]) -> Vec<Namespace> {
    let namespaces = facts.iter().filter_map(|fact| match fact {
        Observed::Namespace(namespace) => Some(namespace.clone()),
        _ => None,
    });
    let mut namespaces: Vec<_> = namespaces.collect();
    namespaces.sort_by(|one, other| one.name.cmp(&other.name));
    namespaces
}

fn uid(object: &Value) -> String {
    object["metadata"]["uid"].as_str().unwrap().to_owned()
}

fn namespace(name: &str) -> Namespace {
    let object = wait(cluster().api().get(&format!("/api/v1/namespaces/{name}"))).unwrap();
    Namespace::new(name).with_uid(uid(&object))
}

/// The paths that were asked for but that of the version, sorted.
fn paths(relay: &FaultRelay) -> Vec<String> {
    let requests = relay.requests();
    let paths = requests.iter().map(|request| request.path().to_owned());
    let (versions, mut paths): (Vec<_>, Vec<_>) = paths.partition(|path| path == "/version");
    assert_eq!(versions.len(), 1);
    paths.sort();
    paths
}

#[tokio::test]
async fn every_field_of_a_node_comes_by_protobuf_as_by_json() {
    make("nodes", &[("a", 0)]);
    let (api, info) = (
        cluster().api(),
        json!({
            "architecture": "arm64", "operatingSystem": "linux", "kernelVersion": "6.12.1",
            "kubeletVersion": "v1.36.3", "containerRuntimeVersion": "containerd://2.1.4",
            "bootID": "b", "machineID": "m", "systemUUID": "s", "osImage": "o", "kubeProxyVersion": "p",
        }),
    );
    let full = wait(api.create_node("nodes-full")).unwrap();
    let bare = wait(api.create_node("nodes-bare")).unwrap();
    let status = json!({"status": {"nodeInfo": info}});
    wait(api.merge_patch("/api/v1/nodes/nodes-full/status", &status)).unwrap();
    let expected = [
        Node::new("nodes-bare").with_uid(uid(&bare)),
        Node::new("nodes-full")
            .with_uid(uid(&full))
            .with_arch("arm64")
            .with_operating_system("linux")
            .with_kernel_version("6.12.1")
            .with_kubelet_version("v1.36.3")
            .with_container_runtime_version("containerd://2.1.4"),
    ];
    for json_only in [false, true] {
        for wanted in [NamespaceSelector::all(), named(&["nodes-a"])] {
            let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
            let relay = if json_only { relay.json_only() } else { relay };
            let facts = facts(&settings(relay.url(), &cluster().admin()), &wanted).await;
            assert_eq!(nodes(&facts, "nodes-"), expected, "{json_only} {wanted:?}");
        }
    }
}

#[tokio::test]
async fn each_namespace_that_is_named_is_asked_for_its_uid_also_where_it_has_pods() {
    make("uids", &[("pods", 2), ("none", 0)]);
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let wanted = named(&["uids-pods", "uids-none", "uids-gone"]);
    let facts = facts(&settings(relay.url(), &cluster().admin()), &wanted).await;
    assert_eq!(namespaces(&facts), [namespace("uids-none"), namespace("uids-pods")]);
    let expected = ["gone", "gone/pods", "none", "none/pods", "pods", "pods/pods"]
        .map(|path| format!("/api/v1/namespaces/uids-{path}"));
    let (nodes, asked): (Vec<_>, Vec<_>) =
        paths(&relay).into_iter().partition(|path| path == "/api/v1/nodes");
    assert_eq!((nodes.len(), asked), (1, expected.to_vec()));
}

#[tokio::test]
async fn without_being_asked_to_a_source_lists_no_nodes_and_gets_no_namespace_with_pods() {
    make("plain", &[("a", 1)]);
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let settings = settings(relay.url(), &cluster().admin());
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let wanted = named(&["plain-a"]);
    let facts = facts_of(&source, &wanted.into()).await;
    assert_eq!(facts.len(), 1, "{facts:?}");
    assert_eq!(paths(&relay), ["/api/v1/namespaces/plain-a/pods"]);
}

#[tokio::test]
async fn nodes_that_may_not_be_listed_are_left_out_and_a_namespace_that_may_not_be_got_has_no_uid()
{
    make("rightless", &[("a", 1)]);
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("rightless-a"), &["list"], &["pods"]);
    let direct = settings(cluster().url(), &user.credentials);
    let facts = facts(&direct, &named(&["rightless-a"])).await;
    assert_eq!(nodes(&facts, ""), []);
    assert_eq!(namespaces(&facts), [Namespace::new("rightless-a")]);
    assert_eq!(facts.len(), 3, "and a pod, and what is missing: {facts:?}");
    let missing = facts.iter().find_map(|fact| match fact {
        Observed::Missing(missing) => Some(missing),
        _ => None,
    });
    let missing = missing.unwrap();
    assert_eq!(missing.detail(), Detail::Nodes);
    let error = missing.error();
    assert_eq!((error.kind(), error.status()), (SourceErrorKind::Forbidden, Some(403)));
    assert!(chain(error).starts_with("cannot list nodes: the server answered 403"), "{error:?}");
}

#[tokio::test]
async fn a_list_of_nodes_that_fails_otherwise_fails_the_run() {
    make("broken", &[("a", 1)]);
    let relay = FaultRelay::start(cluster(), |request| match request.path() {
        "/api/v1/nodes" => Fault::status(404),
        _ => Fault::Pass,
    });
    let source = connect(&settings(relay.url(), &cluster().admin())).await;
    let wanted = named(&["broken-a"]);
    let error = source.observe(&uids(&wanted)).try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Rejected);
    assert!(chain(&error).starts_with("cannot list nodes: the server answered 404"), "{error:?}");
}
