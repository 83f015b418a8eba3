//! One item in JSON: the fields of a namespace or pod that an inventory needs, borrowed.

mod details;
#[cfg(feature = "cluster")]
pub(crate) mod metadata;
pub(crate) mod node;

use kai_core::{ContainerKind, Observed, Pod, PodFields};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::WireError;
use super::lenient::{List, Text, offset, reason};
use super::pod_builder::{Identity, PodBuilder, Stated};

/// What an item turned out to be.
#[derive(Debug)]
pub(crate) enum Item {
    /// A namespace or pod. `assumed` where neither the item nor its list says so.
    Fact { fact: Observed, assumed: bool },
    /// Something of another kind.
    Other,
}

/// Reads an item that begins at a position, of a pod also these fields. Its own kind decides; without one its list's, where
/// that is known; else it is a pod.
pub(crate) fn read(
    json: &[u8],
    at: u64,
    list_kind: Option<&str>,
    fields: &PodFields,
) -> Result<Item, WireError> {
    let object: Object<'_> = match serde_json::from_slice(json) {
        Ok(object) => object,
        // What is no pod may have fields of the same names and other types.
        Err(error) => {
            return if is_other(json, list_kind) {
                Ok(Item::Other)
            } else {
                Err(invalid(json, at, &error))
            };
        }
    };
    let kind = match (&*object.kind, list_kind) {
        ("", Some(list_kind)) => list_kind.strip_suffix("List").unwrap_or(list_kind),
        (kind, _) => kind,
    };
    let assumed = kind.is_empty();
    let fact = match kind {
        "Pod" | "" => {
            let mut pod = object.pod();
            if !fields.is_empty() {
                let details = details::of_pod(&object, fields);
                let details =
                    details.map_err(|(what, why)| WireError::Invalid { at, what, why })?;
                pod.details = Some(Box::new(details));
            }
            Observed::Pod(pod)
        }
        "Namespace" => Observed::Namespace(object.identity().into_namespace()),
        _ => return Ok(Item::Other),
    };
    let fact = super::named(fact, at)?;
    Ok(Item::Fact { fact, assumed })
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, default)]
    kind: Text<'a>,
}

/// Whether an item is valid JSON that doesn't say what it is.
pub(crate) fn has_no_kind(json: &[u8]) -> bool {
    serde_json::from_slice(json).is_ok_and(|Kind { kind }| kind.is_empty())
}

/// Whether an item says by its kind that it is neither namespace nor pod.
fn is_other(json: &[u8], list_kind: Option<&str>) -> bool {
    let Ok(Kind { kind }) = serde_json::from_slice(json) else { return false };
    match (&*kind, list_kind) {
        ("", Some(list_kind)) => !matches!(list_kind, "List" | "PodList" | "NamespaceList"),
        (kind, _) => !matches!(kind, "" | "Pod" | "Namespace"),
    }
}

fn invalid(json: &[u8], at: u64, error: &serde_json::Error) -> WireError {
    WireError::Invalid {
        at: at + offset(json, error) as u64,
        what: format!("the item that begins at byte {at}"),
        why: reason(error),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    spec: Option<Spec<'a>>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    namespace: Text<'a>,
    #[serde(borrow)]
    uid: Text<'a>,
    // Read only where they are asked for.
    #[serde(borrow)]
    creation_timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    labels: Option<&'a RawValue>,
    #[serde(borrow)]
    annotations: Option<&'a RawValue>,
    #[serde(borrow)]
    owner_references: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec<'a> {
    #[serde(borrow)]
    node_name: Text<'a>,
    #[serde(borrow)]
    init_containers: List<ContainerSpec<'a>>,
    #[serde(borrow)]
    containers: List<ContainerSpec<'a>>,
    #[serde(borrow)]
    ephemeral_containers: List<ContainerSpec<'a>>,
    #[serde(borrow)]
    volumes: List<Volume<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerSpec<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    image: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Volume<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    image: Option<ImageVolumeSource<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ImageVolumeSource<'a> {
    #[serde(borrow)]
    reference: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow)]
    phase: Text<'a>,
    #[serde(borrow)]
    start_time: Option<&'a RawValue>,
    #[serde(borrow)]
    init_container_statuses: List<ContainerStatus<'a>>,
    #[serde(borrow)]
    container_statuses: List<ContainerStatus<'a>>,
    #[serde(borrow)]
    ephemeral_container_statuses: List<ContainerStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ContainerStatus<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    image: Text<'a>,
    #[serde(rename = "imageID", borrow)]
    image_id: Text<'a>,
    #[serde(rename = "containerID", borrow)]
    container_id: Text<'a>,
    state: Option<ContainerState>,
    #[serde(borrow)]
    volume_mounts: List<VolumeMountStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ContainerState {
    running: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct VolumeMountStatus<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    volume_status: Option<VolumeStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct VolumeStatus<'a> {
    #[serde(borrow)]
    image: Option<ImageVolumeStatus<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ImageVolumeStatus<'a> {
    #[serde(borrow)]
    image_ref: Text<'a>,
}

impl Metadata<'_> {
    fn identity(&self) -> Identity<'_> {
        Identity { name: &self.name, namespace: &self.namespace, uid: &self.uid }
    }
}

impl Object<'_> {
    fn identity(&self) -> Identity<'_> {
        self.metadata.as_ref().map_or_else(Identity::default, Metadata::identity)
    }

    fn pod(&self) -> Pod {
        let (no_spec, no_status) = (Spec::default(), Status::default());
        let spec = self.spec.as_ref().unwrap_or(&no_spec);
        let status = self.status.as_ref().unwrap_or(&no_status);
        let mut draft = PodBuilder::new(self.identity(), &spec.node_name, &status.phase);
        let kinds = [
            (ContainerKind::Regular, &spec.containers, &status.container_statuses),
            (ContainerKind::Init, &spec.init_containers, &status.init_container_statuses),
            (
                ContainerKind::Ephemeral,
                &spec.ephemeral_containers,
                &status.ephemeral_container_statuses,
            ),
        ];
        for (kind, specs, _) in kinds {
            for spec in &specs.0 {
                draft.container(kind, &spec.name, &spec.image);
            }
        }
        for volume in &spec.volumes.0 {
            if let Some(image) = &volume.image {
                draft.container(ContainerKind::ImageVolume, &volume.name, &image.reference);
            }
        }
        draft.specified();
        for (kind, _, statuses) in kinds {
            for status in &statuses.0 {
                status.tell(kind, &mut draft);
            }
        }
        draft.finish()
    }
}

impl ContainerStatus<'_> {
    fn tell(&self, kind: ContainerKind, draft: &mut PodBuilder) {
        draft.state(
            kind,
            Stated {
                name: &self.name,
                image: &self.image,
                image_id: &self.image_id,
                container_id: &self.container_id,
                running: self.state.as_ref().is_some_and(|state| state.running.is_some()),
            },
        );
        for mount in &self.volume_mounts.0 {
            if let Some(VolumeStatus { image: Some(image) }) = &mount.volume_status {
                draft.mount(&mount.name, &image.image_ref);
            }
        }
    }
}
