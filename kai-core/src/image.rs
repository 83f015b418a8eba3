//! Image references, by the [distribution grammar], and the images that a report names.
//!
//! [distribution grammar]: https://github.com/distribution/reference/blob/main/reference.go

mod merge;
mod parse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::text_traits;

pub(crate) use merge::{MergedImage, merge};
pub(crate) use parse::{full_repository, is_pinned, is_registry};

/// Why a text is not an image reference, or not the part of one that was asked for.
///
/// The messages say what would be valid; they don't repeat the text, which whoever shows the
/// error quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// There is no text at all.
    #[error("it is empty")]
    Empty,
    /// The text is the local id of an image, which names no repository.
    #[error("it is the local id of an image, which names no repository")]
    LocalId,
    /// The repository is outside the grammar.
    #[error(
        "a repository is `[host[:port]/]path`, the path of lower-case letters and digits, \
         with `.`, `_`, `__` or dashes between them and `/` between its components"
    )]
    Repository,
    /// The path of the repository has more than 255 characters.
    #[error("the path of a repository has at most 255 characters")]
    RepositoryTooLong,
    /// The tag is outside the grammar.
    #[error(
        "a tag is 1 to 128 letters, digits, `_`, `.` or `-`, beginning with none of the last two"
    )]
    Tag,
    /// The digest is outside the grammar, or of an algorithm that no runtime uses.
    #[error(
        "a digest is `sha256:` or `blake3:` and 64, or `sha512:` and 128, lower-case hexadecimal digits"
    )]
    Digest,
}

/// Declares a piece of a reference: owned text that its parser has accepted.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $parse:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = ReferenceError;

            fn from_str(text: &str) -> Result<Self, ReferenceError> {
                $parse(text).map(|valid| Self(valid.into()))
            }
        }

        text_traits!($name, ReferenceError);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
}

checked_text! {
    /// Where an image is kept: `[host[:port]/]path`, as it was written, never normalised.
    ///
    /// ```
    /// # use kai_core::Repository;
    /// let repository: Repository = "registry.example:5000/team/app".parse()?;
    /// assert_eq!(repository.as_str(), "registry.example:5000/team/app");
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    Repository, parse::repository
}

checked_text! {
    /// A tag: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`, by the [OCI distribution specification].
    ///
    /// ```
    /// # use kai_core::{ReferenceError, Tag};
    /// assert_eq!("1.27-alpine".parse::<Tag>()?.as_str(), "1.27-alpine");
    /// assert_eq!("-1".parse::<Tag>(), Err(ReferenceError::Tag));
    /// # Ok::<(), ReferenceError>(())
    /// ```
    ///
    /// [OCI distribution specification]: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
    Tag, parse::tag
}

checked_text! {
    /// A content digest, `algorithm:hex` in lower case, by the [OCI image specification]:
    /// `sha256` and `blake3` with 64 digits, `sha512` with 128.
    ///
    /// ```
    /// # use kai_core::Digest;
    /// let text = format!("sha256:{}", "0".repeat(64));
    /// let digest: Digest = text.parse()?;
    /// assert_eq!((digest.algorithm(), digest.hex().len()), ("sha256", 64));
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    ///
    /// [OCI image specification]: https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
    Digest, parse::digest
}

impl Repository {
    /// The registry that a runtime asks for it, by Docker's rule: the first component where that
    /// has a dot, a colon or an upper-case letter or is `localhost`, else `docker.io`.
    ///
    /// ```
    /// # use kai_core::Repository;
    /// let table = [
    ///     ("nginx", "docker.io"),
    ///     ("team/app", "docker.io"),
    ///     ("index.docker.io/library/nginx", "docker.io"),
    ///     ("quay.io/team/app", "quay.io"),
    ///     ("localhost:5000/app", "localhost:5000"),
    /// ];
    /// for (repository, registry) in table {
    ///     assert_eq!(Repository::try_from(repository)?.registry(), registry);
    /// }
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    #[must_use]
    pub fn registry(&self) -> &str {
        parse::registry(&self.0)
    }
}

impl Digest {
    /// The names of the hashes that runtimes use.
    pub(crate) const ALGORITHMS: [&'static str; 3] = parse::ALGORITHMS;

    /// How many hexadecimal digits the digests of an algorithm have.
    pub(crate) fn digits_of(algorithm: &str) -> Option<usize> {
        parse::digits_of(algorithm)
    }

    /// The name of the hash, as `sha256`.
    #[must_use]
    pub fn algorithm(&self) -> &str {
        parse::digest_pieces(&self.0).0
    }

    /// The hash in hexadecimal digits.
    #[must_use]
    pub fn hex(&self) -> &str {
        parse::digest_pieces(&self.0).1
    }
}

/// `[host[:port]/]path[:tag][@digest]`, as people write it into a pod's `image`.
///
/// Nothing is normalised: what was parsed is what is displayed.
///
/// ```
/// # use kai_core::ImageReference;
/// let reference: ImageReference = "localhost:5000/redis".parse()?;
/// assert_eq!(reference.repository().as_str(), "localhost:5000/redis");
/// assert_eq!(reference.tag(), None);
///
/// let reference: ImageReference = "nginx:1.27".parse()?;
/// assert_eq!(reference.tag().map(|tag| tag.as_str()), Some("1.27"));
/// assert_eq!(reference.to_string(), "nginx:1.27");
/// # Ok::<(), kai_core::ReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

impl ImageReference {
    /// Where the image is kept.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The tag, where one is written.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The tag that a runtime resolves: the one that is written, else `latest`; `None` where there
    /// is a digest and no tag, since the [kubelet] pulls by the digest then.
    ///
    /// ```
    /// # use kai_core::ImageReference;
    /// let tag_of = |text: &str| -> Result<_, kai_core::ReferenceError> {
    ///     Ok(ImageReference::try_from(text)?.effective_tag().map(str::to_owned))
    /// };
    /// assert_eq!(tag_of("nginx")?.as_deref(), Some("latest"));
    /// assert_eq!(tag_of("nginx:1.27")?.as_deref(), Some("1.27"));
    /// assert_eq!(tag_of(&format!("nginx@sha256:{}", "0".repeat(64)))?, None);
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    ///
    /// [kubelet]: https://kubernetes.io/docs/concepts/containers/images/#image-names
    #[must_use]
    pub fn effective_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag.as_str()),
            (None, None) => Some(merge::DEFAULT_TAG),
            (None, Some(_)) => None,
        }
    }

    /// The digest, where one is written.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}

impl TryFrom<&str> for ImageReference {
    type Error = ReferenceError;

    fn try_from(text: &str) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

/// As it is displayed.
impl Serialize for ImageReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ImageReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let parts = parse::reference(text)?;
        Ok(Self {
            repository: Repository(parts.repository.into()),
            tag: parts.tag.map(|tag| Tag(tag.into())),
            digest: parts.digest.map(|digest| Digest(digest.into())),
        })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.repository.as_str())?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// An image as a report names it: `repository:tag`, and the repository digest where it is known.
///
/// Images order by `repository:tag` as one text, then by digest, as the report does.
///
/// ```
/// # use kai_core::Image;
/// let image = Image::new(&"nginx".parse()?, &"1.27".parse()?, None);
/// assert_eq!(image.reference(), "nginx:1.27");
/// assert_eq!((image.repository(), image.tag()), ("nginx", "1.27"));
/// # Ok::<(), kai_core::ReferenceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Image {
    reference: Box<str>,
    digest: Option<Digest>,
}

impl Image {
    /// An image of these parts.
    #[must_use]
    pub fn new(repository: &Repository, tag: &Tag, digest: Option<Digest>) -> Self {
        Self { reference: format!("{repository}:{tag}").into(), digest }
    }

    /// An image of `repository:tag`, as a report has it.
    pub(crate) fn parse(reference: &str, digest: Option<Digest>) -> Result<Self, ReferenceError> {
        let (repository, tag) = parse::split_tag(reference);
        parse::repository(repository)?;
        parse::tag(tag)?;
        Ok(Self { reference: reference.into(), digest })
    }

    /// An image of texts that the parser has accepted.
    pub(crate) fn of_parts(repository: &str, tag: &str, digest: Option<&str>) -> Self {
        Self {
            reference: [repository, tag].join(":").into(),
            digest: digest.map(|digest| Digest(digest.into())),
        }
    }

    /// `repository:tag`.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &str {
        self.pieces().0
    }

    /// The registry that a runtime asks for it, see [`Repository::registry`].
    #[must_use]
    pub fn registry(&self) -> &str {
        parse::registry(self.repository())
    }

    /// The repository as a runtime fills it in: `docker.io/library/nginx` for `nginx`.
    ///
    /// ```
    /// # use kai_core::Image;
    /// let full = |text: &str| text.parse::<Image>().map(|image| image.full_repository());
    /// assert_eq!(full("nginx:1")?, "docker.io/library/nginx");
    /// assert_eq!(full("quay.io/team/app:1")?, "quay.io/team/app");
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    #[must_use]
    pub fn full_repository(&self) -> String {
        parse::full_repository(self.repository()).into_owned()
    }

    /// The tag; under [`MissingTagPolicy`](crate::MissingTagPolicy) also one made up for an
    /// image that is known by its digest only.
    #[must_use]
    pub fn tag(&self) -> &str {
        self.pieces().1
    }

    /// Whether the tag is one that was made of the digest, under
    /// [`MissingTagPolicy::Digest`](crate::MissingTagPolicy::Digest): no registry knows it.
    ///
    /// ```
    /// # use kai_core::Image;
    /// let digits = "0".repeat(64);
    /// let image: Image = format!("nginx:{digits}@sha256:{digits}").parse()?;
    /// assert!(image.has_made_up_tag());
    /// # Ok::<(), kai_core::ReferenceError>(())
    /// ```
    #[must_use]
    pub fn has_made_up_tag(&self) -> bool {
        self.digest.as_ref().is_some_and(|digest| digest.hex() == self.tag())
    }

    /// The repository digest, where it is known.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    fn pieces(&self) -> (&str, &str) {
        parse::split_tag(&self.reference)
    }
}

/// Reads what [`Display`](fmt::Display) writes: `repository:tag` or `repository:tag@digest`.
///
/// ```
/// # use kai_core::Image;
/// let image: Image = "nginx:1.27".parse()?;
/// assert_eq!((image.repository(), image.tag(), image.digest()), ("nginx", "1.27", None));
/// assert_eq!(image.to_string(), "nginx:1.27");
/// # Ok::<(), kai_core::ReferenceError>(())
/// ```
impl FromStr for Image {
    type Err = ReferenceError;

    /// # Errors
    /// When the text is no reference, or has no tag: a report names every image by one.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let parts = parse::reference(text)?;
        let tag = parts.tag.ok_or(ReferenceError::Tag)?;
        Ok(Self::of_parts(parts.repository, tag, parts.digest))
    }
}

impl TryFrom<&str> for Image {
    type Error = ReferenceError;

    fn try_from(text: &str) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reference)?;
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}
