//! What one object of a list is. The numbers are those of the fields in Kubernetes'
//! [definitions], which never change.
//!
//! [definitions]: https://github.com/kubernetes/api/blob/master/core/v1/generated.proto

use kai_core::{ContainerKind, Namespace, Node, Observed, Pod, PodFields};

use super::details;
use super::message::{Fault, Message, part, text, texts};
use crate::wire::pod_builder::{self, Identity, NodeSystem, PodBuilder, Stated};
use crate::wire::{self, ListKind};

/// An object of such a list, and its revision.
pub(in crate::wire) fn read(
    bytes: &[u8],
    kind: ListKind,
    fields: &PodFields,
) -> Result<(Observed, u64), Fault> {
    match kind {
        ListKind::Pods => pod(bytes, fields).map(|(pod, at)| (Observed::Pod(pod), at)),
        ListKind::Namespaces => namespace(bytes).map(|(it, at)| (Observed::Namespace(it), at)),
        ListKind::Nodes => node(bytes).map(|(node, at)| (Observed::Node(node), at)),
        ListKind::ReplicaSets | ListKind::Jobs => controller(bytes, kind),
    }
}

/// The revision of an object of any kind, of which nothing else is read.
pub(in crate::wire) fn revision(bytes: &[u8]) -> Result<u64, Fault> {
    let metadata = part(Message::new("Object", bytes), 1, "ObjectMeta")?;
    Ok(identity(metadata)?.1)
}

/// A pod, as far as an inventory needs it.
fn pod(bytes: &[u8], fields: &PodFields) -> Result<(Pod, u64), Fault> {
    let (mut metadata, mut spec, mut status) = (None, None, None);
    for field in Message::new("Pod", bytes) {
        let field = field?;
        match field.number {
            1 => field.only(&mut metadata, "ObjectMeta")?,
            2 => field.only(&mut spec, "PodSpec")?,
            3 => field.only(&mut status, "PodStatus")?,
            _ => {}
        }
    }
    let details = if fields.is_empty() {
        None
    } else {
        Some(details::of_pod(metadata.clone(), status.clone(), fields)?)
    };
    let (identity, revision) = identity(metadata)?;
    let phase = status.clone().map_or(Ok(""), |status| text(status, 1))?;
    let node = spec.clone().map_or(Ok(""), |spec| text(spec, 10))?;
    let mut draft = PodBuilder::new(identity, node, phase);
    if let Some(spec) = spec {
        containers(spec, &mut draft)?;
    }
    draft.specified();
    if let Some(status) = status {
        statuses(status, &mut draft)?;
    }
    draft.details(details);
    Ok((draft.finish(), revision))
}

/// A namespace, as far as an inventory needs it.
fn namespace(bytes: &[u8]) -> Result<(Namespace, u64), Fault> {
    let metadata = part(Message::new("Namespace", bytes), 1, "ObjectMeta")?;
    let (identity, revision) = identity(metadata)?;
    Ok((identity.into_namespace(), revision))
}

/// A node, as far as a report needs it.
fn node(bytes: &[u8]) -> Result<(Node, u64), Fault> {
    let (mut metadata, mut status) = (None, None);
    for field in Message::new("Node", bytes) {
        let field = field?;
        match field.number {
            1 => field.only(&mut metadata, "ObjectMeta")?,
            3 => field.only(&mut status, "NodeStatus")?,
            _ => {}
        }
    }
    let (identity, revision) = identity(metadata)?;
    let info = status.map(|status| part(status, 7, "NodeSystemInfo")).transpose()?.flatten();
    let Some(info) = info else {
        return Ok((identity.into_node(NodeSystem::default()), revision));
    };
    let [kernel_version, container_runtime_version, kubelet_version, operating_system, arch] =
        texts(info, [4, 6, 7, 9, 10])?;
    let system = NodeSystem {
        arch,
        operating_system,
        kernel_version,
        kubelet_version,
        container_runtime_version,
    };
    Ok((identity.into_node(system), revision))
}

/// An object of which only the metadata was listed, as far as it tells who controls it.
fn controller(bytes: &[u8], kind: ListKind) -> Result<(Observed, u64), Fault> {
    let metadata = part(Message::new("PartialObjectMetadata", bytes), 1, "ObjectMeta")?;
    let owner = metadata.clone().map(details::owner).transpose()?.flatten();
    let (identity, revision) = identity(metadata)?;
    Ok((pod_builder::controller(identity, kind, owner), revision))
}

/// Which object it is, and its revision.
fn identity(metadata: Option<Message<'_>>) -> Result<(Identity<'_>, u64), Fault> {
    let Some(metadata) = metadata else { return Ok((Identity::default(), 0)) };
    let [name, namespace, uid, revision] = texts(metadata, [1, 3, 5, 6])?;
    Ok((Identity { name, namespace, uid }, wire::revision(revision)))
}

fn containers(spec: Message<'_>, draft: &mut PodBuilder) -> Result<(), Fault> {
    for field in spec {
        let field = field?;
        match field.number {
            1 => {
                let path = [(2, "VolumeSource"), (30, "ImageVolumeSource")];
                if let Some((name, image)) = named_image(field.message("Volume")?, path)? {
                    draft.container(ContainerKind::ImageVolume, name, image);
                }
            }
            2 => container(field.message("Container")?, ContainerKind::Regular, draft)?,
            20 => container(field.message("Container")?, ContainerKind::Init, draft)?,
            34 => {
                let common = part(field.message("EphemeralContainer")?, 1, COMMON)?;
                let common = common.unwrap_or(Message::new(COMMON, &[]));
                container(common, ContainerKind::Ephemeral, draft)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The fields that an ephemeral container shares with others.
const COMMON: &str = "EphemeralContainerCommon";

fn container(
    container: Message<'_>,
    kind: ContainerKind,
    draft: &mut PodBuilder,
) -> Result<(), Fault> {
    let [name, image] = texts(container, [1, 2])?;
    draft.container(kind, name, image);
    Ok(())
}

/// The name of a volume or of its mount, and the image that a message in a message of it tells,
/// where these are there.
fn named_image<'m>(
    message: Message<'m>,
    [(outer, outer_name), (inner, inner_name)]: [(u32, &'static str); 2],
) -> Result<Option<(&'m str, &'m str)>, Fault> {
    let (mut name, mut source) = ("", None);
    for field in message {
        let field = field?;
        match field.number {
            1 => name = field.text()?,
            number if number == outer => field.only(&mut source, outer_name)?,
            _ => {}
        }
    }
    let Some(source) = source else { return Ok(None) };
    let image = part(source, inner, inner_name)?;
    image.map(|image| Ok((name, text(image, 1)?))).transpose()
}

fn statuses(status: Message<'_>, draft: &mut PodBuilder) -> Result<(), Fault> {
    for field in status {
        let field = field?;
        let kind = match field.number {
            8 => ContainerKind::Regular,
            10 => ContainerKind::Init,
            13 => ContainerKind::Ephemeral,
            _ => continue,
        };
        container_status(field.message("ContainerStatus")?, kind, draft)?;
    }
    Ok(())
}

fn container_status(
    status: Message<'_>,
    kind: ContainerKind,
    draft: &mut PodBuilder,
) -> Result<(), Fault> {
    let mut stated = Stated::default();
    for field in status {
        let field = field?;
        match field.number {
            1 => stated.name = field.text()?,
            // That it is there says it, though it may hold nothing.
            2 => stated.running |= part(field.message("ContainerState")?, 2, "Running")?.is_some(),
            6 => stated.image = field.text()?,
            7 => stated.image_id = field.text()?,
            8 => stated.container_id = field.text()?,
            12 => {
                let path = [(5, "VolumeStatus"), (1, "ImageVolumeStatus")];
                if let Some((name, image)) = named_image(field.message("VolumeMountStatus")?, path)?
                {
                    draft.mount(name, image);
                }
            }
            _ => {}
        }
    }
    draft.state(kind, stated);
    Ok(())
}
