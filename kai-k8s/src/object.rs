//! Facts from objects that a program has already.

use kai_core::{Details, Observed};
use serde::Serialize;

use crate::wire::item::{self, Item, node};

/// Why an object is no fact.
#[derive(Debug, thiserror::Error)]
#[error("the object is neither a pod, a namespace nor a node: {why}")]
pub struct ObjectError {
    why: String,
}

/// The fact that an object of the Kubernetes API is: a pod, a namespace or a node; `None`: it is of
/// another kind. What has no kind is taken for a pod.
///
/// The object may be a type of any version of `k8s-openapi`, as a reflector stores it, a
/// `DynamicObject` of kube's, or JSON. It is read as an answer of an API server is, so nothing of it
/// is understood in another way: image volumes, sidecars and statuses included.
///
/// ```
/// use std::time::SystemTime;
/// use k8s_openapi::api::core::v1::Pod;
/// use kai_core::{CollectOptions, collect_facts};
/// use kai_k8s::fact;
///
/// # let pods: Vec<Pod> = vec![serde_json::from_value(serde_json::json!({
/// #     "metadata": { "name": "web-0", "namespace": "shop" },
/// #     "spec": { "containers": [{ "name": "web", "image": "nginx:1.27" }] },
/// #     "status": { "phase": "Running" },
/// # }))?];
/// // What a reflector has, say.
/// let facts: Vec<_> = pods.iter().map(fact).collect::<Result<_, _>>()?;
/// let options = CollectOptions::default();
/// let report = collect_facts(facts.into_iter().flatten(), &options, SystemTime::now());
/// assert_eq!(report.inventory.namespaces()[0].images()[0].reference(), "nginx:1.27");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When it is no object, has no name, or a field that is read is of another type.
pub fn fact<T: Serialize>(object: &T) -> Result<Option<Observed>, ObjectError> {
    fact_with(object, &Details::default())
}

/// The same, with the [details](Details) of a pod that are needed: its workload, labels, times.
///
/// ```
/// use k8s_openapi::api::core::v1::Pod;
/// use kai_core::{Details, Observed, Workload};
///
/// # let pod: Pod = serde_json::from_value(serde_json::json!({
/// #     "metadata": { "name": "db-0", "namespace": "shop", "ownerReferences": [{
/// #         "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "1",
/// #         "controller": true,
/// #     }] },
/// # }))?;
/// let fact = kai_k8s::fact_with(&pod, &Details::default().with_workloads())?;
/// let Some(Observed::Pod(pod)) = fact else { panic!("it is a pod") };
/// assert_eq!(Workload::from(&pod).to_string(), "statefulset/db");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`fact`].
pub fn fact_with<T: Serialize>(
    object: &T,
    details: &Details,
) -> Result<Option<Observed>, ObjectError> {
    let json =
        serde_json::to_vec(object).map_err(|error| ObjectError { why: error.to_string() })?;
    let invalid = |error: crate::wire::WireError| ObjectError { why: error.to_string() };
    match item::read(&json, 0, None, details.pods()).map_err(invalid)? {
        Item::Fact { fact, .. } => Ok(Some(fact)),
        Item::Other => node::read(&json, 0).map_err(invalid),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1;
    use serde_json::{Value, json};
    use testkit::{ContainerFixture, PodFixture};

    use super::*;

    fn of(object: &Value) -> Observed {
        fact(object).unwrap().unwrap()
    }

    /// Each field that is read, as an API server has it.
    fn pods() -> Vec<Value> {
        let digest = format!("sha256:{}", "1".repeat(64));
        let bare = PodFixture::new("shop", "bare");
        let full = PodFixture::new("shop", "full")
            .init(ContainerFixture::new("setup", "init:1").status_image("init:s").terminated(0))
            .sidecar(ContainerFixture::new("mesh", "mesh:1").image_id("mesh@sha256:2").running())
            .container(ContainerFixture::new("app", "app:1").image_id("app@sha256:3").running())
            .container(ContainerFixture::new("idle", "idle:1").waiting("ImagePullBackOff"))
            .ephemeral(ContainerFixture::new("debug", "debug:1").image_id("sha256:4").running())
            .image_volume("data", "data:1", Some(&digest))
            .node("node-1");
        [bare, full].iter().map(PodFixture::to_json).collect()
    }

    #[test]
    fn a_pod_of_k8s_openapi_is_what_the_same_json_is() {
        for json in pods() {
            let mut expected = of(&json);
            let typed: v1::Pod = serde_json::from_value(json).unwrap();
            // What the oldest version does not know is lost before kai sees it.
            if serde_json::to_value(&typed).unwrap().pointer(VOLUME_STATUS).is_none() {
                let Observed::Pod(pod) = &mut expected else { panic!("it is a pod") };
                let volumes = pod.containers.iter_mut();
                volumes
                    .filter(|it| it.kind == kai_core::ContainerKind::ImageVolume)
                    .for_each(|it| it.image_id.clear());
            }
            assert_eq!(fact(&typed).unwrap().unwrap(), expected);
        }
    }

    const VOLUME_STATUS: &str = "/status/containerStatuses/0/volumeMounts/0/volumeStatus";

    #[test]
    fn namespaces_and_nodes_are_facts_and_other_kinds_are_none() {
        let metadata = json!({"name": "x", "uid": "u"});
        let namespace: v1::Namespace =
            serde_json::from_value(json!({"metadata": metadata})).unwrap();
        let expected = kai_core::Namespace::new("x").with_uid("u");
        assert_eq!(fact(&namespace).unwrap(), Some(Observed::Namespace(expected)));
        let node: v1::Node = serde_json::from_value(json!({"metadata": metadata})).unwrap();
        let expected = kai_core::Node::new("x").with_uid("u");
        assert_eq!(fact(&node).unwrap(), Some(Observed::Node(expected)));
        let secret: v1::Secret = serde_json::from_value(json!({"metadata": metadata})).unwrap();
        assert_eq!(fact(&secret).unwrap(), None);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        for (value, why) in [
            (json!(1), "neither a pod, a namespace nor a node"),
            (json!({"kind": "Pod"}), "`metadata.name` is missing"),
            (json!({"kind": "Pod", "metadata": {"name": "x"}, "spec": 1}), "cannot be read"),
        ] {
            let error = fact(&value).unwrap_err().to_string();
            assert!(error.contains(why), "{value}: {error}");
        }
    }
}
