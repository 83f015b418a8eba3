//! The fold of the rules over a source.

use std::time::SystemTime;

use futures_util::StreamExt;
use futures_util::future::try_join;

use crate::collect::{CollectOptions, Collector};
use crate::inventory::{Inventory, InventoryBuilder};
use crate::namespace::NamespaceName;
use crate::pod::Skipped;
use crate::source::{PodSource, SourceError};
use crate::summary::{Summary, SummaryBuilder};
use crate::visit::{Remark, Visitor};

#[cfg(test)]
mod tests;

/// Passes over a source once, tells a visitor, and gives it back.
///
/// # Errors
/// When the source fails: what the visitor has heard until then is incomplete.
pub async fn walk<V: Visitor + Send>(
    source: &dyn PodSource,
    options: &CollectOptions,
    mut visitor: V,
) -> Result<V, SourceError> {
    let mut collector = Collector::new(options);
    let mut facts = source.observe(options.selector());
    while let Some(fact) = facts.next().await {
        collector.observe(&fact?, &mut visitor);
    }
    collector.finish(&mut visitor);
    Ok(visitor)
}

/// An inventory, and what is to be said of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Collected {
    /// The inventory.
    pub inventory: Inventory,
    /// How much was seen, and how much was left out and why.
    pub summary: Summary,
    /// Named namespaces that don't exist; the inventory has them without images.
    pub not_found: Vec<NamespaceName>,
    /// Namespaces that are not in the inventory, by the user's choice.
    pub skipped: Vec<Skipped>,
    /// Why the inventory has no version of the server, where one should be had.
    pub version_error: Option<SourceError>,
}

/// Collects the inventory of a source, as of a time that the caller gives.
///
/// # Errors
/// When the source fails: there is no partial inventory. A server that doesn't tell its version
/// is no failure, see [`Collected::version_error`].
pub async fn collect(
    source: &dyn PodSource,
    options: &CollectOptions,
    taken_at: SystemTime,
) -> Result<Collected, SourceError> {
    collect_with(source, options, taken_at, ()).await.map(|(collected, ())| collected)
}

/// Like [`collect`], with a visitor that listens to the same pass, for warnings or progress.
///
/// # Errors
/// As [`collect`].
pub async fn collect_with<V: Visitor + Send>(
    source: &dyn PodSource,
    options: &CollectOptions,
    taken_at: SystemTime,
    visitor: V,
) -> Result<(Collected, V), SourceError> {
    let builders = (InventoryBuilder::default(), (SummaryBuilder::default(), Notices::default()));
    let pass = walk(source, options, (builders, visitor));
    let version = async { Ok(source.server_version().await) };
    let (((inventory, (summary, notices)), visitor), version) = try_join(pass, version).await?;

    let (version, version_error) = match version {
        Ok(version) => (version, None),
        Err(error) => (None, Some(error)),
    };
    let collected = Collected {
        inventory: inventory.finish(taken_at).with_server_version(version),
        summary: summary.finish(),
        not_found: notices.not_found,
        skipped: notices.skipped,
        version_error,
    };
    Ok((collected, visitor))
}

/// Keeps what [`Collected`] says of namespaces.
#[derive(Default)]
struct Notices {
    not_found: Vec<NamespaceName>,
    skipped: Vec<Skipped>,
}

impl Visitor for Notices {
    fn remark(&mut self, what: Remark<'_>) {
        match what {
            Remark::NamespaceNotFound { name } => self.not_found.push(name.clone()),
            Remark::NamespaceSkipped { skipped } => self.skipped.push(skipped.clone()),
            _ => {}
        }
    }
}
