use std::cell::Cell;
use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::ser::{PrettyFormatter, Serializer as JsonSerializer};
use serde_json::{Value, json};

use super::Load;

/// How a file of a load is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Namespaces and pods as `kubectl get namespaces,pods -A -o json` prints them: a `List`,
    /// indented, each item with its kind.
    List,
    /// Pods as the API server sends them: a `PodList` on one line, its items without kind.
    PodList,
}

impl Load {
    /// Writes the load, one item at a time.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write(&self, out: &mut impl Write, shape: Shape) -> io::Result<()> {
        match shape {
            Shape::List => self.write_list(out),
            Shape::PodList => self.write_pod_list(out),
        }
    }

    fn write_list(&self, out: &mut impl Write) -> io::Result<()> {
        let items = Items(Cell::new(Some(self.namespace_objects().chain(self.pod_objects().map(
            |mut pod| {
                if let Some(metadata) = pod["metadata"].as_object_mut() {
                    metadata.remove("managedFields"); // kubectl hides them
                }
                pod
            },
        )))));
        let kubectl = PrettyFormatter::with_indent(b"    ");
        let mut json = JsonSerializer::with_formatter(&mut *out, kubectl);
        let mut list = json.serialize_map(None)?;
        list.serialize_entry("apiVersion", "v1")?;
        list.serialize_entry("items", &items)?;
        list.serialize_entry("kind", "List")?;
        list.serialize_entry("metadata", &json!({"resourceVersion": ""}))?;
        list.end()?;
        writeln!(out)
    }

    fn write_pod_list(&self, out: &mut impl Write) -> io::Result<()> {
        let items = Items(Cell::new(Some(self.pod_objects().map(|mut pod| {
            if let Some(pod) = pod.as_object_mut() {
                pod.remove("kind");
                pod.remove("apiVersion");
            }
            pod
        }))));
        let mut json = JsonSerializer::new(&mut *out);
        let mut list = json.serialize_map(None)?;
        list.serialize_entry("kind", "PodList")?;
        list.serialize_entry("apiVersion", "v1")?;
        list.serialize_entry("metadata", &json!({"resourceVersion": "90000001"}))?;
        list.serialize_entry("items", &items)?;
        list.end()?;
        writeln!(out)
    }
}

/// Items that are made while they are written.
struct Items<I>(Cell<Option<I>>);

impl<I: Iterator<Item = Value>> Serialize for Items<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.take().into_iter().flatten())
    }
}
