//! Which namespaces an inventory covers.

use std::collections::BTreeSet;
use std::error::Error;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use regex::Regex;

use crate::text::text_traits;

#[cfg(test)]
mod tests;

/// The longest name of a namespace.
const NAME_MAX: usize = 63;

/// The name of a namespace: a [DNS-1123 label].
///
/// ```
/// # use kai_core::NamespaceName;
/// let name: NamespaceName = "kube-system".parse()?;
/// assert_eq!(name.as_str(), "kube-system");
/// assert!("Kube_System".parse::<NamespaceName>().is_err());
/// # Ok::<(), kai_core::SelectorError>(())
/// ```
///
/// [DNS-1123 label]: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamespaceName(Box<str>);

impl NamespaceName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NamespaceName {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        if text.len() <= NAME_MAX && is_label(text) {
            Ok(Self(text.into()))
        } else {
            Err(SelectorError::Name(text.to_owned()))
        }
    }
}

text_traits!(NamespaceName, SelectorError);

/// Why there is no selector of the given items.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// An item to include is no name of a namespace.
    #[error(
        "`{0}` is no name of a namespace: 1 to 63 lower-case letters, digits and dashes, \
         beginning and ending with a letter or digit"
    )]
    Name(String),
    /// An item to exclude is empty.
    #[error(
        "an empty expression excludes nothing: give a name of a namespace or a regular expression"
    )]
    EmptyExpression,
    /// An item to exclude is neither a name nor a regular expression.
    #[error("`{item}` is neither a name of a namespace nor a regular expression")]
    Expression {
        /// The item.
        item: String,
        /// What is wrong with it.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Every included namespace is excluded too.
    #[error("no namespace is left: each included one ({0}) is excluded too")]
    NothingLeft(String),
}

/// An included namespace that is excluded too, and is therefore left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The included name.
    pub name: NamespaceName,
    /// The item that excludes it.
    pub item: String,
}

/// Which namespaces an inventory covers: all, or those named, less those excluded.
///
/// An item to exclude that looks like a name is an exact name; any other is a regular expression,
/// unanchored: `^kube-*` also excludes `kubefoo`. Cloning is cheap.
///
/// ```
/// # use kai_core::NamespaceSelector;
/// let selector = NamespaceSelector::excluding(["default", "^kube-"])?;
/// assert!(selector.selects("shop"));
/// assert!(!selector.selects("default"));
/// assert!(selector.selects("default-2"));
/// assert!(!selector.selects("kube-system"));
/// # Ok::<(), kai_core::SelectorError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct NamespaceSelector(Arc<Compiled>);

#[derive(Debug, Default)]
struct Compiled {
    /// The named ones that no item excludes; empty: every namespace.
    include: BTreeSet<NamespaceName>,
    exclude: Vec<Exclude>,
    conflicts: Vec<Conflict>,
}

/// An item to exclude.
#[derive(Debug)]
struct Exclude {
    pattern: Pattern,
    /// Whether it has matched a name.
    matched: AtomicBool,
}

#[derive(Debug)]
enum Pattern {
    Exact(String),
    Matching(Regex),
}

impl Exclude {
    fn new(item: &str) -> Result<Self, SelectorError> {
        Pattern::new(item).map(|pattern| Self { pattern, matched: AtomicBool::new(false) })
    }

    /// Whether it matches a name, and keeps that it does.
    fn matches(&self, namespace: &str) -> bool {
        let matches = self.pattern.matches(namespace);
        if matches {
            self.matched.store(true, Ordering::Relaxed);
        }
        matches
    }

    fn has_matched(&self) -> bool {
        self.matched.load(Ordering::Relaxed)
    }
}

impl Compiled {
    /// The first item that excludes a name. Every item gets to see it that has matched none yet.
    fn excluded_by(&self, namespace: &str) -> Option<&Exclude> {
        let mut items = self.exclude.iter();
        let first = items.find(|item| item.matches(namespace))?;
        for item in items.filter(|item| !item.has_matched()) {
            item.matches(namespace);
        }
        Some(first)
    }
}

impl Pattern {
    fn new(item: &str) -> Result<Self, SelectorError> {
        if item.is_empty() {
            Err(SelectorError::EmptyExpression)
        } else if is_label(item) {
            Ok(Self::Exact(item.to_owned()))
        } else {
            let expression = Regex::new(item);
            let error = |source: regex::Error| SelectorError::Expression {
                item: item.to_owned(),
                source: source.into(),
            };
            expression.map(Self::Matching).map_err(error)
        }
    }

    fn matches(&self, namespace: &str) -> bool {
        match self {
            Self::Exact(name) => name == namespace,
            Self::Matching(expression) => expression.is_match(namespace),
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Exact(name) => name,
            Self::Matching(expression) => expression.as_str(),
        }
    }
}

impl NamespaceSelector {
    /// Every namespace.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// The namespaces to include (none: all), less those to exclude. Duplicates collapse.
    ///
    /// # Errors
    /// When an item to include is no name of a namespace, an item to exclude is empty or no valid
    /// regular expression, or when every included namespace is excluded.
    pub fn new<I, E>(include: I, exclude: E) -> Result<Self, SelectorError>
    where
        I: IntoIterator<Item: AsRef<str>>,
        E: IntoIterator<Item: AsRef<str>>,
    {
        let exclude = exclude
            .into_iter()
            .map(|item| Exclude::new(item.as_ref()))
            .collect::<Result<Vec<_>, _>>()?;
        let named = include
            .into_iter()
            .map(|name| name.as_ref().parse())
            .collect::<Result<BTreeSet<NamespaceName>, _>>()?;
        let asked_for = !named.is_empty();
        let mut compiled = Compiled { exclude, ..Compiled::default() };
        for name in named {
            match compiled.excluded_by(name.as_str()) {
                Some(item) => {
                    let item = item.pattern.as_str().to_owned();
                    compiled.conflicts.push(Conflict { name, item });
                }
                None => {
                    compiled.include.insert(name);
                }
            }
        }
        if asked_for && compiled.include.is_empty() {
            let lost = compiled.conflicts.iter().map(|conflict| conflict.name.as_str());
            return Err(SelectorError::NothingLeft(lost.collect::<Vec<_>>().join(", ")));
        }
        Ok(Self(Arc::new(compiled)))
    }

    /// The namespaces of these names (none: all).
    ///
    /// ```
    /// # use kai_core::NamespaceSelector;
    /// let selector = NamespaceSelector::including(["shop", "web"])?;
    /// assert!(selector.selects("shop") && !selector.selects("jobs"));
    /// # Ok::<(), kai_core::SelectorError>(())
    /// ```
    ///
    /// # Errors
    /// When an item is no name of a namespace.
    pub fn including<I>(include: I) -> Result<Self, SelectorError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::new(include, [""; 0])
    }

    /// Every namespace but those that an item excludes.
    ///
    /// # Errors
    /// When an item is empty or no valid regular expression.
    pub fn excluding<E>(exclude: E) -> Result<Self, SelectorError>
    where
        E: IntoIterator<Item: AsRef<str>>,
    {
        Self::new([""; 0], exclude)
    }

    /// Whether a namespace is covered.
    #[must_use]
    pub fn selects(&self, namespace: &str) -> bool {
        match &self.0.include {
            all if all.is_empty() => self.0.excluded_by(namespace).is_none(),
            named => named.contains(namespace),
        }
    }

    /// The namespaces that are covered, where they were named, in order; `None` where every
    /// namespace is covered that no item excludes.
    #[must_use]
    pub fn included(&self) -> Option<impl Iterator<Item = &NamespaceName>> {
        (!self.0.include.is_empty()).then(|| self.0.include.iter())
    }

    /// Whether any item excludes a namespace.
    #[must_use]
    pub fn excludes_any(&self) -> bool {
        !self.0.exclude.is_empty()
    }

    /// The items to exclude that have matched no name so far, of those that this selector or a
    /// clone of it was asked about, for a warning: after a pass, those without effect.
    ///
    /// ```
    /// # use kai_core::NamespaceSelector;
    /// let selector = NamespaceSelector::excluding(["default", "^kube-", "tset"])?;
    /// for namespace in ["default", "kube-system", "test"] {
    ///     let _ = selector.selects(namespace);
    /// }
    /// assert!(selector.unmatched_excludes().eq(["tset"]));
    /// # Ok::<(), kai_core::SelectorError>(())
    /// ```
    pub fn unmatched_excludes(&self) -> impl Iterator<Item = &str> {
        let unmatched = self.0.exclude.iter().filter(|item| !item.has_matched());
        unmatched.map(|item| item.pattern.as_str())
    }

    /// The included names that are excluded too, for a warning.
    #[must_use]
    pub fn conflicts(&self) -> &[Conflict] {
        &self.0.conflicts
    }
}

/// `[a-z0-9]([-a-z0-9]*[a-z0-9])?`, of any length.
fn is_label(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}
