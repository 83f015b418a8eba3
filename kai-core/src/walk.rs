//! The fold of the rules over a source.

use std::time::SystemTime;

use futures_util::StreamExt;
use futures_util::future::try_join;

use crate::collect::{CollectOptions, Collector};
use crate::inventory::{Inventory, InventoryBuilder};
use crate::namespace::NamespaceName;
use crate::pod::Skipped;
use crate::source::{Observed, PodSource, SourceError};
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
    let pass = walk(source, options, (Builders::default(), visitor));
    let version = async { Ok(source.server_version().await) };
    let ((builders, visitor), version) = try_join(pass, version).await?;
    let mut collected = finish(builders, taken_at);
    match version {
        Ok(version) => collected.inventory = collected.inventory.with_server_version(version),
        Err(error) => collected.version_error = Some(error),
    }
    Ok((collected, visitor))
}

/// Collects the inventory of facts that are at hand, without a source and without awaiting.
///
/// ```
/// use std::time::SystemTime;
/// use kai_core::{CollectOptions, Observed, Pod, PodPhase, collect_facts};
///
/// let pods = [Pod::new("shop", "web-0").with_phase(PodPhase::Running)];
/// let facts = pods.into_iter().map(Observed::Pod);
/// let collected = collect_facts(facts, &CollectOptions::default(), SystemTime::now());
/// assert_eq!(collected.summary.pods, 1);
/// ```
#[must_use]
pub fn collect_facts<I>(facts: I, options: &CollectOptions, taken_at: SystemTime) -> Collected
where
    I: IntoIterator<Item = Observed>,
{
    let (mut collector, mut builders) = (Collector::new(options), Builders::default());
    for fact in facts {
        collector.observe(&fact, &mut builders);
    }
    collector.finish(&mut builders);
    finish(builders, taken_at)
}

/// The visitors that what is collected comes from.
type Builders = (InventoryBuilder, (SummaryBuilder, Notices));

fn finish((inventory, (summary, notices)): Builders, taken_at: SystemTime) -> Collected {
    Collected {
        inventory: inventory.finish(taken_at),
        summary: summary.finish(),
        not_found: notices.not_found,
        skipped: notices.skipped,
        version_error: None,
    }
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
