//! What runs, from the three texts that a pod has of one container's image.

use super::parse::{self, Parts};
use super::{Image, ReferenceError};

/// The tag that the kubelet pulls where a reference has neither tag nor digest, see
/// <https://kubernetes.io/docs/concepts/containers/images/#image-names>.
pub(super) const DEFAULT_TAG: &str = "latest";

/// The image of a container, and what is wrong with its texts.
pub(crate) struct Merged<'a> {
    /// `None` where no text names a repository.
    pub(crate) image: Option<MergedImage<'a>>,
    /// What is wrong with the spec's text, the status image and the imageID, in this order. Empty
    /// texts and local ids are nothing wrong, and a text that stands there twice is wrong once.
    pub(crate) errors: [Option<ReferenceError>; 3],
}

/// An image before the missing-tag policy.
pub(crate) struct MergedImage<'a> {
    repository: &'a str,
    tag: MergedTag<'a>,
    digest: Option<&'a str>,
}

#[derive(Clone, Copy)]
enum MergedTag<'a> {
    Known(&'a str),
    /// The image is known by this digest only.
    Missing(&'a str),
}

impl MergedImage<'_> {
    /// The tag; where there is none, the digits of the digest that the image is known by.
    pub(crate) fn tag(&self) -> Result<&str, &str> {
        match self.tag {
            MergedTag::Known(tag) => Ok(tag),
            MergedTag::Missing(digest) => Err(parse::digest_pieces(digest).1),
        }
    }

    /// The image, under a tag.
    pub(crate) fn tagged(&self, tag: &str) -> Image {
        Image::of_parts(self.repository, tag, self.digest)
    }
}

/// Merges the image of a container's spec with the image and the imageID of its status.
///
/// The spec says what was asked for, so repository and tag are its own; the status says what the
/// runtime resolved it to, so it fills in the digest. Where the spec's text is no reference, the
/// status image, else the imageID, stands in for it. A container that does not run may still have
/// the status of the image that ran before, see [`is_of_before`].
pub(crate) fn merge<'a>(
    spec: &'a str,
    status: &'a str,
    image_id: &'a str,
    running: bool,
) -> Merged<'a> {
    let texts = [parse::reference(spec), parse::reference(status), parse::image_id(image_id)];
    let of_before = !running && is_of_before(&texts);
    let digests = if of_before { &texts[..1] } else { &texts[..] };
    let image = texts.iter().flatten().next().map(|base| MergedImage {
        repository: base.repository,
        tag: merged_tag(base, texts[1].as_ref().ok()),
        digest: digests.iter().flatten().find_map(|parts| parts.digest),
    });
    let mut errors = texts.map(|text| text.err().filter(|error| !is_harmless(*error)));
    // The kubelet repeats a name that it can't parse in the status.
    if status == spec {
        errors[1] = None;
    }
    if image_id == spec || image_id == status {
        errors[2] = None;
    }
    Merged { image, errors }
}

/// Whether the status names the repository of the spec under another tag. Of a container that
/// runs this is nothing, as a runtime shows any tag of an image. Of one that does not, it may be
/// what ran before its image was changed in place: the new one cannot be pulled, say, and the
/// digest of the old one under the new tag would be an image that never existed.
fn is_of_before(texts: &[Result<Parts<'_>, ReferenceError>; 3]) -> bool {
    let [Ok(spec), Ok(status), _] = texts else { return false };
    parse::same_repository(spec.repository, status.repository)
        && match (named_tag(spec), named_tag(status)) {
            (Some(spec), Some(status)) => spec != status,
            _ => false,
        }
}

/// The tag that a reference means, unless it has a digest alone.
fn named_tag<'a>(parts: &Parts<'a>) -> Option<&'a str> {
    parts.tag.or_else(|| parts.digest.is_none().then_some(DEFAULT_TAG))
}

/// A runtime shows any tag of an image, also another repository's, so the status image's counts
/// only for the same repository.
fn merged_tag<'a>(base: &Parts<'a>, status: Option<&Parts<'a>>) -> MergedTag<'a> {
    match *base {
        Parts { tag: Some(tag), .. } => MergedTag::Known(tag),
        Parts { digest: None, .. } => MergedTag::Known(DEFAULT_TAG),
        Parts { digest: Some(digest), repository, .. } => status
            .filter(|status| parse::same_repository(repository, status.repository))
            .and_then(|status| status.tag)
            .map_or(MergedTag::Missing(digest), MergedTag::Known),
    }
}

fn is_harmless(error: ReferenceError) -> bool {
    matches!(error, ReferenceError::Empty | ReferenceError::LocalId)
}
