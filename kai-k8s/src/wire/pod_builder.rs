//! Builds facts from the fields of an object, whatever its encoding.

use std::time::{Duration, SystemTime};

use kai_core::{
    Container, ContainerKind, Controller, Namespace, Node, Observed, OwnerReference, Pod,
    PodDetails, PodPhase,
};

use super::ListKind;

/// The namespace of an object that names none, as kubectl has it.
const DEFAULT_NAMESPACE: &str = "default";
/// How many containers are looked through one by one for a name. More would take a hostile
/// server's time squared.
const FEW: usize = 16;

/// Of an object's metadata, what says which one it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Identity<'a> {
    pub(super) name: &'a str,
    pub(super) namespace: &'a str,
    pub(super) uid: &'a str,
}

impl Identity<'_> {
    pub(super) fn into_namespace(self) -> Namespace {
        let mut namespace = Namespace::new(self.name);
        namespace.uid = present(self.uid);
        namespace
    }

    pub(super) fn into_node(self, system: NodeSystem<'_>) -> Node {
        let mut node = Node::new(self.name);
        node.uid = present(self.uid);
        node.arch = present(system.arch);
        node.operating_system = present(system.operating_system);
        node.kernel_version = present(system.kernel_version);
        node.kubelet_version = present(system.kubelet_version);
        node.container_runtime_version = present(system.container_runtime_version);
        node
    }
}

/// What the status of a node says of its system.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NodeSystem<'a> {
    pub(super) arch: &'a str,
    pub(super) operating_system: &'a str,
    pub(super) kernel_version: &'a str,
    pub(super) kubelet_version: &'a str,
    pub(super) container_runtime_version: &'a str,
}

/// What the status of a container says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stated<'a> {
    pub(super) name: &'a str,
    pub(super) image: &'a str,
    pub(super) image_id: &'a str,
    pub(super) container_id: &'a str,
    pub(super) running: bool,
}

/// A pod in the making: first the containers of its spec, then what their statuses say.
#[derive(Debug)]
pub(super) struct PodBuilder {
    pod: Pod,
    /// Where the containers stand in the pod, in the order of kind and name; empty for a few.
    by_name: Vec<usize>,
}

impl PodBuilder {
    pub(super) fn new(identity: Identity<'_>, node: &str, phase: &str) -> Self {
        let namespace = match identity.namespace {
            "" => DEFAULT_NAMESPACE,
            named => named,
        };
        let mut pod = Pod::new(namespace, identity.name).with_phase(PodPhase::from(phase));
        pod.uid = present(identity.uid);
        pod.node = present(node);
        Self { pod, by_name: Vec::new() }
    }

    pub(super) fn container(&mut self, kind: ContainerKind, name: &str, image: &str) {
        self.pod.containers.push(Container::new(kind, name, image));
    }

    /// Ends the containers of the spec: initial ones come first, then regular and ephemeral ones,
    /// then image volumes.
    pub(super) fn specified(&mut self) {
        let containers = &mut self.pod.containers;
        containers.sort_by_key(|container| container.kind);
        if containers.len() > FEW {
            self.by_name = (0..containers.len()).collect();
            self.by_name.sort_by_key(|&at| (containers[at].kind, &*containers[at].name));
        }
    }

    /// Tells a container what its status says. Of several statuses of a name, the first counts.
    pub(super) fn state(&mut self, kind: ContainerKind, stated: Stated<'_>) {
        if let Some(container) = self.find(kind, stated.name)
            && !container.running
            && container.container_id.is_empty()
            && container.status_image.is_empty()
            && container.image_id.is_empty()
        {
            stated.image.clone_into(&mut container.status_image);
            stated.image_id.clone_into(&mut container.image_id);
            stated.container_id.clone_into(&mut container.container_id);
            container.running = stated.running;
        }
    }

    /// Tells an image volume what a container that mounts it knows of its image. The first one that
    /// knows counts.
    pub(super) fn mount(&mut self, volume: &str, image_ref: &str) {
        if let Some(volume) = self.find(ContainerKind::ImageVolume, volume)
            && volume.image_id.is_empty()
        {
            image_ref.clone_into(&mut volume.image_id);
        }
    }

    fn find(&mut self, kind: ContainerKind, name: &str) -> Option<&mut Container> {
        let containers = &mut self.pod.containers;
        if containers.len() <= FEW {
            return containers.iter_mut().find(|it| it.kind == kind && it.name == name);
        }
        let key = |&at: &usize| (containers[at].kind, &*containers[at].name);
        let first = self.by_name.partition_point(|at| key(at) < (kind, name));
        let at = *self.by_name.get(first).filter(|at| key(at) == (kind, name))?;
        containers.get_mut(at)
    }

    /// Adds what only some queries ask for.
    pub(super) fn details(&mut self, details: Option<PodDetails>) {
        self.pod.details = details.map(Box::new);
    }

    pub(super) fn finish(self) -> Pod {
        self.pod
    }
}

/// A `ReplicaSet` or Job, and the workload that controls it.
pub(super) fn controller(
    identity: Identity<'_>,
    kind: ListKind,
    owner: Option<OwnerReference>,
) -> Observed {
    let (api_version, kind) = kind.controller().unwrap_or_default();
    let object = OwnerReference::new(api_version, kind, identity.name);
    Observed::Controller(Box::new(Controller::new(identity.namespace, object, owner)))
}

/// A time of so many seconds since 1970, where a clock can show it.
pub(super) fn time(seconds: i64) -> Option<SystemTime> {
    let since = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(since)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(since)
    }
}

fn present(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(names: &[String]) -> PodBuilder {
        let mut draft = PodBuilder::new(Identity { name: "pod", ..Identity::default() }, "", "");
        for name in names {
            draft.container(ContainerKind::ImageVolume, name, "v");
            draft.container(ContainerKind::Regular, name, "r");
            draft.container(ContainerKind::Init, name, "i");
        }
        draft.specified();
        draft
    }

    #[test]
    fn each_container_gets_its_own_status_however_many_there_are() {
        for count in [1, 5, 6, 100] {
            let names: Vec<String> = (0..count).map(|number| format!("c{number}")).rev().collect();
            let mut draft = draft(&names);
            for name in &names {
                let stated = Stated { name, image: name, image_id: name, ..Stated::default() };
                draft.state(ContainerKind::Regular, stated);
                draft.state(ContainerKind::Regular, Stated { image: "second", ..stated });
                draft.mount(name, &format!("{name}@"));
                draft.mount(name, "second");
            }
            draft.state(ContainerKind::Regular, Stated { name: "other", ..Stated::default() });
            let containers = draft.finish().containers;
            for kind in [ContainerKind::Init, ContainerKind::Regular, ContainerKind::ImageVolume] {
                let of_kind = containers.iter().filter(|container| container.kind == kind);
                let told: Vec<_> =
                    of_kind.map(|it| (&*it.name, &*it.status_image, &*it.image_id)).collect();
                let volume = |name: &String| format!("{name}@");
                let expected = names.iter().map(|name| match kind {
                    ContainerKind::Init => (&**name, "", String::new()),
                    ContainerKind::Regular => (&**name, &**name, name.clone()),
                    _ => (&**name, "", volume(name)),
                });
                let expected: Vec<_> = expected.collect();
                let expected: Vec<_> = expected.iter().map(|(a, b, c)| (*a, *b, &**c)).collect();
                assert_eq!(told, expected, "{count} {kind:?}");
            }
            let kinds: Vec<_> = containers.iter().map(|container| container.kind).collect();
            assert!(kinds.is_sorted());
        }
    }
}
