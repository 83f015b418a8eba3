//! Names for completion: the contexts of a kubeconfig, the namespaces of a cluster.

use std::path::Path;

use futures_util::TryStreamExt;
use kai_core::{Query, SourceError};

use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::kubeconfig::{self, default_path, from_environment};
use crate::cluster::settings::ClusterSettings;
use crate::cluster::source::ClusterPodSource;

impl ClusterSettings {
    /// The names of the contexts of the kubeconfig that these settings lead to, in its order; none
    /// where they lead to no kubeconfig. Asks no server and reads no credential.
    ///
    /// # Errors
    /// When a kubeconfig can't be read.
    pub fn context_names(&self) -> Result<Vec<String>, ConnectError> {
        let read = |path: &Path| kubeconfig::read(path, &Origin::File(path.to_path_buf()));
        let kubeconfig = match self {
            Self::Default(_) => match from_environment()? {
                Some((kubeconfig, _)) => kubeconfig,
                None if default_path().exists() => read(&default_path())?,
                None => return Ok(Vec::new()),
            },
            Self::Kubeconfig { path, .. } | Self::Restricted { path, .. } => read(path)?,
            Self::InCluster | Self::Inline(_) => return Ok(Vec::new()),
        };
        Ok(kubeconfig.context_names())
    }
}

impl ClusterPodSource {
    /// The names of all namespaces of the cluster. Needs the right to list them, and no other.
    ///
    /// # Errors
    /// When the namespaces can't be listed.
    pub async fn namespace_names(&self) -> Result<Vec<String>, SourceError> {
        let namespaces = self.snapshot(&Query::default()).list_namespaces();
        Box::pin(namespaces.map_ok(|(namespace, _)| namespace.name).try_collect()).await
    }
}
