//! The grammar by which people choose images.

mod filter;
mod glob;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use regex::{Regex, RegexBuilder};

use crate::image::{
    Digest, Image, ImageReference, ReferenceError, Tag, full_repository, is_registry,
};
use glob::Glob;

pub use filter::ImageFilter;

/// The longest pattern that is read.
const TEXT_MAX: usize = 1024;
/// How large a regular expression may be once it is compiled, in bytes.
const EXPRESSION_MAX: usize = 1024 * 1024;
/// The fewest digits of a digest that choose by it.
const DIGITS_MIN: usize = 6;
/// How many digits without an algorithm are a digest's: fewer are a word, and a short id has 12.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 12..=64;

/// A pattern that chooses images.
///
/// | pattern | chooses |
/// |---|---|
/// | `nginx`, `team/app` | repositories whose path ends in these segments, in any registry |
/// | `ghcr.io/team/app` | exactly this repository; `docker.io` and `library/` are filled in to compare |
/// | `nginx:1.27` | of these, the tag |
/// | `nginx@sha256:94ab12`, `sha256:94ab12` | a digest, or the first digits of one, at least 6 |
/// | `94ab12f0c3d4` | the same without the algorithm: 12 to 64 digits |
/// | `ghcr.io/team/*`, `**/log4j*`, `nginx:1.*` | `*` stands for anything within a segment or tag, `**` for any segments |
/// | `regex=EXPR` | a regular expression that matches anywhere in `repository:tag@digest` |
/// | `registry=quay.io`, `tag=latest`, `pinned=false` | the registry, the tag (each may have `*`), or whether the pod's spec names a digest |
///
/// ```
/// # use kai_core::{Image, ImagePattern};
/// let image: Image = "registry.example/hub/library/nginx:1.27".parse()?;
/// for (pattern, expected) in [
///     ("nginx", true),
///     ("library/nginx:1.27", true),
///     ("docker.io/nginx", false),
///     ("registry.example/**", true),
///     ("tag=1.*", true),
///     ("regex=nginx:1[.]2[0-6]", false),
/// ] {
///     let pattern: ImagePattern = pattern.parse()?;
///     assert_eq!(pattern.matches(&image, false), expected, "{pattern}");
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ImagePattern {
    text: Box<str>,
    matcher: Matcher,
}

#[derive(Clone)]
enum Matcher {
    Name { repository: Option<Name>, tag: Option<Glob>, digest: Option<Digits> },
    Expression(Regex),
    Registry(Glob),
    Tag(Glob),
    Pinned(bool),
}

/// Which repositories a pattern names.
#[derive(Clone)]
struct Name {
    path: Glob,
    /// How many segments at the end of a repository are compared; `None`: all of it, and its
    /// registry.
    segments: Option<usize>,
}

/// The first digits of a digest.
#[derive(Clone)]
struct Digits {
    /// The algorithm; any, where it is not named.
    algorithm: Option<Box<str>>,
    hex: Box<str>,
}

/// Why a text is no pattern. The messages say what would be valid; they don't repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// There is no text.
    #[error("it is empty; `nginx`, `ghcr.io/team/*` or `tag=latest` would be patterns")]
    Empty,
    /// The text is too long.
    #[error("it has more than {TEXT_MAX} bytes")]
    TooLong,
    /// A word before `=` that is none of the facets.
    #[error(
        "`{}` is no facet: these are `regex`, `registry`, `tag` and `pinned`",
        crate::Excerpt(_0)
    )]
    Facet(String),
    /// The regular expression can't be compiled.
    #[error("`regex=` takes a regular expression, as `regex=nginx:1[.]2[0-9]`: {0}")]
    Expression(String),
    /// `pinned=` with another value.
    #[error("`pinned=` takes `true` or `false`")]
    Pinned,
    /// `registry=` with something that is no host.
    #[error("`registry=` takes a host, as `quay.io`, `localhost:5000` or `*.example.com`")]
    Registry,
    /// The repository is outside of the grammar.
    #[error("its repository is none, as `nginx`, `team/app`, `ghcr.io/team/*` or `**/log4j*` are")]
    Repository,
    /// The tag is outside of the grammar.
    #[error("its tag is none: 1 to 128 letters, digits, `_`, `.`, `-` or, for any of these, `*`")]
    Tag,
    /// The digest is outside of the grammar.
    #[error("its digest is none: at least {DIGITS_MIN} of its digits, as `sha256:94ab12`")]
    Digest,
}

impl ImagePattern {
    /// Whether an image is chosen. `pinned` says whether the pod's spec names a digest.
    #[must_use]
    pub fn matches(&self, image: &Image, pinned: bool) -> bool {
        match &self.matcher {
            Matcher::Name { repository, tag, digest } => {
                repository.as_ref().is_none_or(|name| name.matches(image.repository()))
                    && tag.as_ref().is_none_or(|tag| has_tag(image, tag))
                    && digest.as_ref().is_none_or(|digits| digits.matches(image.digest()))
            }
            Matcher::Expression(expression) => expression.is_match(&image.to_string()),
            Matcher::Registry(host) => host.matches(image.registry()),
            Matcher::Tag(tag) => has_tag(image, tag),
            Matcher::Pinned(expected) => pinned == *expected,
        }
    }

    /// Whether it is about what the pod's spec says, which a report has not.
    #[must_use]
    pub fn is_about_spec(&self) -> bool {
        matches!(self.matcher, Matcher::Pinned(_))
    }

    /// The text that it was made of.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The last segment of the repository that it names, where it names one without `*`: to find
    /// what is spelled like it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        let Matcher::Name { repository: Some(name), .. } = &self.matcher else { return None };
        name.path.literal().and_then(|path| path.rsplit('/').next())
    }
}

impl FromStr for ImagePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > TEXT_MAX {
            return Err(PatternError::TooLong);
        }
        let matcher = match text.split_once('=') {
            Some((facet, value)) => self::facet(facet, value)?,
            None => name(text)?,
        };
        Ok(Self { text: text.into(), matcher })
    }
}

fn facet(facet: &str, value: &str) -> Result<Matcher, PatternError> {
    Ok(match facet {
        "regex" => Matcher::Expression(expression(value)?),
        "registry" => Matcher::Registry(registry(value)?),
        "tag" => Matcher::Tag(tag(value)?),
        "pinned" => Matcher::Pinned(value.parse().map_err(|_| PatternError::Pinned)?),
        other => return Err(PatternError::Facet(other.to_owned())),
    })
}

fn expression(text: &str) -> Result<Regex, PatternError> {
    if text.is_empty() {
        return Err(PatternError::Expression("it is empty".to_owned()));
    }
    let built = RegexBuilder::new(text).size_limit(EXPRESSION_MAX).build();
    built.map_err(|error| {
        let reason = match &error {
            regex::Error::Syntax(text) => text.lines().last().unwrap_or_default().to_owned(),
            other => other.to_string(),
        };
        PatternError::Expression(reason.trim_start_matches("error: ").to_owned())
    })
}

/// A host: one whose stars are read as letters names a registry.
fn registry(text: &str) -> Result<Glob, PatternError> {
    let host = match text {
        "index.docker.io" => "docker.io",
        other => other,
    };
    if !is_registry(&host.replace('*', "x")) {
        return Err(PatternError::Registry);
    }
    Ok(Glob::new(host))
}

fn tag(text: &str) -> Result<Glob, PatternError> {
    text.replace('*', "x").parse::<Tag>().map_err(|_| PatternError::Tag)?;
    Ok(Glob::new(text))
}

/// `[repository][:tag][@digest]`, or a digest alone.
fn name(text: &str) -> Result<Matcher, PatternError> {
    if let Some(digits) = digits_alone(text)? {
        return Ok(Matcher::Name { repository: None, tag: None, digest: Some(digits) });
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(algorithm_and_digits(digest)?)),
        None => (text, None),
    };
    // A star stands for a letter, so that the rest is read as a reference is.
    let letters = name.replace("**", "x").replace('*', "x");
    let has_tag = match letters.parse::<ImageReference>() {
        Ok(read) => read.tag().is_some(),
        // With a digest behind it, it is a repository of 64 digits.
        Err(ReferenceError::LocalId) if digest.is_some() => false,
        Err(ReferenceError::Tag) => return Err(PatternError::Tag),
        Err(_) => return Err(PatternError::Repository),
    };
    // Of the tag a star is one letter, too; `**` in it is no mistake, and means as much.
    let (path, tag_text) =
        if has_tag { name.rsplit_once(':').ok_or(PatternError::Tag)? } else { (name, "") };
    let tag = if tag_text.is_empty() { None } else { Some(tag(tag_text)?) };
    Ok(Matcher::Name { repository: Some(Name::new(path)), tag, digest })
}

/// The digest that a text alone is: with its algorithm, or so many digits that it is no name.
fn digits_alone(text: &str) -> Result<Option<Digits>, PatternError> {
    if BARE_DIGITS.contains(&text.len()) && is_hex(text) {
        return Ok(Some(Digits { algorithm: None, hex: text.into() }));
    }
    match text.split_once(':') {
        Some((algorithm, _)) if Digest::ALGORITHMS.contains(&algorithm) => {
            algorithm_and_digits(text).map(Some)
        }
        _ => Ok(None),
    }
}

fn algorithm_and_digits(text: &str) -> Result<Digits, PatternError> {
    let (algorithm, hex) = text.split_once(':').ok_or(PatternError::Digest)?;
    // The full number of digits is the most that there are.
    let most = Digest::digits_of(algorithm).ok_or(PatternError::Digest)?;
    if !(DIGITS_MIN..=most).contains(&hex.len()) || !is_hex(hex) {
        return Err(PatternError::Digest);
    }
    Ok(Digits { algorithm: Some(algorithm.into()), hex: hex.into() })
}

/// Whether an image has a tag that is no digest's digits.
fn has_tag(image: &Image, tag: &Glob) -> bool {
    !image.has_made_up_tag() && tag.matches(image.tag())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Name {
    fn new(path: &str) -> Self {
        let letters = path.replace('*', "x");
        match path.split_once('/') {
            // By its first segment, as a runtime reads it, it names a registry.
            Some((host, rest)) if is_registry_of(&letters, host) => {
                // A host with a star is none, and `**` is more than a name of Docker Hub's own.
                let full = if host.contains('*') || rest.contains("**") {
                    path.strip_prefix("index.")
                        .filter(|it| it.starts_with("docker.io/"))
                        .unwrap_or(path)
                        .into()
                } else {
                    full_repository(path)
                };
                Self { path: Glob::new(&full), segments: None }
            }
            // `**` may stand for any number of segments.
            _ if path.contains("**") => {
                Self { path: Glob::new(&format!("**/{path}")), segments: None }
            }
            _ => Self { path: Glob::new(path), segments: Some(path.split('/').count()) },
        }
    }

    fn matches(&self, repository: &str) -> bool {
        let full = full_repository(repository);
        match self.segments {
            None => self.path.matches(&full),
            Some(segments) => {
                last_segments(&full, segments).is_some_and(|it| self.path.matches(it))
            }
        }
    }
}

/// Whether the first segment of a pattern is a registry: a star alone never makes it one.
fn is_registry_of(letters: &str, host: &str) -> bool {
    let first = letters.split('/').next().unwrap_or_default();
    let is_named = host == "localhost"
        || host.contains(['.', ':'])
        || host.bytes().any(|it| it.is_ascii_uppercase());
    is_named && is_registry(first)
}

/// The last so many segments of a path, where it has as many after its registry.
fn last_segments(path: &str, count: usize) -> Option<&str> {
    let (_, path) = path.split_once('/')?;
    let mut slashes = path.rmatch_indices('/').map(|(at, _)| at + 1);
    match slashes.nth(count - 1) {
        Some(at) => Some(&path[at..]),
        None => (path.split('/').count() == count).then_some(path),
    }
}

impl Digits {
    fn matches(&self, digest: Option<&Digest>) -> bool {
        digest.is_some_and(|digest| {
            self.algorithm.as_deref().is_none_or(|algorithm| algorithm == digest.algorithm())
                && digest.hex().starts_with(&*self.hex)
        })
    }
}

impl fmt::Display for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for ImagePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImagePattern({:?})", self.text)
    }
}

/// Equal where their texts are.
impl PartialEq for ImagePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ImagePattern {}

impl TryFrom<&str> for ImagePattern {
    type Error = PatternError;

    fn try_from(text: &str) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl serde::Serialize for ImagePattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> serde::Deserialize<'de> for ImagePattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
