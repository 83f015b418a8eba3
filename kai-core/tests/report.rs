//! The report as it is printed and delivered (behaviour, section 6), whole.

use std::time::{Duration, SystemTime};

use kai_core::{
    CollectOptions, Container, ContainerKind, InMemoryPodSource, Inventory, Namespace, Pod,
    PodPhase, ServerVersion, collect,
};

async fn inventory_of(source: InMemoryPodSource) -> Inventory {
    let taken_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_715_000_000_999);
    let options = CollectOptions::default();
    collect(&source, &options, taken_at).await.expect("memory does not fail").inventory
}

fn pretty(inventory: &Inventory) -> String {
    serde_json::to_string_pretty(&inventory.document()).expect("an inventory is JSON")
}

fn pod(namespace: &str, images: &[&str]) -> Pod {
    images.iter().fold(Pod::new(namespace, "web-0").with_phase(PodPhase::Running), |pod, image| {
        pod.with_container(Container::new(ContainerKind::Regular, *image, *image))
    })
}

fn server_version() -> ServerVersion {
    let version = serde_json::json!({
        "platform": "linux/amd64", "compiler": "gc", "goVersion": "go1.25.3",
        "buildDate": "2026-02-03T04:05:06Z", "gitTreeState": "clean", "gitCommit": "0123abcd",
        "gitVersion": "v1.36.3", "minor": "36", "major": "1",
    });
    serde_json::from_value(version).expect("a version of the server")
}

#[tokio::test]
async fn report_has_its_keys_in_the_order_that_is_documented() {
    let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
    let with_digest = format!("localhost:5000/team/app:1.2@{digest}");
    let digest_only = format!("redis@{digest}");
    let source = InMemoryPodSource::new()
        .with_namespace(Namespace::new("empty"))
        .with_pod(pod("shop", &["nginx", &digest_only, &with_digest]))
        .with_pod(pod("default", &["nginx:1.27"]))
        .with_server_version(server_version());
    let inventory = inventory_of(source).await.with_cluster_name("production");
    insta::assert_snapshot!(pretty(&inventory));
}

#[tokio::test]
async fn report_without_server_and_cluster_leaves_their_keys_out() {
    insta::assert_snapshot!(pretty(&inventory_of(InMemoryPodSource::new()).await));
}

#[tokio::test]
async fn report_does_not_escape_for_html() {
    // No cluster has such a namespace; a file may.
    let source = InMemoryPodSource::new().with_pod(pod("<a>&'\u{e9}\"\\\n", &["nginx:1"]));
    let inventory = inventory_of(source).await.with_cluster_name("R&D <test>");
    insta::assert_snapshot!(pretty(&inventory));
    // Go escapes this one for HTML, too.
    assert!(pretty(&inventory.with_cluster_name("\u{2028}")).contains('\u{2028}'));
}

#[tokio::test]
async fn compact_report_is_one_line() {
    let source = InMemoryPodSource::new()
        .with_namespace(Namespace::new("a\nb"))
        .with_pod(pod("default", &["nginx:1.27"]));
    let line = serde_json::to_string(&inventory_of(source).await.document())
        .expect("an inventory is JSON");
    assert!(!line.contains('\n'));
    insta::assert_snapshot!(line);
}
