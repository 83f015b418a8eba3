//! What one item is: the few fields of a namespace or pod that an inventory needs, borrowed.

mod lenient;
pub(super) mod node;

use kai_core::{ContainerKind, Excerpt, Observed, Pod};
use serde::Deserialize;
use serde::de::IgnoredAny;

pub(super) use self::lenient::Text;
use self::lenient::{Count, List};
use super::draft::{Draft, Identity, Stated};
use super::json::Document;
use super::{Continuation, WireError};

/// What stands around the items of a list, or at the head of a single object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow)]
    metadata: Option<ListMeta<'a>>,
    items: Option<Vec<IgnoredAny>>,
}

/// Of a list's metadata, what continues it, see [API concepts].
///
/// [API concepts]: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListMeta<'a> {
    #[serde(rename = "continue", borrow)]
    next: Text<'a>,
    #[serde(rename = "remainingItemCount")]
    remaining: Count,
}

impl<'a> Envelope<'a> {
    /// Reads what stood around the items.
    pub(crate) fn read(document: Document<'a>) -> Result<Self, WireError> {
        let invalid = |why, offset| WireError::Invalid {
            at: document.position(offset),
            what: "the document around its items".to_owned(),
            why,
        };
        let envelope: Self = serde_json::from_slice(document.json)
            .map_err(|error| invalid(reason(&error), offset(document.json, &error)))?;
        if envelope.items.as_ref().is_some_and(|items| !items.is_empty()) {
            return Err(invalid("the key `items` is written with escapes".to_owned(), 0));
        }
        Ok(envelope)
    }

    /// The kind of a list whose bytes end with the `[` of its items, where it stands before them.
    pub(crate) fn kind_so_far(json: &[u8]) -> Option<String> {
        let closed = [json, b"]}"].concat();
        let envelope: Envelope<'_> = serde_json::from_slice(&closed).ok()?;
        (!envelope.kind.is_empty()).then(|| envelope.kind.to_string())
    }

    /// Whether this is a list, and not a single object.
    pub(crate) fn is_list(&self) -> bool {
        self.items.is_some() || self.kind.ends_with("List")
    }

    /// What continues the list.
    pub(crate) fn continuation(&self) -> Result<Continuation, WireError> {
        let Some(metadata) = &self.metadata else { return Ok(Continuation::default()) };
        Continuation::new(&metadata.next, metadata.remaining.0)
    }
}

/// What an item turned out to be.
#[derive(Debug)]
pub(crate) enum Item {
    /// A namespace or pod. `assumed` where neither the item nor its list says so.
    Fact { fact: Observed, assumed: bool },
    /// Something of another kind.
    Other,
}

/// Reads an item that begins at a position. Its own kind decides; without one its list's, where
/// that is known; else it is a pod.
pub(crate) fn read(json: &[u8], at: u64, list_kind: Option<&str>) -> Result<Item, WireError> {
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
        "Pod" | "" => Observed::Pod(object.pod()),
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

/// Whether an item is a list of pods or namespaces that has no items.
pub(crate) fn is_empty_list(json: &[u8]) -> bool {
    let envelope: Result<Envelope<'_>, _> = serde_json::from_slice(json);
    envelope.is_ok_and(|it| {
        it.items.is_none() && matches!(&*it.kind, "List" | "PodList" | "NamespaceList")
    })
}

fn invalid(json: &[u8], at: u64, error: &serde_json::Error) -> WireError {
    WireError::Invalid {
        at: at + offset(json, error) as u64,
        what: format!("the item that begins at byte {at}"),
        why: reason(error),
    }
}

/// Where in its text an error is.
fn offset(json: &[u8], error: &serde_json::Error) -> usize {
    let lines = json.split_inclusive(|&byte| byte == b'\n').take(error.line().saturating_sub(1));
    let line_start: usize = lines.map(<[u8]>::len).sum();
    line_start + error.column().saturating_sub(1)
}

/// What an error says, but for its line and column, which would be those within the item.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    Excerpt(text.strip_suffix(&position).unwrap_or(&text)).to_string()
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
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    namespace: Text<'a>,
    #[serde(borrow)]
    uid: Text<'a>,
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
        let mut draft = Draft::new(self.identity(), &spec.node_name, &status.phase);
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
    fn tell(&self, kind: ContainerKind, draft: &mut Draft) {
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
