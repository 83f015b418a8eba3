//! The report as a table for humans.

use std::io::{self, Write};

use kai_core::{ClusterReport, Digest, Image, Inventory};

use super::{Presenter, View};
use crate::escape::Escaped;

const HEADER: [&str; 2] = ["IMAGE TAG", "REPO DIGEST"];
const LAST: &str = "NAMESPACE";

pub(super) struct Table;

impl Presenter for Table {
    fn write(&self, report: &ClusterReport, _view: &View, out: &mut dyn Write) -> io::Result<()> {
        write(&report.inventory, out)
    }
}

/// Writes one row per image and namespace, sorted by tag, digest and namespace.
fn write(inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    let mut rows: Vec<(&Image, &str)> = inventory
        .namespaces()
        .iter()
        .flat_map(|namespace| {
            namespace.images().iter().map(|image| (image.as_ref(), namespace.name()))
        })
        .collect();
    if rows.is_empty() {
        return writeln!(out, "No Images found");
    }
    // Images are ordered by tag, then digest.
    rows.sort_unstable();

    // References and digests are ASCII by their grammar, so that a byte is a column.
    let [tag, digest] = rows.iter().fold(HEADER.map(str::len), |[tag, digest], (image, _)| {
        [tag.max(image.reference().len()), digest.max(digest_of(image).len())]
    });
    writeln!(out, "{:tag$}  {:digest$}  {LAST}", HEADER[0], HEADER[1])?;
    for (image, namespace) in rows {
        let (reference, hash) = (image.reference(), digest_of(image));
        // In an input file, a namespace's name may contain anything.
        writeln!(out, "{reference:tag$}  {hash:digest$}  {}", Escaped(namespace))?;
    }
    Ok(())
}

fn digest_of(image: &Image) -> &str {
    image.digest().map_or("", Digest::as_str)
}
