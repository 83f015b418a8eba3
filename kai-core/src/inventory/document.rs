//! The JSON form of an inventory, written and read back.

use std::borrow::Cow;
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

/// The JSON form of an [`Inventory`]: the report that API v1 of Anchore takes, and that kai prints.
/// Reports of Go kai are read, too.
///
/// ```
/// # use kai_core::{Inventory, InventoryDocument};
/// let json = r#"{
///     "timestamp": "2026-11-23T15:21:38Z",
///     "results": [{ "namespace": "shop", "images": [{ "tag": "nginx:1.27" }] }],
///     "inventory_type": "kubernetes"
/// }"#;
/// let inventory = serde_json::from_str::<InventoryDocument>(json)?.into_inventory();
/// assert_eq!(inventory.namespaces()[0].images()[0].reference(), "nginx:1.27");
/// assert!(serde_json::to_string(&inventory.document())?.starts_with(r#"{"timestamp":"#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InventoryDocument<'a>(Cow<'a, Inventory>);

impl InventoryDocument<'_> {
    /// The inventory.
    #[must_use]
    pub fn into_inventory(self) -> Inventory {
        self.0.into_owned()
    }
}

impl Inventory {
    /// The inventory as it is written.
    #[must_use]
    pub fn document(&self) -> InventoryDocument<'_> {
        InventoryDocument(Cow::Borrowed(self))
    }
}

impl Serialize for InventoryDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inventory { taken_at, namespaces, server_version, cluster_name } = self.0.as_ref();
        let optional = usize::from(server_version.is_some()) + usize::from(cluster_name.is_some());
        let taken_at = Timestamp::try_from(*taken_at).map_err(ser::Error::custom)?;
        let mut report = serializer.serialize_struct("Inventory", 3 + optional)?;
        report.serialize_field("timestamp", &taken_at.to_string())?;
        report.serialize_field("results", &Results(namespaces))?;
        if let Some(version) = server_version {
            report.serialize_field("serverVersionMetadata", version)?;
        }
        if let Some(name) = cluster_name {
            report.serialize_field("cluster_name", name)?;
        }
        report.serialize_field("inventory_type", INVENTORY_TYPE)?;
        report.end()
    }
}

struct Results<'a>(&'a [NamespaceImages]);

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|NamespaceImages { name, images }| ResultEntry {
            namespace: name,
            images: images.iter().map(|image| ImageEntry {
                tag: image.reference(),
                digest: image.digest().map(Digest::as_str),
            }),
        }))
    }
}

#[derive(Serialize)]
struct ResultEntry<'a, I: Iterator<Item = ImageEntry<'a>> + Clone> {
    namespace: &'a str,
    #[serde(serialize_with = "each")]
    images: I,
}

#[derive(Serialize)]
struct ImageEntry<'a> {
    tag: &'a str,
    #[serde(rename = "repoDigest", skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
}

fn each<'a, S: Serializer>(
    images: &(impl Iterator<Item = ImageEntry<'a>> + Clone),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(images.clone())
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

impl<'de> Deserialize<'de> for InventoryDocument<'static> {
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
        Ok(Self(Cow::Owned(Inventory {
            taken_at: whole_seconds(SystemTime::from(taken_at)),
            namespaces: namespaces.collect(),
            server_version: report.server_version,
            cluster_name: report.cluster_name,
        })))
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
