//! What to do with an image that is known by its digest only.

use crate::image::Tag;

/// Which tag the report gives an image that has none: a report names every image as
/// `repository:tag`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum MissingTagPolicy {
    /// The hexadecimal digits of the digest.
    #[default]
    Digest,
    /// This tag.
    Insert(Tag),
    /// The image is left out, and counted as such.
    Drop,
}
