//! The JSON of API v2, piece by piece.

use std::sync::Arc;

use jiff::Timestamp;
use kai_core::{Inventory, Node};
use serde::Serialize;

use super::ids::Id;
use super::inventory::KubernetesInventory;
use crate::error::DeliveryError;

/// About how long a piece is, in bytes.
const PIECE: usize = 64 * 1024;

/// The pieces of a report, in their order: the whole of it never is in memory.
#[derive(Clone)]
pub(crate) struct Pieces {
    kubernetes: Arc<KubernetesInventory>,
    opening: Arc<[u8]>,
    closing: Arc<[u8]>,
    place: Place,
    /// Whether the list at hand has no entry yet.
    first: bool,
}

/// What is written next.
#[derive(Clone, Copy)]
enum Place {
    Opening,
    /// What a list has at this place, or its end.
    Within(List, usize),
    Closing,
    Done,
}

/// The lists of a report, in their order.
#[derive(Clone, Copy)]
enum List {
    Containers,
    Namespaces,
    Nodes,
    Pods,
}

#[derive(Serialize)]
struct ContainerEntry<'a> {
    id: Id<'a>,
    image_digest: &'a str,
    image_tag: &'a str,
    name: &'a str,
    pod_uid: &'a str,
}

#[derive(Serialize)]
struct NamespaceEntry<'a> {
    name: &'a str,
    uid: Option<&'a str>,
}

#[derive(Serialize)]
struct NodeEntry<'a> {
    name: &'a str,
    uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operating_system: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kubelet_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container_runtime_version: Option<&'a str>,
}

#[derive(Serialize)]
struct PodEntry<'a> {
    name: &'a str,
    uid: &'a str,
    namespace_uid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    node_uid: Option<&'a str>,
}

impl Pieces {
    pub(crate) fn new(
        cluster_name: &str,
        inventory: &Inventory,
        kubernetes: &Arc<KubernetesInventory>,
    ) -> Result<Self, DeliveryError> {
        let taken_at = Timestamp::try_from(inventory.taken_at())
            .map_err(|error| DeliveryError::Json(error.to_string()))?;
        let mut opening = Vec::new();
        opening.extend_from_slice(b"{\"cluster_name\":");
        write(&mut opening, &cluster_name)?;
        opening.extend_from_slice(List::Containers.opening());
        let mut closing = Vec::new();
        if let Some(version) = inventory.server_version() {
            closing.extend_from_slice(b",\"serverVersionMetadata\":");
            write(&mut closing, version)?;
        }
        closing.extend_from_slice(b",\"timestamp\":");
        write(&mut closing, &taken_at.to_string())?;
        closing.push(b'}');
        Ok(Self {
            kubernetes: Arc::clone(kubernetes),
            opening: opening.into(),
            closing: closing.into(),
            place: Place::Opening,
            first: true,
        })
    }

    /// Writes what is next.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<(), DeliveryError> {
        self.place = match self.place {
            Place::Opening => {
                out.extend_from_slice(&self.opening);
                Place::Within(List::Containers, 0)
            }
            Place::Within(list, at) if at < list.len(&self.kubernetes) => {
                list.write(&self.kubernetes, at, &mut Entries { out, first: &mut self.first })?;
                Place::Within(list, at + 1)
            }
            Place::Within(list, _) => {
                out.push(b']');
                self.first = true;
                list.next().map_or(Place::Closing, |next| {
                    out.extend_from_slice(next.opening());
                    Place::Within(next, 0)
                })
            }
            Place::Closing => {
                out.extend_from_slice(&self.closing);
                Place::Done
            }
            Place::Done => Place::Done,
        };
        Ok(())
    }
}

impl Iterator for Pieces {
    type Item = Result<Vec<u8>, DeliveryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut out = Vec::new();
        while out.len() < PIECE && !matches!(self.place, Place::Done) {
            if out.capacity() == 0 {
                // With room for what the last entry exceeds it by.
                out.reserve(PIECE + PIECE / 16);
            }
            if let Err(error) = self.step(&mut out) {
                self.place = Place::Done;
                return Some(Err(error));
            }
        }
        (!out.is_empty()).then_some(Ok(out))
    }
}

impl List {
    /// What stands before its entries.
    fn opening(self) -> &'static [u8] {
        match self {
            Self::Containers => b",\"containers\":[",
            Self::Namespaces => b",\"namespaces\":[",
            Self::Nodes => b",\"nodes\":[",
            Self::Pods => b",\"pods\":[",
        }
    }

    fn next(self) -> Option<Self> {
        match self {
            Self::Containers => Some(Self::Namespaces),
            Self::Namespaces => Some(Self::Nodes),
            Self::Nodes => Some(Self::Pods),
            Self::Pods => None,
        }
    }

    /// How many places it has; those of containers are their pods.
    fn len(self, of: &KubernetesInventory) -> usize {
        match self {
            Self::Containers | Self::Pods => of.order.len(),
            Self::Namespaces => of.namespaces.len(),
            Self::Nodes => of.nodes.len(),
        }
    }

    fn write(
        self,
        of: &KubernetesInventory,
        at: usize,
        to: &mut Entries<'_>,
    ) -> Result<(), DeliveryError> {
        match self {
            Self::Containers => {
                let pod = of.order[at];
                let mut containers = of.pods.containers(pod, &of.containers);
                containers.try_for_each(|number| to.push(&ContainerEntry::new(of, pod, number)))
            }
            Self::Namespaces => {
                let namespace = &of.namespaces[at];
                to.push(&NamespaceEntry { name: &namespace.name, uid: namespace.uid.as_deref() })
            }
            Self::Nodes => to.push(&NodeEntry::new(&of.nodes[at])),
            Self::Pods => to.push(&PodEntry::new(of, of.order[at])),
        }
    }
}

impl<'a> ContainerEntry<'a> {
    fn new(of: &'a KubernetesInventory, pod: usize, number: usize) -> Self {
        let used = of.containers.used(number);
        Self {
            id: of.containers.id(number),
            image_digest: used.image.digest().map_or("", |digest| digest.as_str()),
            image_tag: used.image.reference(),
            name: &used.name,
            pod_uid: of.pods.uid(pod),
        }
    }
}

impl<'a> NodeEntry<'a> {
    fn new(node: &'a Node) -> Self {
        Self {
            name: &node.name,
            uid: node.uid.as_deref(),
            arch: node.arch.as_deref(),
            operating_system: node.operating_system.as_deref(),
            kernel_version: node.kernel_version.as_deref(),
            kubelet_version: node.kubelet_version.as_deref(),
            container_runtime_version: node.container_runtime_version.as_deref(),
        }
    }
}

impl<'a> PodEntry<'a> {
    fn new(of: &'a KubernetesInventory, number: usize) -> Self {
        let pod = of.pods.get(number);
        Self {
            name: of.pods.name(number),
            uid: of.pods.uid(number),
            namespace_uid: of.namespaces[pod.namespace].uid.as_deref(),
            node_uid: pod.node.and_then(|node| of.nodes[node].uid.as_deref()),
        }
    }
}

/// The entries of one list, as they are written.
struct Entries<'a> {
    out: &'a mut Vec<u8>,
    first: &'a mut bool,
}

impl Entries<'_> {
    fn push(&mut self, entry: &impl Serialize) -> Result<(), DeliveryError> {
        if !std::mem::take(self.first) {
            self.out.push(b',');
        }
        write(self.out, entry)
    }
}

fn write(out: &mut Vec<u8>, value: &impl Serialize) -> Result<(), DeliveryError> {
    serde_json::to_writer(out, value).map_err(|error| DeliveryError::Json(error.to_string()))
}
