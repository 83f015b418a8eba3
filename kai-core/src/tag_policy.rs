//! What to do with an image that is known by its digest only.

use crate::image::{Image, MergedImage, Tag};

/// Which tag the report gives an image that has none: a report names every image as
/// `repository:tag`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingTagPolicy {
    /// The hexadecimal digits of the digest.
    #[default]
    Digest,
    /// This tag.
    Insert(Tag),
    /// The image is left out, and counted as such.
    Drop,
}

impl MissingTagPolicy {
    /// An image with the tag that it has or gets; `None` where it is left out.
    pub(crate) fn apply(&self, image: &MergedImage<'_>) -> Option<Image> {
        let tag = match (image.tag(), self) {
            (Ok(tag), _) => tag,
            (Err(digits), Self::Digest) => digits,
            (Err(_), Self::Insert(tag)) => tag.as_str(),
            (Err(_), Self::Drop) => return None,
        };
        Some(image.tagged(tag))
    }
}
