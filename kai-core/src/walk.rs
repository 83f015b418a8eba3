//! The fold of the rules over a source.

use std::time::SystemTime;

use futures_util::StreamExt;

use crate::collect::{CollectOptions, Collector};
use crate::report::{ClusterReport, ReportBuilder};
use crate::source::{Observed, PodSource, SourceError};
use crate::visit::Visitor;

#[cfg(test)]
mod tests;

/// Passes over a source once with a visitor, and returns the visitor.
///
/// # Errors
/// When the source fails: what the visitor has heard until then is incomplete.
pub async fn walk<V: Visitor + Send>(
    source: &dyn PodSource,
    options: &CollectOptions,
    mut visitor: V,
) -> Result<V, SourceError> {
    let mut collector = Collector::new(options);
    let mut facts = source.observe(options.query());
    while let Some(fact) = facts.next().await {
        collector.observe(&fact?, &mut visitor);
    }
    collector.finish(&mut visitor);
    Ok(visitor)
}

/// Passes over a source once and returns the report, as of a time that the caller gives. It contains
/// what the options' [details](CollectOptions::details) ask for.
///
/// # Errors
/// When the source fails: there is no partial report. A detail that could not be had is no failure,
/// see [`ClusterReport::missing`].
pub async fn collect(
    source: &dyn PodSource,
    options: &CollectOptions,
    taken_at: SystemTime,
) -> Result<ClusterReport, SourceError> {
    collect_with(source, options, taken_at, ()).await.map(|(report, ())| report)
}

/// Like [`collect`], with a visitor of the same pass, for warnings or progress.
///
/// # Errors
/// As [`collect`].
pub async fn collect_with<V: Visitor + Send>(
    source: &dyn PodSource,
    options: &CollectOptions,
    taken_at: SystemTime,
    visitor: V,
) -> Result<(ClusterReport, V), SourceError> {
    let builder = ReportBuilder::new(options.query().needs());
    let (builder, visitor) = walk(source, options, (builder, visitor)).await?;
    Ok((builder.finish(taken_at), visitor))
}

/// Returns the report of facts that are at hand, without a source and without awaiting.
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
pub fn collect_facts<I>(facts: I, options: &CollectOptions, taken_at: SystemTime) -> ClusterReport
where
    I: IntoIterator<Item = Observed>,
{
    let mut builder = ReportBuilder::new(options.query().needs());
    let mut collector = Collector::new(options);
    for fact in facts {
        collector.observe(&fact, &mut builder);
    }
    collector.finish(&mut builder);
    builder.finish(taken_at)
}
