//! What was not found, and what is spelled like it.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Arc;

use kai_core::{Image, ImagePattern};

use crate::words::counted;

/// How many near misses are named.
const NAMED: usize = 5;

/// The images that don't match, with the number of containers that have them.
#[derive(Debug, Default)]
pub(super) struct Near {
    images: HashMap<usize, (Arc<Image>, usize)>,
}

impl Near {
    /// Counts an image; equal ones are the same within a pass.
    pub(super) fn note(&mut self, image: &Arc<Image>) {
        let address = Arc::as_ptr(image).addr();
        self.images.entry(address).or_insert_with(|| (Arc::clone(image), 0)).1 += 1;
    }

    /// The sentence for no match.
    pub(super) fn nothing(&self, patterns: &[ImagePattern]) -> String {
        let quoted: Vec<_> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        let mut text = format!("no container runs an image that matches {}", quoted.join(" or "));
        for (tag, containers) in self.tags(patterns) {
            let containers = counted(containers, "container");
            let _ = write!(text, " (it is a tag of {containers}: `tag={tag}`)");
        }
        let near = self.near(patterns);
        if !near.is_empty() {
            let named: Vec<_> = near
                .iter()
                .map(|(repository, containers)| format!("`{repository}` {containers}"))
                .collect();
            let _ = write!(text, " (near, with containers: {})", named.join(", "));
        }
        text
    }

    /// The patterns that name a tag where they should name a repository, with its containers.
    fn tags<'p>(&self, patterns: &'p [ImagePattern]) -> Vec<(&'p str, usize)> {
        let containers = |tag: &str| {
            let images = self.images.values().filter(|(image, _)| image.tag() == tag);
            images.map(|(_, containers)| containers).sum::<usize>()
        };
        let words = patterns.iter().map(ImagePattern::as_str);
        words.map(|word| (word, containers(word))).filter(|(_, count)| *count > 0).collect()
    }

    /// The repositories whose names are like those of the patterns, the nearest first.
    fn near(&self, patterns: &[ImagePattern]) -> Vec<(&str, usize)> {
        let mut repositories: BTreeMap<&str, usize> = BTreeMap::new();
        for (image, containers) in self.images.values() {
            *repositories.entry(image.repository()).or_default() += containers;
        }
        let names: Vec<&str> = patterns.iter().filter_map(ImagePattern::name).collect();
        let distance = |repository: &str| {
            let last = repository.rsplit('/').next().unwrap_or(repository);
            let one = |name: &&str| distance(name, last);
            names.iter().filter_map(one).min()
        };
        let mut near: Vec<_> = repositories
            .into_iter()
            .filter_map(|(name, containers)| Some((distance(name)?, name, containers)))
            .collect();
        near.sort_unstable();
        near.into_iter().take(NAMED).map(|(_, name, containers)| (name, containers)).collect()
    }
}

/// How far a name is from another; `None`: too far.
fn distance(name: &str, other: &str) -> Option<usize> {
    if other.contains(name) || (other.len() > 2 && name.contains(other)) {
        return Some(0);
    }
    let distance = strsim::osa_distance(name, other);
    (distance <= 1 + name.len() / 5).then_some(distance)
}
