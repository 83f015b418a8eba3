//! A configuration file: its keys with their values and line numbers.

use std::ffi::OsString;

use super::expand;
use super::origin::{Layer, Origin, Raw, Shape, items};
use super::routes;
use super::yaml::{self, Entry, Node, Value};
use crate::escape::Excerpt;
use crate::keys::{self, Key, Kind};

/// The content of a configuration file. No `Debug`, since it may contain secrets.
pub(crate) struct ConfigFile {
    /// Its path, as used in messages.
    pub(super) path: String,
    /// Whether it is in the working directory, where anyone may have put it.
    pub(crate) in_working_directory: bool,
    /// Its keys.
    pub(super) values: Layer,
    /// Names that are not keys.
    pub(super) unknown: Vec<Unknown>,
    /// A name that would route namespaces to several accounts.
    pub(super) routes: Option<Unknown>,
}

/// A name in a file that is not a key.
pub(super) struct Unknown {
    pub(super) name: String,
    pub(super) line: u64,
}

/// Why a configuration file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It isn't valid YAML.
    #[error("the configuration file `{}` is not valid: {why}", Excerpt(path))]
    Malformed {
        /// The path.
        path: String,
        /// The error, and its position.
        why: String,
    },
    /// It can't be read.
    #[error("the configuration file `{}` cannot be read", Excerpt(path))]
    Unreadable {
        /// The path.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The path given as a flag is empty.
    #[error("empty value for `--config`: expected a path")]
    NoPath,
}

impl ConfigFile {
    /// Parses a file.
    pub(crate) fn parse(
        path: String,
        in_working_directory: bool,
        text: &str,
    ) -> Result<Self, FileError> {
        let (values, unknown) = (Layer::new(), Vec::new());
        let mut file = Self { path, in_working_directory, values, unknown, routes: None };
        let malformed = |why| FileError::Malformed { path: file.path.clone(), why };
        match yaml::read(text).map_err(malformed)? {
            None => {}
            Some(Node { value: Value::Map(entries), .. }) => file.section("", entries),
            Some(Node { line, .. }) => {
                let why = format!("expected keys and values at line {line}, as `output: json`");
                return Err(malformed(why));
            }
        }
        Ok(file)
    }

    /// The variables that it refers to: `$NAME`.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        let expanded = keys::ALL.iter().filter(|key| key.expands);
        expanded.filter_map(|key| match &self.values.get(key.name)?.shape {
            Shape::One(text) => expand::name(text.to_str()?),
            _ => None,
        })
    }

    /// Adds the entries of a section, prefixing each key with the section's name.
    fn section(&mut self, section: &str, entries: Vec<Entry>) {
        for Entry { key, line, node } in entries {
            // Keys are case-insensitive in Go kai.
            let name = format!("{section}{}", key.to_lowercase());
            if let Some(key) = keys::named(&name) {
                if let Some(shape) = shape(key, node.value) {
                    let path = self.path.clone();
                    let origin = Origin::File { key: key.name, path, line };
                    self.values.insert(key.name, Raw { shape, origin });
                }
                continue;
            }
            match node.value {
                Value::Null => {}
                value if routes::routes(&name, &value) => {
                    self.routes.get_or_insert(Unknown { name, line });
                }
                Value::Map(entries) if keys::is_section(&name) => {
                    self.section(&format!("{name}."), entries);
                }
                _ => self.unknown.push(Unknown { name, line }),
            }
        }
    }
}

/// Converts a value; `None` for a key without one (`key:`).
fn shape(key: &Key, value: Value) -> Option<Shape> {
    match (value, key.kind) {
        (Value::Null, _) => None,
        (Value::Scalar(text), Kind::Items) => Some(Shape::Items(items(&text))),
        (Value::Scalar(text), _) if text.is_empty() && may_be_empty(key) => None,
        (Value::Scalar(text), _) => Some(Shape::One(text.into())),
        (Value::List(nodes), Kind::Items) => {
            let mut items: Vec<OsString> = Vec::new();
            for node in nodes {
                match node.value {
                    Value::Null => {}
                    Value::Scalar(text) => items.push(text.into()),
                    Value::List(_) | Value::Map(_) => {
                        return Some(Shape::Unsupported("a nested list"));
                    }
                }
            }
            Some(Shape::Items(items))
        }
        (Value::List(_), _) => Some(Shape::Unsupported("a list")),
        (Value::Map(_), _) => Some(Shape::Unsupported("a section of keys")),
    }
}

/// Whether an empty value means that the key is not set. For keys with a default that take any text
/// (a tag), it is a mistake.
fn may_be_empty(key: &Key) -> bool {
    key.default.is_empty()
        || matches!(key.kind, Kind::Word | Kind::Number | Kind::Duration | Kind::Switch)
}
