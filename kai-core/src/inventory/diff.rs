//! What is different between two inventories.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::NamespaceImages;
use crate::image::Image;

#[cfg(test)]
mod tests;

/// What is different between two inventories, by [`Inventory::diff`](super::Inventory::diff).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InventoryDiff {
    namespaces: Vec<NamespaceDiff>,
}

impl InventoryDiff {
    /// The namespaces that differ, sorted by name.
    #[must_use]
    pub fn namespaces(&self) -> &[NamespaceDiff] {
        &self.namespaces
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }
}

/// What is different in one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceDiff {
    name: String,
    change: NamespaceChange,
    images: Vec<ImageChange>,
}

impl NamespaceDiff {
    /// The name of the namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What became of the namespace itself.
    #[must_use]
    pub fn change(&self) -> NamespaceChange {
        self.change
    }

    /// What became of its images, sorted by `repository:tag`; none where the namespace appeared or
    /// vanished without any.
    #[must_use]
    pub fn images(&self) -> &[ImageChange] {
        &self.images
    }
}

/// What became of a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NamespaceChange {
    /// Only the later inventory has it.
    Appeared,
    /// Only the earlier inventory has it.
    Vanished,
    /// Both have it, and some of its images differ.
    Changed,
}

/// What became of an image of a namespace. It is displayed as a line of a diff: `+ image`,
/// `- image`, or `~ image -> digest`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageChange {
    /// Only the later inventory has it.
    Appeared(Arc<Image>),
    /// Only the earlier inventory has it.
    Vanished(Arc<Image>),
    /// The same `repository:tag` has another digest.
    Moved {
        /// The image as it was.
        from: Arc<Image>,
        /// The image as it is.
        to: Arc<Image>,
    },
}

impl fmt::Display for ImageChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Appeared(image) => write!(f, "+ {image}"),
            Self::Vanished(image) => write!(f, "- {image}"),
            Self::Moved { from, to } => {
                write!(f, "~ {from} -> ")?;
                match to.digest() {
                    Some(digest) => digest.fmt(f),
                    None => f.write_str("no digest"),
                }
            }
        }
    }
}

/// What is different between namespaces, each side sorted by name.
pub(super) fn between(earlier: &[NamespaceImages], later: &[NamespaceImages]) -> InventoryDiff {
    type Sides<'a> = (Option<&'a NamespaceImages>, Option<&'a NamespaceImages>);
    let mut sides: BTreeMap<&str, Sides<'_>> = BTreeMap::new();
    for namespace in earlier {
        sides.entry(namespace.name()).or_default().0 = Some(namespace);
    }
    for namespace in later {
        sides.entry(namespace.name()).or_default().1 = Some(namespace);
    }
    let namespaces = sides.into_iter().filter_map(|(name, (earlier, later))| {
        let images =
            |side: Option<&NamespaceImages>| side.map_or(Vec::new(), |side| side.images.clone());
        let images = changes(&images(earlier), &images(later));
        let change = match (earlier, later) {
            (None, _) => NamespaceChange::Appeared,
            (_, None) => NamespaceChange::Vanished,
            _ if images.is_empty() => return None,
            _ => NamespaceChange::Changed,
        };
        Some(NamespaceDiff { name: name.to_owned(), change, images })
    });
    InventoryDiff { namespaces: namespaces.collect() }
}

/// What is different between images, each side sorted.
fn changes(earlier: &[Arc<Image>], later: &[Arc<Image>]) -> Vec<ImageChange> {
    /// The images of one `repository:tag` that only the one or the other side has.
    type Sides<'a> = (Vec<&'a Arc<Image>>, Vec<&'a Arc<Image>>);
    let mut sides: BTreeMap<&str, Sides<'_>> = BTreeMap::new();
    for image in earlier.iter().filter(|image| later.binary_search(image).is_err()) {
        sides.entry(image.reference()).or_default().0.push(image);
    }
    for image in later.iter().filter(|image| earlier.binary_search(image).is_err()) {
        sides.entry(image.reference()).or_default().1.push(image);
    }
    let mut changes = Vec::new();
    for (gone, new) in sides.into_values() {
        // With more than one on a side, which of them became which is anyone's guess.
        if let ([from], [to]) = (&*gone, &*new) {
            changes.push(ImageChange::Moved { from: Arc::clone(from), to: Arc::clone(to) });
            continue;
        }
        changes.extend(gone.into_iter().cloned().map(ImageChange::Vanished));
        changes.extend(new.into_iter().cloned().map(ImageChange::Appeared));
    }
    changes
}
