//! Lists of images for what copies them from one registry to another.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use kai_core::ClusterReport;

use super::refs::{images, warn_of_unpinned};
use super::{Pin, Presenter, View};

/// For [`skopeo sync --src yaml`].
///
/// [`skopeo sync --src yaml`]: https://github.com/containers/skopeo/blob/main/docs/skopeo-sync.1.md#yaml-file-content-used-source-for---src-yaml
pub(super) struct Skopeo;

impl Presenter for Skopeo {
    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        warn_of_unpinned(report, view);
        let mut registries: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
        for image in images(report) {
            let full = image.full_repository();
            let (registry, path) = full.split_once('/').unwrap_or(("docker.io", &full));
            let repositories = registries.entry(registry.to_owned()).or_default();
            let wanted = repositories.entry(path.to_owned()).or_default();
            let digest = image.digest().map(ToString::to_string);
            let tag = view.tag(image).map(str::to_owned);
            match view.pin {
                Pin::Digest => wanted.extend(digest.or(tag)),
                Pin::Tag => wanted.extend(tag.or(digest)),
                Pin::Both => wanted.extend(tag.into_iter().chain(digest)),
            }
        }
        // Texts of JSON are texts of YAML, too, whatever they look like.
        for (registry, repositories) in registries {
            writeln!(out, "{}:\n  images:", json(&registry)?)?;
            for (repository, wanted) in repositories {
                writeln!(out, "    {}:", json(&repository)?)?;
                for wanted in wanted {
                    writeln!(out, "      - {}", json(&wanted)?)?;
                }
            }
        }
        Ok(())
    }
}

fn json(text: &str) -> io::Result<String> {
    serde_json::to_string(text).map_err(io::Error::other)
}

/// For k3s, RKE2 and others that take `repository:tag`, one a line.
pub(super) struct Text;

impl Presenter for Text {
    fn write(&self, report: &ClusterReport, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let lines: BTreeSet<String> = images(report)
            .into_iter()
            .map(|image| match (view.tag(image), image.digest()) {
                (None, Some(digest)) => format!("{}@{digest}", image.full_repository()),
                _ => format!("{}:{}", image.full_repository(), image.tag()),
            })
            .collect();
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }
}
