//! What only some queries ask of a pod in JSON: who controls it, labels, annotations and times.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use kai_core::{OwnerReference, PodDetails, PodFields};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Object;
use crate::wire::lenient::{List, Text, reason};
use crate::wire::pod_builder::time;

/// Entries of a map, each key once.
type Map = Vec<(Arc<str>, Box<str>)>;

/// Which field cannot be read, and why.
pub(super) type Fault = (String, String);

/// The fields of a pod that are asked for.
pub(super) fn of_pod(object: &Object<'_>, fields: &PodFields) -> Result<PodDetails, Fault> {
    let mut details = PodDetails::default();
    if let Some(metadata) = &object.metadata {
        if fields.owner() {
            details.owner = owner(metadata.owner_references)?;
        }
        if fields.times() {
            details.created = timestamp(metadata.creation_timestamp, "metadata.creationTimestamp")?;
        }
        details.labels = entries(metadata.labels, fields.labels(), "metadata.labels")?;
        details.annotations =
            entries(metadata.annotations, fields.annotations(), "metadata.annotations")?;
    }
    if let (true, Some(status)) = (fields.times(), &object.status) {
        details.started = timestamp(status.start_time, "status.startTime")?;
    }
    Ok(details)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Owner<'a> {
    #[serde(borrow)]
    api_version: Text<'a>,
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    controller: Option<bool>,
}

/// Of owners, the one that is the controller.
pub(super) fn owner(owners: Option<&RawValue>) -> Result<Option<OwnerReference>, Fault> {
    let Some(owners) = owners else { return Ok(None) };
    let List(owners): List<Owner<'_>> = serde_json::from_str(owners.get())
        .map_err(|error| invalid("metadata.ownerReferences", reason(&error)))?;
    let mut owners = owners.iter().filter(|owner| owner.controller == Some(true));
    Ok(owners
        .next()
        .map(|owner| OwnerReference::new(&*owner.api_version, &*owner.kind, &*owner.name)))
}

/// The entries of a map whose keys are asked for.
fn entries(map: Option<&RawValue>, keys: &BTreeSet<Arc<str>>, field: &str) -> Result<Map, Fault> {
    let Some(map) = map.filter(|_| !keys.is_empty()) else { return Ok(Vec::new()) };
    let mut json = serde_json::Deserializer::from_str(map.get());
    Entries(keys).deserialize(&mut json).map_err(|error| invalid(field, reason(&error)))
}

struct Entries<'k>(&'k BTreeSet<Arc<str>>);

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = Map;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = Map;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Self::Value = Vec::new();
        while let Some(key) = map.next_key::<Text<'de>>()? {
            if let Some(key) = self.0.get(&*key) {
                let value = map.next_value::<Text<'de>>()?;
                entries.retain(|(known, _)| known != key);
                entries.push((Arc::clone(key), (*value).into()));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(entries)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }
}

/// A [time] by RFC 3339; `None` where there is none, or one that no clock shows: a report is worth
/// more than the age of a pod.
///
/// [time]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
fn timestamp(text: Option<&RawValue>, field: &str) -> Result<Option<SystemTime>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let text: Text<'_> =
        serde_json::from_str(text.get()).map_err(|error| invalid(field, reason(&error)))?;
    Ok(text.parse::<jiff::Timestamp>().ok().and_then(|read| time(read.as_second())))
}

fn invalid(field: &str, why: String) -> Fault {
    (format!("`{field}` of the item that begins here"), why)
}
