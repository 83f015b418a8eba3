//! Where a value comes from: flag over variable over default.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;

use crate::args::Args;
use crate::escape::Excerpt;
use crate::keys::{Invalid, Key, Takes, Typed};

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Typed, with this flag.
    Flag(&'static str),
    /// In this variable.
    Variable(String),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(long) => write!(f, "`--{long}`"),
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A text that is not what its key expects.
#[derive(Debug, thiserror::Error)]
#[error("{} for {origin}: expected {expects}", quoted(value))]
pub(crate) struct InvalidValue {
    value: String,
    origin: Origin,
    expects: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

fn quoted(value: &str) -> String {
    match value {
        "" => "empty value".to_owned(),
        value => format!("invalid value `{}`", Excerpt(value)),
    }
}

/// A value, and where it was found.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// What was typed, over the environment, over the defaults.
pub(super) struct Layers<'a> {
    args: &'a Args,
    env: &'a dyn Fn(&str) -> Option<OsString>,
}

impl<'a> Layers<'a> {
    pub(super) fn new(args: &'a Args, env: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { args, env }
    }

    pub(super) fn args(&self) -> &'a Args {
        self.args
    }

    /// A variable; an empty one counts as none.
    pub(super) fn env(&self, name: &str) -> Option<OsString> {
        (self.env)(name).filter(|text| !text.is_empty())
    }

    /// The value of a key, and where it was found.
    pub(super) fn found<T>(&self, typed: &Typed<T>) -> Result<Option<Found<T>>, InvalidValue> {
        // Only a list has several.
        let Some((texts, origin)) = self.texts(&typed.key) else { return Ok(None) };
        let Some(text) = texts.last() else { return Ok(None) };
        let value = parse(typed, text, &origin)?;
        Ok(Some(Found { value, origin }))
    }

    /// The value of a key, where there is one.
    pub(super) fn optional<T>(&self, typed: &Typed<T>) -> Result<Option<T>, InvalidValue> {
        Ok(self.found(typed)?.map(|found| found.value))
    }

    /// The value of a key that has a default.
    pub(super) fn required<T>(&self, typed: &Typed<T>) -> Result<T, InvalidValue> {
        match self.found(typed)? {
            Some(found) => Ok(found.value),
            None => parse(typed, OsStr::new(typed.key.default), &Origin::Default),
        }
    }

    /// The items of a list, white space around each of them dropped.
    pub(super) fn list<T>(&self, typed: &Typed<T>) -> Result<Vec<T>, InvalidValue> {
        let Some((texts, origin)) = self.texts(&typed.key) else { return Ok(Vec::new()) };
        let comma = !matches!(
            (&origin, typed.key.flag.as_ref().map(|flag| flag.takes)),
            (Origin::Flag(_), Some(Takes::Items { comma: false, .. }))
        );
        let mut values = Vec::new();
        for text in &texts {
            match text.to_str() {
                Some(text) if comma => {
                    for item in text.split(',') {
                        values.push(parse(typed, OsStr::new(item.trim()), &origin)?);
                    }
                }
                _ => values.push(parse(typed, text, &origin)?),
            }
        }
        Ok(values)
    }

    fn texts(&self, key: &Key) -> Option<(Vec<OsString>, Origin)> {
        if let Some(texts) = self.args.typed(key) {
            let flag = key.flag.as_ref().map_or(key.name, |flag| flag.long);
            return Some((texts.to_vec(), Origin::Flag(flag)));
        }
        let variable = key.variable();
        self.env(&variable).map(|text| (vec![text], Origin::Variable(variable)))
    }
}

fn parse<T>(typed: &Typed<T>, text: &OsStr, origin: &Origin) -> Result<T, InvalidValue> {
    (typed.parse)(text).map_err(|Invalid(source)| InvalidValue {
        value: text.to_string_lossy().into_owned(),
        origin: origin.clone(),
        expects: typed.key.expects,
        source,
    })
}
