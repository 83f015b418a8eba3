//! The distinct references, one a line, for other tools.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::Arc;

use kai_core::{ClusterReport, Details, Image};
use tracing::warn;

use super::columns::{Column, Columns};
use super::{Pin, Presenter, View};
use crate::words::counted;

pub(super) struct Refs;

impl Presenter for Refs {
    fn needs(&self, view: &View) -> Details {
        if view.shows(&Column::Arch) { view.uses() } else { Details::default() }
    }

    fn columns(&self) -> Columns {
        Columns::REFS
    }

    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let architectures = view.shows(&Column::Arch).then(|| architectures(report));
        let mut references: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for image in images(report) {
            let known = references.entry(reference(image, view)).or_default();
            let of_image = architectures.as_ref().and_then(|all| all.get(image.as_ref()));
            known.extend(of_image.into_iter().flatten());
        }
        warn_of_unpinned(report, view);
        let columns = view.columns.as_deref().unwrap_or(&[Column::Image]);
        for (reference, known) in &references {
            let known: Vec<_> = known.iter().copied().collect();
            let cells = columns.iter().map(|column| match column {
                Column::Arch => known.join(","),
                _ => reference.clone(),
            });
            writeln!(out, "{}", cells.collect::<Vec<_>>().join("\t"))?;
        }
        Ok(())
    }
}

/// On which architectures each image runs.
fn architectures(report: &ClusterReport) -> BTreeMap<&Image, BTreeSet<&str>> {
    let mut known: BTreeMap<&Image, BTreeSet<&str>> = BTreeMap::new();
    for row in report.uses.iter().flat_map(|uses| uses.rows()) {
        known.entry(row.image).or_default().extend(row.architectures.iter().map(|it| &**it));
    }
    known
}

/// The images of a report, each once.
pub(super) fn images(report: &ClusterReport) -> BTreeSet<&Arc<Image>> {
    report.inventory.namespaces().iter().flat_map(kai_core::NamespaceImages::images).collect()
}

/// Warns of references that no digest pins.
pub(super) fn warn_of_unpinned(report: &ClusterReport, view: &View) {
    if view.pin == Pin::Tag {
        return;
    }
    let images = images(report);
    let unpinned = images.iter().filter(|image| image.digest().is_none());
    let count = unpinned.map(|image| reference(image, view)).collect::<BTreeSet<_>>().len();
    if count > 0 {
        warn!("the digest of {} is not known: named by tag", counted(count, "image"));
    }
}

/// An image as other tools take it, with its registry.
fn reference(image: &Image, view: &View) -> String {
    let repository = image.full_repository();
    match (view.pin, view.tag(image), image.digest()) {
        (Pin::Digest, _, Some(digest)) | (_, None, Some(digest)) => {
            format!("{repository}@{digest}")
        }
        (Pin::Both, Some(tag), Some(digest)) => format!("{repository}:{tag}@{digest}"),
        (_, tag, _) => format!("{repository}:{}", tag.unwrap_or(image.tag())),
    }
}
