//! A [CycloneDX] 1.6 document that lists the images of a cluster, and not what is in them.
//!
//! [CycloneDX]: https://cyclonedx.org/docs/1.6/json/

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use kai_core::{ClusterReport, Details, Digest, Image};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::columns::rfc3339;
use super::purl::purl;
use super::{Presenter, View};

pub(super) struct Cyclonedx;

impl Presenter for Cyclonedx {
    fn needs(&self, view: &View) -> Details {
        view.uses()
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let components = Components { all: components(report), view };
        let document =
            Document { report, components: &components, serial: serial(report, &components)? };
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }
}

struct Document<'r> {
    report: &'r ClusterReport,
    components: &'r Components<'r>,
    serial: String,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_map(None)?;
        document.serialize_entry("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json")?;
        document.serialize_entry("bomFormat", "CycloneDX")?;
        document.serialize_entry("specVersion", "1.6")?;
        document.serialize_entry("serialNumber", &self.serial)?;
        document.serialize_entry("version", &1)?;
        document.serialize_entry("metadata", &metadata(self.report))?;
        document.serialize_entry("components", self.components)?;
        document.end()
    }
}

fn metadata(report: &ClusterReport) -> Value {
    let name = report.inventory.cluster_name().or(report.cluster_uid.as_deref());
    let mut cluster = json!({
        "type": "platform",
        "bom-ref": "cluster",
        "name": name.unwrap_or("cluster"),
    });
    if let Some(version) = report.inventory.server_version() {
        cluster["version"] = version.git_version.as_str().into();
    }
    if let Some(uid) = &report.cluster_uid {
        cluster["properties"] = json!([property("kai:cluster-uid", uid)]);
    }
    json!({
        "timestamp": rfc3339(report.inventory.taken_at()),
        "lifecycles": [{"phase": "operations"}],
        "tools": {"components": [{
            "type": "application", "name": "kai", "version": env!("CARGO_PKG_VERSION"),
        }]},
        "component": cluster,
        "properties": [property("kai:content", "container images, without the packages in them")],
    })
}

fn property(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

/// What is known of an image.
#[derive(Default)]
struct Component<'r> {
    namespaces: BTreeSet<&'r str>,
    workloads: BTreeSet<String>,
    architectures: BTreeSet<&'r str>,
    pods: usize,
}

struct Components<'r> {
    all: BTreeMap<&'r Arc<Image>, Component<'r>>,
    view: &'r View,
}

fn components(report: &ClusterReport) -> BTreeMap<&Arc<Image>, Component<'_>> {
    let mut components: BTreeMap<_, Component<'_>> = BTreeMap::new();
    let Some(uses) = &report.uses else { return components };
    for row in uses.images() {
        components.entry(&row.image).or_default().pods = row.pods();
    }
    for row in uses.rows() {
        let component = components.entry(row.image).or_default();
        component.namespaces.insert(row.namespace);
        component.workloads.insert(format!("{}/{}", row.namespace, row.workload));
        component.architectures.extend(row.architectures.iter().map(|it| &**it));
    }
    components
}

impl Serialize for Components<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = self.all.iter().map(|(image, component)| component.to_json(image, self.view));
        serializer.collect_seq(all)
    }
}

impl Component<'_> {
    fn to_json(&self, image: &Image, view: &View) -> Value {
        // With several, none of them is the image's.
        let architecture = self.architectures.first().filter(|_| self.architectures.len() == 1);
        let namespaces = self.namespaces.iter().map(|name| property("kai:namespace", name));
        let workloads = self.workloads.iter().map(|name| property("kai:workload", name));
        let pods = property("kai:pods", &self.pods.to_string());
        let mut component = json!({
            "type": "container",
            "bom-ref": image.to_string(),
            "name": image.repository(),
            "version": image.digest().map_or(image.tag(), Digest::as_str),
        });
        if let Some(digest) = image.digest() {
            component["hashes"] = json!([{"alg": algorithm(digest), "content": digest.hex()}]);
        }
        component["purl"] = purl(image, architecture.copied(), view).into();
        component["properties"] = namespaces.chain(workloads).chain([pods]).collect();
        component
    }
}

/// The name of a hash, as `CycloneDX` has it.
fn algorithm(digest: &Digest) -> &'static str {
    match digest.algorithm() {
        "sha512" => "SHA-512",
        "blake3" => "BLAKE3",
        _ => "SHA-256",
    }
}

/// A serial number that follows from the cluster and what is listed, and not from the time: a
/// [UUID of version 8].
///
/// [UUID of version 8]: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
fn serial(report: &ClusterReport, components: &Components<'_>) -> io::Result<String> {
    let mut hash = Hashed(Context::new(&SHA256));
    let cluster = match &report.cluster_uid {
        Some(uid) => uid,
        None => report.inventory.cluster_name().unwrap_or_default(),
    };
    serde_json::to_writer(&mut hash, cluster)?;
    serde_json::to_writer(&mut hash, components)?;
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.0.finish().as_ref()[..16]);
    bytes[6] = 0x80 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let mut serial = String::from("urn:uuid:");
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            serial.push('-');
        }
        let _ = write!(serial, "{byte:02x}");
    }
    Ok(serial)
}

/// A writer into a hash.
struct Hashed(Context);

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
