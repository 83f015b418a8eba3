mod container;

use serde_json::{Map, Value, json};

pub use container::ContainerFixture;

/// A pod with its status, as JSON: for a file, for an answer of a fake server, or for
/// [`Api::create_pod`](crate::Api::create_pod) on the real one.
///
/// ```
/// use testkit::{ContainerFixture, PodFixture};
///
/// let pod = PodFixture::new("shop", "web-1")
///     .init(ContainerFixture::new("migrate", "migrate:v4").terminated(0))
///     .container(ContainerFixture::new("web", "nginx").image_id("sha256:0a1b").running())
///     .to_json();
/// assert_eq!(pod["status"]["containerStatuses"][0]["imageID"], "sha256:0a1b");
/// ```
#[derive(Debug, Clone)]
pub struct PodFixture {
    metadata: Map<String, Value>,
    node: Option<String>,
    phase: String,
    containers: Vec<ContainerFixture>,
    inits: Vec<ContainerFixture>,
    ephemerals: Vec<ContainerFixture>,
    volumes: Vec<ImageVolume>,
}

#[derive(Debug, Clone)]
struct ImageVolume {
    name: String,
    reference: String,
    digest: Option<String>,
}

impl PodFixture {
    /// A running pod without containers.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        let mut metadata = Map::new();
        metadata.insert("name".to_owned(), name.into());
        metadata.insert("namespace".to_owned(), namespace.into());
        Self {
            metadata,
            node: None,
            phase: "Running".to_owned(),
            containers: Vec::new(),
            inits: Vec::new(),
            ephemerals: Vec::new(),
            volumes: Vec::new(),
        }
    }

    /// Adds a container.
    #[must_use]
    pub fn container(mut self, container: ContainerFixture) -> Self {
        self.containers.push(container);
        self
    }

    /// Adds an init container.
    #[must_use]
    pub fn init(mut self, container: ContainerFixture) -> Self {
        self.inits.push(container);
        self
    }

    /// Adds a sidecar: an init container that is kept running.
    #[must_use]
    pub fn sidecar(self, container: ContainerFixture) -> Self {
        self.init(container.restarted_always())
    }

    /// Adds an ephemeral container, as `kubectl debug` does.
    #[must_use]
    pub fn ephemeral(mut self, container: ContainerFixture) -> Self {
        self.ephemerals.push(container);
        self
    }

    /// Adds a volume made from an image, mounted by the first container. A digest is told in
    /// that container's status, so it needs one.
    #[must_use]
    pub fn image_volume(mut self, name: &str, reference: &str, digest: Option<&str>) -> Self {
        self.volumes.push(ImageVolume {
            name: name.to_owned(),
            reference: reference.to_owned(),
            digest: digest.map(str::to_owned),
        });
        self
    }

    /// Sets the phase, `Running` otherwise.
    #[must_use]
    pub fn phase(mut self, phase: &str) -> Self {
        phase.clone_into(&mut self.phase);
        self
    }

    /// Puts the pod on a node; it may be one that does not exist.
    #[must_use]
    pub fn node(mut self, name: &str) -> Self {
        self.node = Some(name.to_owned());
        self
    }

    /// Sets the unique id; a server replaces it by its own.
    #[must_use]
    pub fn uid(mut self, uid: &str) -> Self {
        self.metadata.insert("uid".to_owned(), uid.into());
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(self, key: &str, value: &str) -> Self {
        self.tag("labels", key, value)
    }

    /// Adds an annotation.
    #[must_use]
    pub fn annotation(self, key: &str, value: &str) -> Self {
        self.tag("annotations", key, value)
    }

    fn tag(mut self, map: &str, key: &str, value: &str) -> Self {
        let tags = self.metadata.entry(map).or_insert_with(|| json!({}));
        tags[key] = value.into();
        self
    }

    /// The pod as the API server writes a single one.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": self.metadata,
            "spec": self.spec(),
            "status": self.status(),
        })
    }

    fn spec(&self) -> Value {
        let specs = |containers: &[ContainerFixture]| -> Vec<Value> {
            containers.iter().map(ContainerFixture::spec).collect()
        };
        let mut containers = specs(&self.containers);
        let mut volumes = Vec::new();
        for ImageVolume { name, reference, .. } in &self.volumes {
            volumes.push(json!({
                "name": name,
                "image": {"reference": reference, "pullPolicy": "IfNotPresent"},
            }));
            if let Some(first) = containers.first_mut() {
                push(
                    first,
                    "volumeMounts",
                    json!({"name": name, "mountPath": mount_path(name), "readOnly": true}),
                );
            }
        }
        let mut spec = Map::new();
        spec.insert("containers".to_owned(), containers.into());
        for (key, list) in [
            ("initContainers", specs(&self.inits)),
            ("ephemeralContainers", specs(&self.ephemerals)),
            ("volumes", volumes),
        ] {
            if !list.is_empty() {
                spec.insert(key.to_owned(), list.into());
            }
        }
        if let Some(node) = &self.node {
            spec.insert("nodeName".to_owned(), node.as_str().into());
        }
        spec.into()
    }

    fn status(&self) -> Value {
        let statuses = |containers: &[ContainerFixture]| -> Vec<Value> {
            containers.iter().filter_map(ContainerFixture::status).collect()
        };
        let mut running = statuses(&self.containers);
        if let Some(first) = running.first_mut() {
            for ImageVolume { name, digest, .. } in &self.volumes {
                let Some(digest) = digest else { continue };
                let mount = json!({
                    "name": name,
                    "mountPath": mount_path(name),
                    "readOnly": true,
                    "recursiveReadOnly": "Disabled",
                    "volumeStatus": {"image": {"imageRef": digest}},
                });
                push(first, "volumeMounts", mount);
            }
        }
        let mut status = Map::new();
        status.insert("phase".to_owned(), self.phase.as_str().into());
        for (key, list) in [
            ("containerStatuses", running),
            ("initContainerStatuses", statuses(&self.inits)),
            ("ephemeralContainerStatuses", statuses(&self.ephemerals)),
        ] {
            if !list.is_empty() {
                status.insert(key.to_owned(), list.into());
            }
        }
        status.into()
    }
}

fn mount_path(volume: &str) -> String {
    format!("/volumes/{volume}")
}

/// Appends to a list that may not be there yet.
fn push(object: &mut Value, key: &str, item: Value) {
    match &mut object[key] {
        Value::Array(items) => items.push(item),
        missing => *missing = json!([item]),
    }
}
