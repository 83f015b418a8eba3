//! Unparsed values of keys, with their origins.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use crate::escape::Excerpt;

/// The origin of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This flag.
    Flag(&'static str),
    /// This environment variable.
    Variable(String),
    /// A configuration file.
    File {
        /// The key.
        key: &'static str,
        /// The path of the file, as used in messages.
        path: String,
        /// The line.
        line: u64,
    },
    /// The default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(long) => write!(f, "`--{long}`"),
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::File { key, path, line } => {
                write!(f, "`{key}` ({}, line {line})", Excerpt(path))
            }
            Self::Default => f.write_str("the default"),
        }
    }
}

impl Origin {
    /// The location alone, for when the key is known.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Flag(long) => format!("flag --{long}"),
            Self::Variable(name) => format!("variable {name}"),
            Self::File { path, line, .. } => format!("{}, line {line}", Excerpt(path)),
            Self::Default => "default".to_owned(),
        }
    }
}

/// The unparsed value of a key, with its origin. No `Debug`, since it may be secret.
#[derive(Clone)]
pub(super) struct Raw {
    pub(super) shape: Shape,
    pub(super) origin: Origin,
}

/// The unparsed value of a key.
#[derive(Clone)]
pub(super) enum Shape {
    /// A single value.
    One(OsString),
    /// A list.
    Items(Vec<OsString>),
    /// A structure that no key accepts; its description.
    Unsupported(&'static str),
}

/// The values of one source, by key name.
pub(super) type Layer = BTreeMap<&'static str, Raw>;

/// Splits a text into items, each trimmed.
pub(super) fn items(text: &str) -> Vec<OsString> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| item.trim().into()).collect()
}
