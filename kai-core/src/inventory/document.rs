//! The inventory as the JSON report that Anchore takes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::Timestamp;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

use super::{Inventory, NamespaceImages, whole_seconds};
use crate::image::{Digest, Image, ReferenceError};
use crate::source::ServerVersion;

/// The one type of inventory that kai makes.
const INVENTORY_TYPE: &str = "kubernetes";

impl Serialize for Inventory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let optional =
            usize::from(self.server_version.is_some()) + usize::from(self.cluster_name.is_some());
        let taken_at = Timestamp::try_from(self.taken_at).map_err(ser::Error::custom)?;
        let mut report = serializer.serialize_struct("Inventory", 3 + optional)?;
        report.serialize_field("timestamp", &taken_at.to_string())?;
        report.serialize_field("results", &self.namespaces)?;
        if let Some(version) = &self.server_version {
            report.serialize_field("serverVersionMetadata", version)?;
        }
        if let Some(name) = &self.cluster_name {
            report.serialize_field("cluster_name", name)?;
        }
        report.serialize_field("inventory_type", INVENTORY_TYPE)?;
        report.end()
    }
}

impl Serialize for NamespaceImages {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut namespace = serializer.serialize_struct("NamespaceImages", 2)?;
        namespace.serialize_field("namespace", &self.name)?;
        namespace.serialize_field("images", &self.images)?;
        namespace.end()
    }
}

impl Serialize for Image {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = 1 + usize::from(self.digest().is_some());
        let mut image = serializer.serialize_struct("Image", fields)?;
        image.serialize_field("tag", self.reference())?;
        if let Some(digest) = self.digest() {
            image.serialize_field("repoDigest", digest.as_str())?;
        }
        image.end()
    }
}

/// A report as it is read; one of Go kai's has `null` for an empty list, and `""` for a digest
/// that is not known.
#[derive(Deserialize)]
struct Report {
    timestamp: String,
    #[serde(deserialize_with = "list_or_null")]
    results: Vec<ReportedNamespace>,
    #[serde(rename = "serverVersionMetadata")]
    server_version: Option<ServerVersion>,
    cluster_name: Option<String>,
    inventory_type: Option<String>,
}

#[derive(Deserialize)]
struct ReportedNamespace {
    namespace: String,
    #[serde(deserialize_with = "list_or_null")]
    images: Vec<ReportedImage>,
}

#[derive(Deserialize)]
struct ReportedImage {
    tag: String,
    #[serde(rename = "repoDigest")]
    digest: Option<String>,
}

fn list_or_null<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl<'de> Deserialize<'de> for Inventory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let report = Report::deserialize(deserializer)?;
        if let Some(other) = report.inventory_type.filter(|found| found != INVENTORY_TYPE) {
            let found = de::Unexpected::Str(&other);
            return Err(de::Error::invalid_value(found, &"inventory_type `kubernetes`"));
        }
        let taken_at: Timestamp = report.timestamp.parse().map_err(|_| {
            let found = de::Unexpected::Str(&report.timestamp);
            de::Error::invalid_value(found, &"a timestamp by RFC 3339")
        })?;

        let mut shared: HashSet<Arc<Image>> = HashSet::new();
        let mut namespaces: BTreeMap<String, BTreeSet<Arc<Image>>> = BTreeMap::new();
        for ReportedNamespace { namespace, images } in report.results {
            let known = namespaces.entry(namespace).or_default();
            for image in images {
                let image = Arc::new(image.parse().map_err(de::Error::custom)?);
                let image = shared.get(&image).cloned().unwrap_or(image);
                shared.insert(Arc::clone(&image));
                known.insert(image);
            }
        }
        let namespaces = namespaces
            .into_iter()
            .map(|(name, images)| NamespaceImages { name, images: images.into_iter().collect() });
        Ok(Self {
            taken_at: whole_seconds(SystemTime::from(taken_at)),
            namespaces: namespaces.collect(),
            server_version: report.server_version,
            cluster_name: report.cluster_name,
        })
    }
}

/// Which text of a report is not what it should be.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no {what}: {error}")]
struct InvalidText {
    text: String,
    what: &'static str,
    error: ReferenceError,
}

impl ReportedImage {
    fn parse(self) -> Result<Image, InvalidText> {
        let invalid = |text: &str, what| {
            let text = text.to_owned();
            move |error| InvalidText { text, what, error }
        };
        let digest = self
            .digest
            .filter(|digest| !digest.is_empty())
            .map(|digest| digest.parse::<Digest>().map_err(invalid(&digest, "digest")))
            .transpose()?;
        Image::parse(&self.tag, digest).map_err(invalid(&self.tag, "`repository:tag`"))
    }
}
