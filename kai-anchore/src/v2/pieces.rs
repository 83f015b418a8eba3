//! The JSON of API v2, generated in pieces.

use std::sync::Arc;

use jiff::Timestamp;
use kai_core::{ClusterReport, ContainerId, ContainerRow, ContainerTable, Node, PodRow};
use serde::Serialize;

use crate::error::DeliveryError;

/// Approximate size of a piece, in bytes.
const PIECE: usize = 64 * 1024;

/// The pieces of a report, in order: the whole body is never in memory.
#[derive(Clone)]
pub(crate) struct Pieces {
    table: Arc<ContainerTable>,
    opening: Arc<[u8]>,
    closing: Arc<[u8]>,
    place: Place,
    /// Whether the current list has no entry yet.
    first: bool,
}

/// What is written next.
#[derive(Clone, Copy)]
enum Place {
    Opening,
    /// The entry at this index of a list, or the list's end.
    Within(List, usize),
    Closing,
    Done,
}

/// The lists of a report, in order.
#[derive(Clone, Copy)]
enum List {
    Containers,
    Namespaces,
    Nodes,
    Pods,
}

#[derive(Serialize)]
struct ContainerEntry<'a> {
    id: ContainerId<'a>,
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
    /// The pieces of a report on a cluster of this name.
    ///
    /// # Errors
    /// When the report can't be encoded for v2.
    pub(crate) fn of(cluster_name: &str, report: &ClusterReport) -> Result<Self, DeliveryError> {
        let inventory = &report.inventory;
        let table = report.containers.as_ref().ok_or(DeliveryError::NoContainers)?;
        if table.lacks_namespaces() {
            return Err(DeliveryError::NoNamespaceUid);
        }
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
            table: Arc::clone(table),
            opening: opening.into(),
            closing: closing.into(),
            place: Place::Opening,
            first: true,
        })
    }

    /// Writes the next part.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<(), DeliveryError> {
        self.place = match self.place {
            Place::Opening => {
                out.extend_from_slice(&self.opening);
                Place::Within(List::Containers, 0)
            }
            Place::Within(list, at) if at < list.len(&self.table) => {
                list.write(&self.table, at, &mut Entries { out, first: &mut self.first })?;
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
                // With headroom for the last entry, which may exceed `PIECE`.
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
    /// The JSON before its entries.
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

    /// The number of indices; containers are indexed by pod.
    fn len(self, of: &ContainerTable) -> usize {
        match self {
            Self::Containers | Self::Pods => of.pod_count(),
            Self::Namespaces => of.namespaces().len(),
            Self::Nodes => of.nodes().len(),
        }
    }

    fn write(
        self,
        of: &ContainerTable,
        at: usize,
        to: &mut Entries<'_>,
    ) -> Result<(), DeliveryError> {
        match self {
            Self::Containers => {
                let Some(pod) = of.pod(at) else { return Ok(()) };
                let mut containers = of.containers_of(at);
                containers.try_for_each(|row| to.push(&ContainerEntry::new(&row, &pod)))
            }
            Self::Namespaces => {
                let namespace = &of.namespaces()[at];
                to.push(&NamespaceEntry { name: &namespace.name, uid: namespace.uid.as_deref() })
            }
            Self::Nodes => to.push(&NodeEntry::new(&of.nodes()[at])),
            Self::Pods => of.pod(at).map_or(Ok(()), |pod| to.push(&PodEntry::new(&pod))),
        }
    }
}

impl<'a> ContainerEntry<'a> {
    fn new(row: &ContainerRow<'a>, pod: &PodRow<'a>) -> Self {
        Self {
            id: row.id,
            image_digest: row.image.digest().map_or("", |digest| digest.as_str()),
            image_tag: row.image.reference(),
            name: row.name,
            pod_uid: pod.uid,
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
    fn new(pod: &PodRow<'a>) -> Self {
        Self {
            name: pod.name,
            uid: pod.uid,
            namespace_uid: pod.namespace.uid.as_deref(),
            node_uid: pod.node.and_then(|node| node.uid.as_deref()),
        }
    }
}

/// Writes the entries of one list.
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
