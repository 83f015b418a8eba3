//! What only some queries ask of a pod: who controls it, labels, annotations and times.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use kai_core::{OwnerReference, PodDetails, PodFields};

use super::message::{Fault, Message, part, texts};
use crate::wire::pod_builder::time;

/// The fields of a pod's `ObjectMeta` and `PodStatus` that are asked for.
pub(super) fn of_pod(
    metadata: Option<Message<'_>>,
    status: Option<Message<'_>>,
    fields: &PodFields,
) -> Result<PodDetails, Fault> {
    let mut details = PodDetails::default();
    for field in metadata.into_iter().flatten() {
        let field = field?;
        match field.number {
            8 if fields.times() => details.created = timestamp(field.message(TIME)?)?,
            11 => entry(field.message("labels")?, fields.labels(), &mut details.labels)?,
            12 => {
                let entries = field.message("annotations")?;
                entry(entries, fields.annotations(), &mut details.annotations)?;
            }
            13 if fields.owner() && details.owner.is_none() => {
                details.owner = controller(field.message(OWNER)?)?;
            }
            _ => {}
        }
    }
    if let (true, Some(status)) = (fields.times(), status) {
        details.started = part(status, 7, TIME)?.map(timestamp).transpose()?.flatten();
    }
    Ok(details)
}

const TIME: &str = "Time";
const OWNER: &str = "OwnerReference";

/// Of an object's owners, the one that controls it.
pub(super) fn owner(metadata: Message<'_>) -> Result<Option<OwnerReference>, Fault> {
    for field in metadata {
        let field = field?;
        if field.number == 13
            && let Some(owner) = controller(field.message(OWNER)?)?
        {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// An owner, where it is the controller.
fn controller(owner: Message<'_>) -> Result<Option<OwnerReference>, Fault> {
    for field in owner.clone() {
        let field = field?;
        if field.number == 6 && field.integer()? != 0 {
            let [kind, name, api_version] = texts(owner, [1, 3, 5])?;
            return Ok(Some(OwnerReference::new(api_version, kind, name)));
        }
    }
    Ok(None)
}

/// One entry of a map, where its key is asked for.
fn entry(
    entry: Message<'_>,
    keys: &BTreeSet<Arc<str>>,
    entries: &mut Vec<(Arc<str>, Box<str>)>,
) -> Result<(), Fault> {
    if keys.is_empty() {
        return Ok(());
    }
    let [key, value] = texts(entry, [1, 2])?;
    if let Some(key) = keys.get(key) {
        // Of a key that stands there twice, the last value counts, as in every map of protobuf.
        entries.retain(|(known, _)| known != key);
        entries.push((Arc::clone(key), value.into()));
    }
    Ok(())
}

/// A time: seconds since the epoch, and nothing where there are none.
fn timestamp(time_message: Message<'_>) -> Result<Option<SystemTime>, Fault> {
    for field in time_message {
        let field = field?;
        if field.number == 1 {
            return Ok(time(field.integer()?));
        }
    }
    Ok(None)
}
