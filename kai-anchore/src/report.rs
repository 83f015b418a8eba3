//! What is delivered: all that either API takes.

use std::sync::Arc;

use kai_core::Inventory;

use crate::api::ApiVersion;
use crate::error::DeliveryError;
use crate::v2::{KubernetesInventory, Pieces};

/// An inventory for Anchore, in the forms that its APIs take.
///
/// Which API is used may be known only when the report is delivered, so it holds both forms. API v1
/// takes the [`Inventory`]; v2 takes a [`KubernetesInventory`], and from the inventory when it was
/// taken, of which cluster and server. Both come from the same pass:
///
/// ```
/// # use kai_anchore::{KubernetesInventoryBuilder, Report};
/// # use kai_core::{CollectOptions, InMemoryPodSource, collect_with};
/// # use std::time::SystemTime;
/// # async fn example() -> Result<(), kai_core::SourceError> {
/// # let source = InMemoryPodSource::new();
/// let builder = KubernetesInventoryBuilder::default();
/// let options = CollectOptions::default();
/// let (collected, builder) = collect_with(&source, &options, SystemTime::now(), builder).await?;
/// let inventory = collected.inventory.with_cluster_name("prod");
/// let report = Report::new(inventory).with_kubernetes(builder.finish());
/// # Ok(()) }
/// ```
///
/// Cloning it is cheap but for the inventory of v1.
#[derive(Clone, Debug)]
pub struct Report {
    inventory: Inventory,
    kubernetes: Option<Arc<KubernetesInventory>>,
}

impl Report {
    /// A report for API v1 alone.
    #[must_use]
    pub fn new(inventory: Inventory) -> Self {
        Self { inventory, kubernetes: None }
    }

    /// The same report, also for API v2.
    #[must_use]
    pub fn with_kubernetes(mut self, kubernetes: KubernetesInventory) -> Self {
        self.kubernetes = Some(Arc::new(kubernetes));
        self
    }

    /// What API v1 takes.
    #[must_use]
    pub fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What API v2 takes besides, where it is there.
    #[must_use]
    pub fn kubernetes(&self) -> Option<&KubernetesInventory> {
        self.kubernetes.as_deref()
    }

    /// The body of the request to an API, all of it, for whoever looks at it or keeps it. A
    /// delivery doesn't hold that of v2 in memory, which has some hundred bytes for each container.
    ///
    /// # Errors
    /// When the report is not one for this API, as a delivery would say.
    pub fn body(&self, api: ApiVersion) -> Result<Vec<u8>, DeliveryError> {
        self.pieces_of(api)?.collect::<Result<Vec<_>, _>>().map(|all| all.concat())
    }

    /// The same body in pieces, for whoever keeps it elsewhere than in memory.
    ///
    /// # Errors
    /// As [`body`](Self::body), and so may each piece.
    pub fn pieces_of(
        &self,
        api: ApiVersion,
    ) -> Result<impl Iterator<Item = Result<Vec<u8>, DeliveryError>> + Send + use<>, DeliveryError>
    {
        let (whole, pieces) = match api {
            ApiVersion::V1 => (Some(Ok(self.inventory_json()?)), None),
            ApiVersion::V2 => (None, Some(self.pieces()?)),
        };
        Ok(whole.into_iter().chain(pieces.into_iter().flatten()))
    }

    /// The body for v1.
    pub(crate) fn inventory_json(&self) -> Result<Vec<u8>, DeliveryError> {
        self.cluster_name()?;
        serde_json::to_vec(&self.inventory).map_err(|error| DeliveryError::Json(error.to_string()))
    }

    /// The body for v2, piece by piece.
    pub(crate) fn pieces(&self) -> Result<Pieces, DeliveryError> {
        let name = self.cluster_name()?;
        let kubernetes = self.kubernetes.as_ref().ok_or(DeliveryError::NoKubernetesInventory)?;
        if kubernetes.lacks_namespaces() {
            return Err(DeliveryError::NoNamespaceUid);
        }
        Pieces::new(name, &self.inventory, kubernetes)
    }

    /// The name of the cluster, without which nothing is delivered.
    pub(crate) fn cluster_name(&self) -> Result<&str, DeliveryError> {
        let name = self.inventory.cluster_name().filter(|name| !name.trim().is_empty());
        name.ok_or(DeliveryError::NoClusterName)
    }
}

impl From<Inventory> for Report {
    fn from(inventory: Inventory) -> Self {
        Self::new(inventory)
    }
}
