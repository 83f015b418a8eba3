//! Which pods count, by their labels and annotations.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::pod::Pod;

#[cfg(test)]
mod tests;

/// A [label selector]: requirements that are separated by commas, all of which have to hold.
///
/// `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key`, `!key`,
/// `key>1` and `key<1`. An empty one selects every pod.
///
/// ```
/// # use kai_core::{LabelSelector, Pod};
/// let selector: LabelSelector = "app=web, tier notin (test,dev)".parse()?;
/// assert!(selector.matches(&Pod::new("shop", "web-0").with_label("app", "web")));
/// assert_eq!(selector.to_string(), "app=web,tier notin (dev,test)");
/// # Ok::<(), kai_core::LabelSelectorError>(())
/// ```
///
/// [label selector]: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelSelector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: Box<str>,
    operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operator {
    Equals(Box<str>),
    NotEquals(Box<str>),
    In(BTreeSet<Box<str>>),
    NotIn(BTreeSet<Box<str>>),
    Exists,
    Absent,
    Above(i64),
    Below(i64),
}

/// Why a text is no label selector. The messages don't repeat the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabelSelectorError {
    /// A key is outside of the grammar.
    #[error(
        "`{}` is no key of a label or annotation: `[prefix/]name`, the name at most 63 letters, digits, `-`, `_` \
         or `.`, beginning and ending with a letter or digit",
        crate::Excerpt(_0)
    )]
    Key(String),
    /// A value is outside of the grammar.
    #[error(
        "`{}` is no value of a label: at most 63 letters, digits, `-`, `_` or `.`, beginning and \
         ending with a letter or digit",
        crate::Excerpt(_0)
    )]
    Value(String),
    /// `>` or `<` without a number.
    #[error("`{}` is no whole number, which `>` and `<` take", crate::Excerpt(_0))]
    Number(String),
    /// `in` or `notin` without its values.
    #[error("`in` and `notin` take values in parentheses, as `tier in (web,api)`")]
    Set,
    /// A requirement is missing between commas, or something follows one.
    #[error(
        "a requirement such as `app=web`, `app in (web,api)`, `app` or `!app` is missing in it"
    )]
    Requirement,
}

impl LabelSelector {
    /// Whether a pod is selected; its labels have to be known as far as they are [named](Self::keys).
    #[must_use]
    pub fn matches(&self, pod: &Pod) -> bool {
        self.requirements.iter().all(|it| it.operator.holds(pod.label(&it.key)))
    }

    /// The keys of the labels that it is about.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.requirements.iter().map(|requirement| &*requirement.key)
    }

    /// Whether it selects every pod.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}

impl Operator {
    fn holds(&self, value: Option<&str>) -> bool {
        let number = |value: Option<&str>| value.and_then(|value| value.parse::<i64>().ok());
        match self {
            Self::Equals(expected) => value == Some(expected),
            Self::NotEquals(other) => value != Some(other),
            Self::In(values) => value.is_some_and(|value| values.contains(value)),
            Self::NotIn(values) => !value.is_some_and(|value| values.contains(value)),
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
            Self::Above(bound) => number(value).is_some_and(|number| number > *bound),
            Self::Below(bound) => number(value).is_some_and(|number| number < *bound),
        }
    }
}

impl FromStr for LabelSelector {
    type Err = LabelSelectorError;

    fn from_str(text: &str) -> Result<Self, LabelSelectorError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let requirements = parts(text).map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { requirements })
    }
}

/// The texts between the commas that are not within parentheses.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    })
    .map(str::trim)
}

impl FromStr for Requirement {
    type Err = LabelSelectorError;

    fn from_str(text: &str) -> Result<Self, LabelSelectorError> {
        if text.is_empty() {
            return Err(LabelSelectorError::Requirement);
        }
        let with = |key: &str, operator| Ok(Self { key: self::key(key)?, operator });
        if let Some(key) = text.strip_prefix('!') {
            return with(key.trim(), Operator::Absent);
        }
        if let Some((key, rest)) = text.split_once(char::is_whitespace)
            && let Some((word, set)) = set(rest.trim())
        {
            let values = self::values(set)?;
            let operator = if word { Operator::In(values) } else { Operator::NotIn(values) };
            return with(key, operator);
        }
        let Some(at) = text.find(['=', '!', '>', '<']) else {
            return with(text, Operator::Exists);
        };
        let (key, rest) = text.split_at(at);
        let number = |text: &str| {
            let text = text.trim();
            text.parse().map_err(|_| LabelSelectorError::Number(text.to_owned()))
        };
        let operator = if let Some(value) = rest.strip_prefix("!=") {
            Operator::NotEquals(self::value(value)?)
        } else if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
            Operator::Equals(self::value(value)?)
        } else if let Some(bound) = rest.strip_prefix('>') {
            Operator::Above(number(bound)?)
        } else if let Some(bound) = rest.strip_prefix('<') {
            Operator::Below(number(bound)?)
        } else {
            return Err(LabelSelectorError::Requirement);
        };
        with(key.trim(), operator)
    }
}

/// What follows `in` (true) or `notin`.
fn set(rest: &str) -> Option<(bool, &str)> {
    let after = |word: &str| {
        rest.strip_prefix(word).filter(|rest| {
            rest.starts_with('(') || rest.starts_with(char::is_whitespace) || rest.is_empty()
        })
    };
    after("notin").map(|set| (false, set)).or_else(|| after("in").map(|set| (true, set)))
}

fn values(set: &str) -> Result<BTreeSet<Box<str>>, LabelSelectorError> {
    let inner = set.trim().strip_prefix('(').and_then(|set| set.strip_suffix(')'));
    inner.ok_or(LabelSelectorError::Set)?.split(',').map(value).collect()
}

/// `[prefix/]name`, by the [syntax of labels].
///
/// [syntax of labels]: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
fn key(text: &str) -> Result<Box<str>, LabelSelectorError> {
    let (prefix, name) = text.split_once('/').map_or((None, text), |(it, name)| (Some(it), name));
    let is_prefix = |prefix: &str| {
        let part = |part: &str| is_word(part, |it| it == b'-') && part == part.to_ascii_lowercase();
        prefix.len() <= 253 && prefix.split('.').all(part)
    };
    if is_name(name) && prefix.is_none_or(is_prefix) {
        return Ok(text.into());
    }
    Err(LabelSelectorError::Key(text.to_owned()))
}

fn value(text: &str) -> Result<Box<str>, LabelSelectorError> {
    let text = text.trim();
    if text.is_empty() || is_name(text) {
        return Ok(text.into());
    }
    Err(LabelSelectorError::Value(text.to_owned()))
}

fn is_name(text: &str) -> bool {
    text.len() <= 63 && is_word(text, |it| matches!(it, b'-' | b'_' | b'.'))
}

/// Letters and digits, with some others between.
fn is_word(text: &str, between: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.iter().all(|&byte| byte.is_ascii_alphanumeric() || between(byte))
}

/// As the API takes it.
impl fmt::Display for LabelSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Requirement { key, operator }) in self.requirements.iter().enumerate() {
            if number > 0 {
                f.write_str(",")?;
            }
            let among = |values: &BTreeSet<Box<str>>| {
                values.iter().map(|value| &**value).collect::<Vec<_>>().join(",")
            };
            match operator {
                Operator::Equals(value) => write!(f, "{key}={value}"),
                Operator::NotEquals(value) => write!(f, "{key}!={value}"),
                Operator::In(values) => write!(f, "{key} in ({})", among(values)),
                Operator::NotIn(values) => write!(f, "{key} notin ({})", among(values)),
                Operator::Exists => f.write_str(key),
                Operator::Absent => write!(f, "!{key}"),
                Operator::Above(bound) => write!(f, "{key}>{bound}"),
                Operator::Below(bound) => write!(f, "{key}<{bound}"),
            }?;
        }
        Ok(())
    }
}

/// An annotation, `KEY` with any value or `KEY=VALUE`.
///
/// ```
/// # use kai_core::{AnnotationMatch, Pod};
/// let ignored: AnnotationMatch = "example.com/inventory=off".parse()?;
/// let pod = Pod::new("shop", "web-0").with_annotation("example.com/inventory", "off");
/// assert!(ignored.matches(&pod));
/// # Ok::<(), kai_core::LabelSelectorError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotationMatch {
    key: Box<str>,
    value: Option<Box<str>>,
}

impl AnnotationMatch {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether a pod has it.
    #[must_use]
    pub fn matches(&self, pod: &Pod) -> bool {
        pod.annotation(&self.key)
            .is_some_and(|found| self.value.as_deref().is_none_or(|value| value == found))
    }
}

impl FromStr for AnnotationMatch {
    type Err = LabelSelectorError;

    fn from_str(text: &str) -> Result<Self, LabelSelectorError> {
        let (key, value) = text.split_once('=').map_or((text, None), |(key, it)| (key, Some(it)));
        Ok(Self { key: self::key(key.trim())?, value: value.map(Into::into) })
    }
}

impl fmt::Display for AnnotationMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)?;
        self.value.as_ref().map_or(Ok(()), |value| write!(f, "={value}"))
    }
}

/// Chooses pods: all of them by default.
///
/// ```
/// # use kai_core::{Pod, PodFilter};
/// let filter = PodFilter::default()
///     .selecting("app=web".parse()?)
///     .excluding(["example.com/inventory=off".parse()?]);
/// let web = Pod::new("shop", "web-0").with_label("app", "web");
/// assert!(filter.admits(&web));
/// assert!(!filter.admits(&web.with_annotation("example.com/inventory", "off")));
/// # Ok::<(), kai_core::LabelSelectorError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodFilter {
    selector: LabelSelector,
    excluded: Vec<AnnotationMatch>,
}

impl PodFilter {
    /// The same filter, by a label selector.
    #[must_use]
    pub fn selecting(mut self, selector: LabelSelector) -> Self {
        self.selector = selector;
        self
    }

    /// The same filter without the pods that have one of these annotations.
    #[must_use]
    pub fn excluding(mut self, annotations: impl IntoIterator<Item = AnnotationMatch>) -> Self {
        self.excluded.extend(annotations);
        self
    }

    /// Whether a pod counts.
    #[must_use]
    pub fn admits(&self, pod: &Pod) -> bool {
        self.selector.matches(pod) && !self.excluded.iter().any(|it| it.matches(pod))
    }

    /// The label selector.
    #[must_use]
    pub fn selector(&self) -> &LabelSelector {
        &self.selector
    }

    /// The annotations of pods that don't count.
    #[must_use]
    pub fn excluded(&self) -> &[AnnotationMatch] {
        &self.excluded
    }
}
