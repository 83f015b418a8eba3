//! Which container images are in use in a Kubernetes cluster, right now?
//!
//! This crate is the rules of **kai**, and nothing that talks to a cluster: image references,
//! what runs according to a pod's spec and status, the policy for images without a tag, and the
//! selection of namespaces. Pods come in through the port [`PodSource`]; one pass over them calls
//! [`Visitor`]s with which image runs where and what was left out, and [`collect`] makes an
//! [`ClusterReport`] of it, whose heart is the [`Inventory`]. Reports go out through the port [`Sink`].
//!
//! ```
//! use std::time::SystemTime;
//! use kai_core::{
//!     CollectOptions, Container, ContainerKind, InMemoryPodSource, Pod, PodPhase, collect,
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let source = InMemoryPodSource::new().with_pod(
//!     Pod::new("shop", "web-0")
//!         .with_phase(PodPhase::Running)
//!         .with_container(Container::new(ContainerKind::Regular, "web", "nginx:1.27")),
//! );
//! let report = collect(&source, &CollectOptions::default(), SystemTime::now()).await?;
//!
//! let shop = &report.inventory.namespaces()[0];
//! assert_eq!(shop.name(), "shop");
//! assert_eq!(shop.images()[0].reference(), "nginx:1.27");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Pods of a real cluster come from `kai_k8s::ClusterPodSource`, those of a file from
//! `kai_k8s::FilePodSource`; a source of your own implements [`PodSource`].

mod collect;
mod containers;
mod excerpt;
mod fingerprints;
mod follow;
mod image;
mod index;
mod interner;
mod inventory;
mod judge;
mod memory;
mod namespace;
mod pattern;
mod pod;
mod query;
mod report;
mod retry;
mod selector;
mod sink;
mod source;
mod spans;
mod state;
mod summary;
mod tag_policy;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod uses;
mod visit;
mod walk;
mod workload;

/// The attribute that an `impl` of the ports takes.
pub use async_trait::async_trait;
pub use collect::{CollectOptions, Collector};
pub use containers::{
    ContainerId, ContainerRow, ContainerTable, ContainerTableBuilder, PodRow, Unplaced,
};
pub use excerpt::{Escaped, Excerpt, Requoted};
pub use fingerprints::{Difference, Fingerprints, PodPrint};
pub use follow::{Change, ChangeStream, Interruption, LivePodSource, Revision};
pub use image::{Digest, Image, ImageReference, ReferenceError, Repository, Tag};
pub use inventory::{
    ImageChange, Inventory, InventoryBuilder, InventoryDiff, InventoryDocument, NamespaceChange,
    NamespaceDiff, NamespaceImages,
};
pub use memory::{InMemoryLiveSource, InMemoryPodSource};
pub use namespace::{Conflict, NamespaceName, NamespaceSelector, SelectorError};
pub use pattern::{ImageFilter, ImagePattern, PatternError};
pub use pod::{
    Container, ContainerKind, Controller, Namespace, Node, OwnerReference, Pod, PodDetails,
    PodPhase, Skipped,
};
pub use query::{Details, PodFields, Query};
pub use report::{ClusterReport, ReportBuilder};
pub use retry::Retry;
pub use selector::{AnnotationMatch, LabelSelector, LabelSelectorError, PodFilter};
pub use sink::{Body, Payload, Pieces, ReportError, Sink};
pub use source::{
    Detail, Missing, Observed, PodSource, PodStream, ServerVersion, SourceError, SourceErrorKind,
};
pub use spans::Spans;
pub use state::{ClusterState, Effect, ImageTransition, Mark, Window};
pub use summary::{Summary, SummaryBuilder};
pub use tag_policy::MissingTagPolicy;
pub use uses::{ImageRow, Seen, UseRow, UseTable, UseTableBuilder};
pub use visit::{ImageText, ImageUse, LeftOutReason, Remark, Visitor};
pub use walk::{collect, collect_facts, collect_with, walk};
pub use workload::{Workload, WorkloadOrigin};

/// The program on the crate's page is one that compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Page;
