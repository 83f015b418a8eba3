//! A configuration file: its keys with their texts and lines.

use std::ffi::OsString;

use super::expand;
use super::origin::{Layer, Origin, Raw, Shape, items};
use super::routes;
use super::yaml::{self, Entry, Node, Value};
use crate::escape::Excerpt;
use crate::keys::{self, Key, Kind};

/// What a configuration file says. Without `Debug`, since it may hold secrets.
pub(crate) struct ConfigFile {
    /// Its path, as messages name it.
    pub(super) path: String,
    /// Whether it was found in the working directory, where anybody may have put it.
    pub(crate) in_working_directory: bool,
    /// Its keys.
    pub(super) values: Layer,
    /// What it says besides.
    pub(super) unknown: Vec<Unknown>,
    /// What would send namespaces to several accounts.
    pub(super) routes: Option<Unknown>,
}

/// Something in a file that is no key.
pub(super) struct Unknown {
    pub(super) name: String,
    pub(super) line: u64,
}

/// Why a configuration file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It is no YAML.
    #[error("the configuration file `{}` is not valid: {why}", Excerpt(path))]
    Malformed {
        /// Its path.
        path: String,
        /// What is wrong, and where.
        why: String,
    },
    /// It can't be read.
    #[error("the configuration file `{}` cannot be read", Excerpt(path))]
    Unreadable {
        /// Its path.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The path that was typed is empty.
    #[error("empty value for `--config`: expected a path")]
    NoPath,
}

impl ConfigFile {
    /// Reads a text.
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

    /// The variables that it names: `$NAME`.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        let expanded = keys::ALL.iter().filter(|key| key.expands);
        expanded.filter_map(|key| match &self.values.get(key.name)?.shape {
            Shape::One(text) => expand::name(text.to_str()?),
            _ => None,
        })
    }

    /// Takes what stands in a section, each key with the section's name before it.
    fn section(&mut self, section: &str, entries: Vec<Entry>) {
        for Entry { key, line, node } in entries {
            // Case means nothing to Go kai.
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

/// What a file has for a key; `None`: nothing, as `key:` says.
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

/// Whether an empty text means that the key is not set. Where any text could be meant (a tag), it
/// is a mistake.
fn may_be_empty(key: &Key) -> bool {
    key.default.is_empty()
        || matches!(key.kind, Kind::Word | Kind::Number | Kind::Duration | Kind::Switch)
}
