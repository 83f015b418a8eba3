//! The report: all that a pass over a cluster yields.

use std::sync::Arc;
use std::time::SystemTime;

use crate::containers::{ContainerTable, ContainerTableBuilder};
use crate::inventory::{Inventory, InventoryBuilder};
use crate::namespace::NamespaceName;
use crate::pod::{Controller, Namespace, Node, Pod, Skipped};
use crate::query::Details;
use crate::source::{Missing, ServerVersion};
use crate::summary::{Summary, SummaryBuilder};
use crate::uses::{UseTable, UseTableBuilder};
use crate::visit::{ImageUse, Remark, Visitor};

/// The inventory of a cluster, and what is to be known about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClusterReport {
    /// Which images each namespace uses.
    pub inventory: Inventory,
    /// Each container with its pod, namespace and node, where that
    /// [was needed](Details::with_containers).
    pub containers: Option<Arc<ContainerTable>>,
    /// Which workload uses which image, where that [was needed](Details::with_uses).
    pub uses: Option<Arc<UseTable>>,
    /// The uid of the cluster: that of its namespace `kube-system`, where it was seen.
    pub cluster_uid: Option<String>,
    /// How much was seen, and how much was left out and why.
    pub summary: Summary,
    /// Named namespaces that don't exist; the inventory has them without images.
    pub not_found: Vec<NamespaceName>,
    /// Namespaces that are not in the inventory, by the user's choice.
    pub skipped: Vec<Skipped>,
    /// Details that the source could not get, each once.
    pub missing: Vec<Missing>,
}

impl ClusterReport {
    /// A report of an inventory, and nothing else.
    #[must_use]
    pub fn new(inventory: Inventory) -> Self {
        Self {
            inventory,
            containers: None,
            uses: None,
            cluster_uid: None,
            summary: Summary::default(),
            not_found: Vec::new(),
            skipped: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// The same report with a table of containers.
    #[must_use]
    pub fn with_containers(mut self, containers: ContainerTable) -> Self {
        self.containers = Some(Arc::new(containers));
        self
    }

    /// The same report under the name of a cluster.
    #[must_use]
    pub fn with_cluster_name(mut self, name: impl Into<String>) -> Self {
        self.inventory = self.inventory.with_cluster_name(name);
        self
    }

    /// The same report with a namespace in which nothing runs: for one that was deleted, whose
    /// images a receiver would keep otherwise. Of the table of containers, it is part only with a
    /// uid.
    #[must_use]
    pub fn with_namespace(mut self, namespace: Namespace) -> Self {
        self.inventory = self.inventory.with_namespace(&namespace.name);
        if namespace.uid.is_some() {
            self.containers = self.containers.map(|containers| {
                Arc::new(Arc::unwrap_or_clone(containers).with_namespace(namespace))
            });
        }
        self
    }
}

/// A visitor that builds a [`ClusterReport`].
///
/// ```
/// # use std::time::SystemTime;
/// # use kai_core::{CollectOptions, Details, InMemoryPodSource, Pod, ReportBuilder, walk};
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let source = InMemoryPodSource::new().with_pod(Pod::new("shop", "web-0"));
/// let builder = ReportBuilder::new(&Details::default());
/// let builder = walk(&source, &CollectOptions::default(), builder).await?;
/// assert_eq!(builder.finish(SystemTime::now()).summary.pods, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct ReportBuilder {
    inventory: InventoryBuilder,
    containers: Option<ContainerTableBuilder>,
    uses: Option<UseTableBuilder>,
    cluster_uid: Option<String>,
    summary: SummaryBuilder,
    not_found: Vec<NamespaceName>,
    skipped: Vec<Skipped>,
    missing: Vec<Missing>,
}

impl ReportBuilder {
    /// A builder of a report that contains what is needed.
    #[must_use]
    pub fn new(needs: &Details) -> Self {
        let containers = needs.containers().then(ContainerTableBuilder::default);
        let uses = needs.uses().then(|| {
            let uses = UseTableBuilder::default().label_keys(needs.use_labels().iter().cloned());
            if needs.controllers() { uses.exact() } else { uses }
        });
        Self { containers, uses, ..Self::default() }
    }

    /// The report of what was seen, as of a time (whole seconds are kept).
    #[must_use]
    pub fn finish(self, taken_at: SystemTime) -> ClusterReport {
        ClusterReport {
            inventory: self.inventory.finish(taken_at),
            containers: self.containers.map(|containers| Arc::new(containers.finish())),
            uses: self.uses.map(|uses| Arc::new(uses.finish())),
            cluster_uid: self.cluster_uid.filter(|uid| !uid.is_empty()),
            summary: self.summary.finish(),
            not_found: self.not_found,
            skipped: self.skipped,
            missing: self.missing,
        }
    }
}

impl Visitor for ReportBuilder {
    fn namespace(&mut self, namespace: &Namespace) {
        self.inventory.namespace(namespace);
        self.containers.namespace(namespace);
        self.summary.namespace(namespace);
    }

    fn node(&mut self, node: &Node) {
        self.containers.node(node);
        self.uses.node(node);
    }

    fn server(&mut self, version: &ServerVersion) {
        self.inventory.server(version);
    }

    fn cluster(&mut self, uid: &str) {
        // Facts of several clusters are of none.
        let others = self.cluster_uid.as_deref().is_some_and(|known| known != uid);
        self.cluster_uid = Some(if others { String::new() } else { uid.to_owned() });
    }

    fn controller(&mut self, controller: &Controller) {
        self.uses.controller(controller);
    }

    fn pod(&mut self, pod: &Pod) {
        self.inventory.pod(pod);
        self.containers.pod(pod);
        self.uses.pod(pod);
        self.summary.pod(pod);
    }

    fn image(&mut self, seen: ImageUse<'_>) {
        self.inventory.image(seen);
        self.containers.image(seen);
        self.uses.image(seen);
        self.summary.image(seen);
    }

    fn remark(&mut self, what: Remark<'_>) {
        self.inventory.remark(what);
        self.containers.remark(what);
        self.uses.remark(what);
        self.summary.remark(what);
        match what {
            Remark::NamespaceNotFound { name } => self.not_found.push(name.clone()),
            Remark::NamespaceSkipped { skipped } => self.skipped.push(skipped.clone()),
            Remark::Missing { missing } => self.missing.push(missing.clone()),
            _ => {}
        }
    }
}
