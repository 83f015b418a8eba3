//! One item of a list of metadata in JSON.

use kai_core::Observed;

use super::{Metadata, Object, WireError, details, invalid};
use crate::wire::ListKind;
use crate::wire::pod_builder::{self, Identity};

/// Reads the metadata of a `ReplicaSet` or Job that begins at a position; `None` where it says that it
/// is something else.
pub(crate) fn read(json: &[u8], at: u64, kind: ListKind) -> Result<Option<Observed>, WireError> {
    let object: Object<'_> =
        serde_json::from_slice(json).map_err(|error| invalid(json, at, &error))?;
    let of_kind = kind.controller().is_some_and(|(_, named)| *object.kind == *named);
    if !of_kind && !matches!(&*object.kind, "" | "PartialObjectMetadata") {
        return Ok(None);
    }
    let metadata = object.metadata.as_ref();
    let owner = details::owner(metadata.and_then(|metadata| metadata.owner_references))
        .map_err(|(what, why)| WireError::Invalid { at, what, why })?;
    let identity = metadata.map_or_else(Identity::default, Metadata::identity);
    crate::wire::named(pod_builder::controller(identity, kind, owner), at).map(Some)
}
