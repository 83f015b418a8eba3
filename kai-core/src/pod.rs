//! The facts that a source yields: namespaces, nodes and pods with their containers.
//!
//! An empty text is an absent one, as in the [Kubernetes API].
//!
//! [Kubernetes API]: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

/// A namespace that exists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// `metadata.uid`, where the source fetches it.
    pub uid: Option<String>,
}

impl Namespace {
    /// A namespace of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), uid: None }
    }

    /// The same namespace with a uid.
    #[must_use]
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }
}

/// A node that exists.
///
/// ```
/// # use kai_core::Node;
/// let node = Node::new("worker-1").with_uid("6f0c…").with_arch("arm64");
/// assert_eq!(node.arch.as_deref(), Some("arm64"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Its name.
    pub name: String,
    /// `metadata.uid`, where the source fetches it.
    pub uid: Option<String>,
    /// `status.nodeInfo.architecture`, as `amd64`.
    pub arch: Option<String>,
    /// `status.nodeInfo.operatingSystem`, as `linux`.
    pub operating_system: Option<String>,
    /// `status.nodeInfo.kernelVersion`.
    pub kernel_version: Option<String>,
    /// `status.nodeInfo.kubeletVersion`, as `v1.36.3`.
    pub kubelet_version: Option<String>,
    /// `status.nodeInfo.containerRuntimeVersion`, as `containerd://2.1.4`.
    pub container_runtime_version: Option<String>,
}

impl Node {
    /// A node of this name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// The same node with a uid.
    #[must_use]
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// The same node with an architecture.
    #[must_use]
    pub fn with_arch(mut self, arch: impl Into<String>) -> Self {
        self.arch = Some(arch.into());
        self
    }

    /// The same node with an operating system.
    #[must_use]
    pub fn with_operating_system(mut self, system: impl Into<String>) -> Self {
        self.operating_system = Some(system.into());
        self
    }

    /// The same node with the version of its kernel.
    #[must_use]
    pub fn with_kernel_version(mut self, version: impl Into<String>) -> Self {
        self.kernel_version = Some(version.into());
        self
    }

    /// The same node with the version of its kubelet.
    #[must_use]
    pub fn with_kubelet_version(mut self, version: impl Into<String>) -> Self {
        self.kubelet_version = Some(version.into());
        self
    }

    /// The same node with the name and version of its container runtime.
    #[must_use]
    pub fn with_container_runtime_version(mut self, version: impl Into<String>) -> Self {
        self.container_runtime_version = Some(version.into());
        self
    }
}

/// A namespace that the user's choice leaves out of the inventory because it may not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The name of the namespace.
    pub namespace: String,
    /// Why it was skipped, as a lowercase fragment: "user `kai` cannot list pods …".
    pub reason: String,
}

impl Skipped {
    /// A namespace that is skipped for this reason.
    #[must_use]
    pub fn new(namespace: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), reason: reason.into() }
    }
}

/// Where a pod is in its life, see [pod phase].
///
/// [pod phase]: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PodPhase {
    /// Accepted, but a container has yet to start for the first time.
    Pending,
    /// Bound to a node, every container was started.
    Running,
    /// Every container ended well.
    Succeeded,
    /// Every container ended, one of them badly.
    Failed,
    /// Not known, or not reported.
    #[default]
    Unknown,
}

impl From<&str> for PodPhase {
    /// The phase of this name; [`PodPhase::Unknown`] for any other text.
    fn from(text: &str) -> Self {
        match text {
            "Pending" => Self::Pending,
            "Running" => Self::Running,
            "Succeeded" => Self::Succeeded,
            "Failed" => Self::Failed,
            _ => Self::Unknown,
        }
    }
}

/// A pod, as far as an inventory needs it.
///
/// ```
/// # use kai_core::{Container, ContainerKind, Pod, PodPhase};
/// let pod = Pod::new("shop", "web-0")
///     .with_phase(PodPhase::Running)
///     .with_container(Container::new(ContainerKind::Regular, "web", "nginx:1.27"));
/// assert_eq!(pod.containers[0].image, "nginx:1.27");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pod {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.uid`, where the source fetches it.
    pub uid: Option<String>,
    /// `spec.nodeName`: the node that the pod is bound to.
    pub node: Option<String>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// Its containers of every kind, image volumes included.
    pub containers: Vec<Container>,
    /// What only some need of it, where the source was asked for any of it.
    pub details: Option<Box<PodDetails>>,
}

/// What a source has to be asked for of a pod, see [`Details`](crate::Details).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PodDetails {
    /// The one of `metadata.ownerReferences` that is the controller.
    pub owner: Option<OwnerReference>,
    /// Those of `metadata.labels` that were asked for, each key once.
    pub labels: Vec<(Arc<str>, Box<str>)>,
    /// Those of `metadata.annotations` that were asked for, each key once.
    pub annotations: Vec<(Arc<str>, Box<str>)>,
    /// `metadata.creationTimestamp`.
    pub created: Option<SystemTime>,
    /// `status.startTime`: when the kubelet took the pod.
    pub started: Option<SystemTime>,
    /// When it was seen that it runs no longer, of one that is reported all the same, see
    /// [`Window::Since`](crate::Window::Since).
    pub ended: Option<SystemTime>,
}

/// An [owner] of an object, which controls it.
///
/// [owner]: https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OwnerReference {
    /// The group and version of its API, as `apps/v1`.
    pub api_version: Cow<'static, str>,
    /// Its kind, as `ReplicaSet`.
    pub kind: Cow<'static, str>,
    /// Its name.
    pub name: Box<str>,
}

impl OwnerReference {
    /// An owner of this kind and name.
    #[must_use]
    pub fn new(
        api_version: impl AsRef<str>,
        kind: impl AsRef<str>,
        name: impl Into<Box<str>>,
    ) -> Self {
        Self {
            api_version: usual(api_version.as_ref()),
            kind: usual(kind.as_ref()),
            name: name.into(),
        }
    }

    /// Whether it is a Job, whose pods are told apart by their times.
    pub(crate) fn is_job(&self) -> bool {
        self.kind == "Job"
    }

    /// Whether the pod itself tells the workload, and not its owner alone.
    pub(crate) fn is_told_by_the_pod(&self) -> bool {
        matches!(&*self.kind, "Node" | "ReplicationController")
    }
}

/// The words that nearly all owners have, which need no memory then.
const USUAL: [&str; 13] = [
    "apps/v1",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "batch/v1",
    "Job",
    "v1",
    "Node",
    "ReplicationController",
    "Deployment",
    "CronJob",
    "argoproj.io/v1alpha1",
    "Rollout",
];

fn usual(text: &str) -> Cow<'static, str> {
    let known = USUAL.into_iter().find(|word| *word == text);
    known.map_or_else(|| Cow::Owned(text.to_owned()), Cow::Borrowed)
}

/// The value of a key.
fn get<'e>(entries: &'e [(Arc<str>, Box<str>)], key: &str) -> Option<&'e str> {
    entries.iter().find(|(known, _)| **known == *key).map(|(_, value)| &**value)
}

/// Sets the value of a key.
fn set(entries: &mut Vec<(Arc<str>, Box<str>)>, key: Arc<str>, value: Box<str>) {
    match entries.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = value,
        None => entries.push((key, value)),
    }
}

/// An object that controls pods, and what controls it: of a `ReplicaSet` its Deployment, of a Job its
/// `CronJob`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Controller {
    /// `metadata.namespace`.
    pub namespace: Box<str>,
    /// The object itself.
    pub object: OwnerReference,
    /// The controller among its owners; `None`: it has none.
    pub owner: Option<OwnerReference>,
}

impl Controller {
    /// An object of a namespace, and what controls it.
    #[must_use]
    pub fn new(
        namespace: impl Into<Box<str>>,
        object: OwnerReference,
        owner: Option<OwnerReference>,
    ) -> Self {
        Self { namespace: namespace.into(), object, owner }
    }
}

impl Pod {
    /// A pod of this name, in no known phase, without containers.
    #[must_use]
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), ..Self::default() }
    }

    /// The same pod with a uid.
    #[must_use]
    pub fn with_uid(mut self, uid: impl Into<String>) -> Self {
        self.uid = Some(uid.into());
        self
    }

    /// The same pod on a node.
    #[must_use]
    pub fn with_node(mut self, node: impl Into<String>) -> Self {
        self.node = Some(node.into());
        self
    }

    /// The same pod in a phase.
    #[must_use]
    pub fn with_phase(mut self, phase: PodPhase) -> Self {
        self.phase = phase;
        self
    }

    /// The same pod with one more container.
    #[must_use]
    pub fn with_container(mut self, container: Container) -> Self {
        self.containers.push(container);
        self
    }

    /// The same pod with a controller.
    #[must_use]
    pub fn with_owner(mut self, owner: OwnerReference) -> Self {
        self.details_mut().owner = Some(owner);
        self
    }

    /// The same pod with a label.
    #[must_use]
    pub fn with_label(mut self, key: impl Into<Arc<str>>, value: impl Into<Box<str>>) -> Self {
        set(&mut self.details_mut().labels, key.into(), value.into());
        self
    }

    /// The same pod with an annotation.
    #[must_use]
    pub fn with_annotation(mut self, key: impl Into<Arc<str>>, value: impl Into<Box<str>>) -> Self {
        set(&mut self.details_mut().annotations, key.into(), value.into());
        self
    }

    /// The same pod, created at a time.
    #[must_use]
    pub fn with_created(mut self, time: SystemTime) -> Self {
        self.details_mut().created = Some(time);
        self
    }

    /// The same pod, started at a time.
    #[must_use]
    pub fn with_started(mut self, time: SystemTime) -> Self {
        self.details_mut().started = Some(time);
        self
    }

    /// The same pod, which ended at a time and counts all the same.
    #[must_use]
    pub fn with_ended(mut self, time: SystemTime) -> Self {
        self.details_mut().ended = Some(time);
        self
    }

    fn details_mut(&mut self) -> &mut PodDetails {
        self.details.get_or_insert_default()
    }

    /// Its controller, where it has one and the source was asked for it.
    #[must_use]
    pub fn owner(&self) -> Option<&OwnerReference> {
        self.details.as_ref()?.owner.as_ref()
    }

    /// The value of a label, where it has one of this key and the source was asked for it.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        get(&self.details.as_ref()?.labels, key)
    }

    /// The value of an annotation, where it has one of this key and the source was asked for it.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        get(&self.details.as_ref()?.annotations, key)
    }

    /// When it was created, where that is known and the source was asked for it.
    #[must_use]
    pub fn created(&self) -> Option<SystemTime> {
        self.details.as_ref()?.created
    }

    /// When its node took it, where it has and the source was asked for it.
    #[must_use]
    pub fn started(&self) -> Option<SystemTime> {
        self.details.as_ref()?.started
    }

    /// When it ended, where it counts all the same since it ran before.
    #[must_use]
    pub fn ended(&self) -> Option<SystemTime> {
        self.details.as_ref()?.ended
    }

    /// Whether anything of the pod runs: its phase is Running, or a container of any kind does (a
    /// pod is Pending while one container waits for its first start, though others run).
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.phase == PodPhase::Running || self.containers.iter().any(|container| container.running)
    }
}

/// In which list of the pod's spec a container stands, in the order in which they start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ContainerKind {
    /// `spec.initContainers`, restartable ones (sidecars) included.
    Init,
    /// `spec.containers`.
    Regular,
    /// `spec.ephemeralContainers`, as `kubectl debug` adds them.
    Ephemeral,
    /// `spec.volumes[].image`: an [image that is mounted] and not run.
    ///
    /// [image that is mounted]: https://kubernetes.io/docs/concepts/storage/volumes/#image
    ImageVolume,
}

/// One use of an image by a pod: a container, or a volume that mounts the image.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Container {
    /// Which kind of use.
    pub kind: ContainerKind,
    /// The name of the container or volume, unique within the pod.
    pub name: String,
    /// `image` of the spec: what was asked for.
    pub image: String,
    /// `image` of the status: what the runtime calls it.
    pub status_image: String,
    /// `imageID` of the status; of an image volume, `volumeStatus.image.imageRef`.
    pub image_id: String,
    /// `containerID` of the status, with the runtime's scheme.
    pub container_id: String,
    /// Whether the status has `state.running`.
    pub running: bool,
}

impl Container {
    /// A container that was asked for, without a status.
    #[must_use]
    pub fn new(kind: ContainerKind, name: impl Into<String>, image: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            image: image.into(),
            status_image: String::new(),
            image_id: String::new(),
            container_id: String::new(),
            running: false,
        }
    }

    /// The same container with the image and the image ID of its status.
    #[must_use]
    pub fn with_status(mut self, image: impl Into<String>, image_id: impl Into<String>) -> Self {
        self.status_image = image.into();
        self.image_id = image_id.into();
        self
    }

    /// Whether it ran at some time, as its status says: it has an id.
    #[must_use]
    pub fn has_run(&self) -> bool {
        self.running || !self.container_id.is_empty()
    }

    /// The same container with its id.
    #[must_use]
    pub fn with_container_id(mut self, id: impl Into<String>) -> Self {
        self.container_id = id.into();
        self
    }

    /// The same container, running.
    #[must_use]
    pub fn running(mut self) -> Self {
        self.running = true;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_setter_of_a_node_sets_its_own_field() {
        let node = Node::new("name")
            .with_uid("uid")
            .with_arch("arch")
            .with_operating_system("system")
            .with_kernel_version("kernel")
            .with_kubelet_version("kubelet")
            .with_container_runtime_version("runtime");
        let Node {
            name,
            uid,
            arch,
            operating_system,
            kernel_version,
            kubelet_version,
            container_runtime_version,
        } = node;
        let said = [
            uid,
            arch,
            operating_system,
            kernel_version,
            kubelet_version,
            container_runtime_version,
        ];
        assert_eq!(name, "name");
        assert_eq!(
            said.map(Option::unwrap),
            ["uid", "arch", "system", "kernel", "kubelet", "runtime"]
        );
    }

    #[test]
    fn a_node_of_which_only_the_name_is_known_says_nothing_else() {
        assert_eq!(Node::new("name"), Node { name: "name".to_owned(), ..Node::default() });
        assert_eq!(Node::new("name").arch, None);
    }
}
