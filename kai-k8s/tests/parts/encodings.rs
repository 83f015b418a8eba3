//! What a real server says of a pod, in each encoding.

use futures_util::TryStreamExt;
use kai_core::{Container, ContainerKind, Namespace, Observed, Pod, PodPhase, PodSource, Query};
use kai_k8s::ClusterPodSource;
use testkit::{ContainerFixture, Fault, FaultRelay, PodFixture, wait};

use super::{cluster, make, quick, settings};

/// The facts about the namespaces of this test, sorted.
async fn facts(server: &str) -> Vec<Observed> {
    let source =
        ClusterPodSource::connect(&settings(server, &cluster().admin()), quick()).await.unwrap();
    let everything: Vec<_> = source.observe(&Query::default()).try_collect().await.unwrap();
    let mut facts: Vec<_> = everything
        .into_iter()
        .filter(|fact| match fact {
            Observed::Pod(pod) => pod.namespace.starts_with("encoded-"),
            Observed::Namespace(namespace) => namespace.name.starts_with("encoded-"),
            _ => false,
        })
        .collect();
    facts.sort_by_key(|fact| format!("{fact:?}"));
    facts
}

#[tokio::test]
async fn every_field_that_is_read_comes_by_protobuf_as_by_json() {
    make("encoded", &[("a", 0)]);
    let digest = format!("sha256:{}", "1".repeat(64));
    let fixture = PodFixture::new("encoded-a", "full")
        .init(ContainerFixture::new("setup", "init:1").status_image("init:s").terminated(0))
        .sidecar(ContainerFixture::new("mesh", "mesh:1").image_id("mesh@sha256:2").running())
        .container(ContainerFixture::new("app", "app:1").image_id("app@sha256:3").running())
        .container(ContainerFixture::new("idle", "idle:1").waiting("ImagePullBackOff"))
        .ephemeral(ContainerFixture::new("debug", "debug:1").image_id("sha256:4").running())
        .image_volume("data", "data:1", Some(&digest))
        .node("node-1")
        .phase("Pending");
    let created = wait(cluster().api().create_pod(&fixture.to_json())).unwrap();
    let namespace = wait(cluster().api().get("/api/v1/namespaces/encoded-a")).unwrap();

    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let mut expected = Pod::new("encoded-a", "full")
        .with_uid(text(&created["metadata"]["uid"]))
        .with_node("node-1")
        .with_phase(PodPhase::Pending);
    // What the fixture says of a container besides its name and image, as the API tells it.
    let object = wait(cluster().api().get("/api/v1/namespaces/encoded-a/pods/full")).unwrap();
    let kinds = [
        (ContainerKind::Init, "initContainers", "initContainerStatuses"),
        (ContainerKind::Regular, "containers", "containerStatuses"),
        (ContainerKind::Ephemeral, "ephemeralContainers", "ephemeralContainerStatuses"),
    ];
    for (kind, specs, statuses) in kinds {
        let statuses = object["status"][statuses].as_array().unwrap();
        for spec in object["spec"][specs].as_array().unwrap() {
            let status = statuses.iter().find(|status| status["name"] == spec["name"]).unwrap();
            let mut container = Container::new(kind, text(&spec["name"]), text(&spec["image"]))
                .with_status(text(&status["image"]), text(&status["imageID"]))
                .with_container_id(text(&status["containerID"]));
            container.running = status["state"]["running"].is_object();
            expected.containers.push(container);
        }
    }
    let mut volume = Container::new(ContainerKind::ImageVolume, "data", "data:1");
    volume.image_id = digest;
    expected.containers.push(volume);
    let told = expected.containers.iter().map(|it| (&*it.name, &*it.container_id, it.running));
    let told: Vec<_> = told.collect();
    let names = [
        ("setup", "containerd://setup", false),
        ("mesh", "containerd://mesh", true),
        ("app", "containerd://app", true),
        ("idle", "", false),
        ("debug", "containerd://debug", true),
        ("data", "", false),
    ];
    assert_eq!(told, names, "the server kept what the fixture says");

    let namespace = Namespace::new("encoded-a").with_uid(text(&namespace["metadata"]["uid"]));
    let expected = vec![Observed::Namespace(namespace), Observed::Pod(expected)];
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    assert_eq!(facts(relay.url()).await, expected, "by protobuf");
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass).json_only();
    assert_eq!(facts(relay.url()).await, expected, "by JSON");
}
