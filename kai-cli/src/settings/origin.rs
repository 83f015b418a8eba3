//! Raw values of a source, each with its origin.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use crate::escape::Excerpt;

/// Where a value was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Typed, with this flag.
    Flag(&'static str),
    /// In this variable.
    Variable(String),
    /// In a configuration file.
    File {
        /// The key.
        key: &'static str,
        /// The path of the file, as messages name it.
        path: String,
        /// The line.
        line: u64,
    },
    /// Nowhere: it is the default.
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
    /// The place alone, where the key is known.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Flag(long) => format!("flag --{long}"),
            Self::Variable(name) => format!("variable {name}"),
            Self::File { path, line, .. } => format!("{}, line {line}", Excerpt(path)),
            Self::Default => "default".to_owned(),
        }
    }
}

/// The texts of a key, and where they were found. Without `Debug`, since they may be secrets.
#[derive(Clone)]
pub(super) struct Raw {
    pub(super) shape: Shape,
    pub(super) origin: Origin,
}

/// What was found for a key.
#[derive(Clone)]
pub(super) enum Shape {
    /// One text.
    One(OsString),
    /// A list.
    Items(Vec<OsString>),
    /// What no key takes, in words.
    Unsupported(&'static str),
}

/// What one source says, by the key's name.
pub(super) type Layer = BTreeMap<&'static str, Raw>;

/// The items of a text, white space around each of them dropped.
pub(super) fn items(text: &str) -> Vec<OsString> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| item.trim().into()).collect()
}
