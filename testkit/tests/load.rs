//! Loads of pods, as files and on a server.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use testkit::{ContainerFixture, ControlPlane, Load, PodFixture, Shape, wait};

type Claim = fn(&Value) -> bool;

fn written(load: &Load, shape: Shape) -> Vec<u8> {
    let mut out = Vec::new();
    load.write(&mut out, shape).unwrap();
    out
}

fn key(pod: &Value) -> String {
    let metadata = &pod["metadata"];
    format!("{}/{}", metadata["namespace"].as_str().unwrap(), metadata["name"].as_str().unwrap())
}

#[test]
fn the_same_seed_writes_the_same_bytes_and_another_does_not() {
    let load = Load::new(60, 7);
    for shape in [Shape::List, Shape::PodList] {
        assert_eq!(written(&load, shape), written(&load.clone(), shape));
    }
    let other = Load { seed: 2, ..load.clone() };
    assert_ne!(written(&load, Shape::PodList), written(&other, Shape::PodList));
}

#[test]
fn a_pod_list_is_in_the_servers_order_without_kinds_and_of_the_right_size() {
    let bytes = written(&Load::new(1000, 50), Shape::PodList);
    let list: Value = serde_json::from_slice(&bytes).unwrap();
    assert!(bytes.starts_with(br#"{"kind":"PodList","apiVersion":"v1","metadata""#));
    let items = list["items"].as_array().unwrap();
    let keys: Vec<String> = items.iter().map(key).collect();
    let sorted: BTreeSet<&String> = keys.iter().collect();
    assert_eq!(sorted.len(), 1000, "no pod twice");
    assert!(sorted.into_iter().eq(&keys), "ordered by namespace and name");
    assert!(items.iter().all(|pod| pod.get("kind").is_none()));
    let size = bytes.len() / items.len();
    assert!((6_000..9_000).contains(&size), "{size} bytes per pod");
}

#[test]
fn a_list_holds_all_namespaces_and_pods_with_their_kinds() {
    let load = Load::new(100, 20);
    let list: Value = serde_json::from_slice(&written(&load, Shape::List)).unwrap();
    assert_eq!(list["kind"], "List");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for item in list["items"].as_array().unwrap() {
        *kinds.entry(item["kind"].as_str().unwrap()).or_default() += 1;
        assert_eq!(item["apiVersion"], "v1");
    }
    assert_eq!(kinds, BTreeMap::from([("Namespace", 20), ("Pod", 100)]));
    let empty = load.shares().iter().filter(|(_, pods)| *pods == 0).count();
    assert_eq!(empty, 2);
}

#[test]
fn a_load_has_every_kind_of_pod() {
    let load = Load::new(2000, 40);
    let pods: Vec<Value> = load.pod_objects().collect();
    let claims: [(&str, Claim); 9] = [
        ("running", |pod| pod["status"]["phase"] == "Running"),
        ("succeeded", |pod| pod["status"]["phase"] == "Succeeded"),
        ("failed", |pod| pod["status"]["phase"] == "Failed"),
        ("unscheduled", |pod| pod["spec"]["nodeName"].is_null()),
        ("half started", |pod| {
            pod["status"]["containerStatuses"].as_array().is_some_and(|statuses| {
                statuses.iter().any(|status| status["state"]["waiting"].is_object())
                    && statuses.iter().any(|status| status["state"]["running"].is_object())
            })
        }),
        ("with init containers", |pod| pod["spec"]["initContainers"][0]["restartPolicy"].is_null()),
        ("with a sidecar", |pod| {
            pod["spec"]["initContainers"]
                .as_array()
                .is_some_and(|inits| inits.iter().any(|init| init["restartPolicy"] == "Always"))
        }),
        ("with ephemeral containers", |pod| pod["spec"]["ephemeralContainers"].is_array()),
        ("with an image volume", |pod| {
            let volumes = pod["spec"]["volumes"].as_array();
            volumes.is_some_and(|volumes| volumes.iter().any(|volume| volume["image"].is_object()))
        }),
    ];
    for (claim, holds) in claims {
        assert!(pods.iter().any(holds), "no pod is {claim}");
    }
    let images: BTreeSet<&str> = pods
        .iter()
        .flat_map(|pod| pod["spec"]["containers"].as_array().unwrap())
        .map(|container| container["image"].as_str().unwrap())
        .collect();
    assert!(images.len() > 200, "{} images", images.len());
}

#[test]
fn a_server_holds_an_applied_load_exactly_as_it_was_made() {
    let load = Load { prefix: "applied".to_owned(), ..Load::new(300, 10) };
    load.apply(ControlPlane::shared(), 8).unwrap();
    assert_stored(&load);
}

#[test]
fn a_server_holds_an_injected_load_exactly_as_it_was_made() {
    let load = Load { prefix: "injected".to_owned(), ..Load::new(300, 10) };
    load.inject(ControlPlane::shared()).unwrap();
    assert_stored(&load);
    // It is no dead weight: what is injected can be watched, changed and deleted.
    let api = ControlPlane::shared().api();
    let pod = load.pod_objects().next().unwrap();
    let path = format!("/api/v1/namespaces/{}", key(&pod).replace('/', "/pods/"));
    let patched = wait(api.merge_patch(&path, &json!({"metadata": {"labels": {"a": "b"}}})));
    assert_eq!(patched.unwrap()["metadata"]["uid"], pod["metadata"]["uid"]);
    for (namespace, _) in load.shares() {
        wait(api.delete_namespace(&namespace)).unwrap();
    }
}

fn assert_stored(load: &Load) {
    let ours = |object: &Value, field: &str| {
        object["metadata"][field].as_str().is_some_and(|name| name.starts_with(&load.prefix))
    };
    let api = ControlPlane::shared().api();
    let namespaces = wait(api.list("/api/v1/namespaces")).unwrap();
    assert_eq!(namespaces.iter().filter(|namespace| ours(namespace, "name")).count(), 10);
    let pods = wait(api.list("/api/v1/pods")).unwrap();
    let stored: BTreeMap<String, Value> =
        pods.into_iter().filter(|pod| ours(pod, "namespace")).map(|pod| (key(&pod), pod)).collect();
    assert_eq!(stored.len(), 300);
    for made in load.pod_objects() {
        assert_same_images(&made, &stored[&key(&made)]);
    }
}

#[test]
fn a_fixture_with_every_kind_of_container_arrives_with_its_status() {
    let cluster = ControlPlane::shared();
    let api = cluster.api();
    let made = PodFixture::new("default", "everything")
        .node("node-1")
        .label("app", "shop")
        .annotation("note", "as made")
        .init(ContainerFixture::new("migrate", "migrate:v4").image_id("sha256:01").terminated(0))
        .sidecar(ContainerFixture::new("mesh", "mesh@sha256:ab").status_image("mesh").running())
        .container(ContainerFixture::new("web", "nginx:1.25").image_id("docker://x").running())
        .container(ContainerFixture::new("pending", "missing").waiting("ImagePullBackOff"))
        .container(ContainerFixture::new("unseen", "unseen:1"))
        .ephemeral(ContainerFixture::new("debug", "busybox").image_id("sha256:02").running())
        .image_volume("models", "registry.example.com:5000/models:7", Some("sha256:03"))
        .image_volume("unmounted", "registry.example.com/other", None)
        .to_json();
    wait(api.create_pod(&made)).unwrap();
    let stored = wait(api.get("/api/v1/namespaces/default/pods/everything")).unwrap();
    assert_same_images(&made, &stored);
    assert_eq!(stored["spec"]["nodeName"], "node-1");
    assert_eq!(stored["metadata"]["labels"]["app"], "shop");
    let mounts = &stored["status"]["containerStatuses"][0]["volumeMounts"];
    assert_eq!(mounts[0]["volumeStatus"]["image"]["imageRef"], "sha256:03");
    wait(api.delete_pod("default", "everything")).unwrap();
}

/// Everything an inventory is made from.
fn assert_same_images(made: &Value, stored: &Value) {
    assert_eq!(made["status"]["phase"], stored["status"]["phase"], "{}", key(made));
    let list = |pod: &Value, half: &str, name: &str| -> Vec<Value> {
        pod[half][name].as_array().cloned().unwrap_or_default()
    };
    for (half, name, fields) in [
        ("spec", "containers", &["name", "image"][..]),
        ("spec", "initContainers", &["name", "image", "restartPolicy"]),
        ("spec", "ephemeralContainers", &["name", "image"]),
        ("status", "containerStatuses", &["name", "image", "imageID", "state", "volumeMounts"]),
        ("status", "initContainerStatuses", &["name", "image", "imageID", "state"]),
        ("status", "ephemeralContainerStatuses", &["name", "image", "imageID", "state"]),
    ] {
        let (made_list, stored_list) = (list(made, half, name), list(stored, half, name));
        assert_eq!(made_list.len(), stored_list.len(), "{} {name}", key(made));
        for (one, other) in made_list.iter().zip(&stored_list) {
            for field in fields {
                if *field == "state" {
                    let state = |status: &Value| -> Vec<String> {
                        status["state"].as_object().unwrap().keys().cloned().collect()
                    };
                    assert_eq!(state(one), state(other), "{} {name}", key(made));
                } else {
                    assert_eq!(one.get(field), other.get(field), "{} {name} {field}", key(made));
                }
            }
        }
    }
    let images = |pod: &Value| -> Vec<Value> {
        list(pod, "spec", "volumes")
            .iter()
            .filter(|volume| volume["image"].is_object())
            .map(|volume| volume["image"]["reference"].clone())
            .collect()
    };
    assert_eq!(images(made), images(stored), "{}", key(made));
}
