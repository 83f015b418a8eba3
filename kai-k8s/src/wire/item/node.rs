//! One item of a list of nodes in JSON.

use kai_core::Observed;
use serde::Deserialize;

use super::{Metadata, WireError, invalid};
use crate::wire::lenient::Text;
use crate::wire::pod_builder::{Identity, NodeSystem};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Object<'a> {
    #[serde(borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    status: Option<Status<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Status<'a> {
    #[serde(borrow)]
    node_info: Option<Info<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Info<'a> {
    #[serde(borrow)]
    architecture: Text<'a>,
    #[serde(borrow)]
    operating_system: Text<'a>,
    #[serde(borrow)]
    kernel_version: Text<'a>,
    #[serde(borrow)]
    kubelet_version: Text<'a>,
    #[serde(borrow)]
    container_runtime_version: Text<'a>,
}

/// Reads a node that begins at a position; `None` where it says that it is something else.
pub(crate) fn read(json: &[u8], at: u64) -> Result<Option<Observed>, WireError> {
    let object: Object<'_> =
        serde_json::from_slice(json).map_err(|error| invalid(json, at, &error))?;
    if !matches!(&*object.kind, "" | "Node") {
        return Ok(None);
    }
    let identity = object.metadata.as_ref().map_or_else(Identity::default, Metadata::identity);
    let info = object.status.and_then(|status| status.node_info).unwrap_or_default();
    let node = identity.into_node(NodeSystem {
        arch: &info.architecture,
        operating_system: &info.operating_system,
        kernel_version: &info.kernel_version,
        kubelet_version: &info.kubelet_version,
        container_runtime_version: &info.container_runtime_version,
    });
    crate::wire::named(Observed::Node(node), at).map(Some)
}
