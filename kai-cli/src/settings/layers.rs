//! Precedence: flag over environment variable over file over default.

use std::ffi::{OsStr, OsString};

use super::environment::Environment;
use super::expand;
use super::file::ConfigFile;
use super::invalid::{InvalidValue, parse};
use super::origin::{Layer, Origin, Raw, Shape, items};
use super::{Notice, legacy};
use crate::args::Args;
use crate::keys::{self, FlagArity, Key, Kind, Typed, without_user};
use crate::secret::REDACTED;

/// A value and its origin.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// The merged layers: flags, environment, file and defaults, in order of precedence.
pub(super) struct Layers<'a> {
    args: &'a Args,
    pub(super) env: &'a Environment,
    /// Whether the file may refer to any variable and any path.
    pub(super) trusted: bool,
    pub(super) values: Layer,
}

impl<'a> Layers<'a> {
    /// Merges the layers.
    pub(super) fn new(
        args: &'a Args,
        env: &'a Environment,
        file: Option<&ConfigFile>,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, InvalidValue> {
        let of_file = file.map(|file| file.values.clone()).unwrap_or_default();
        let mut layers = [of_args(args), of_environment(env), of_file];
        legacy::rewrite(&mut layers, notices)?;
        let mut values = Layer::new();
        // From lowest to highest precedence.
        layers.into_iter().rev().for_each(|layer| values.extend(layer));
        let trusted = file.is_none_or(|file| !file.in_working_directory);
        let layers = Self { args, env, trusted, values };
        layers.refuse_placeholders()?;
        layers.refuse_escapes()?;
        Ok(layers)
    }

    pub(super) fn args(&self) -> &'a Args {
        self.args
    }

    /// The origin of a key's value.
    pub(super) fn origin(&self, key: &Key) -> Option<&Origin> {
        self.values.get(key.name).map(|raw| &raw.origin)
    }

    /// The value of a key, with its origin.
    pub(super) fn found<T>(&self, typed: &Typed<T>) -> Result<Option<Found<T>>, InvalidValue> {
        let Some(Raw { shape, origin }) = self.values.get(typed.key.name) else { return Ok(None) };
        let text = self.text(&typed.key, shape, origin)?;
        let value = parse(typed, &text, origin).map_err(|error| match shape {
            // A variable's value may be secret, whatever the key.
            Shape::One(written) if *written != text => error.unquoted(),
            _ => error,
        })?;
        Ok(Some(Found { value, origin: origin.clone() }))
    }

    /// The value of a key, if set.
    pub(super) fn optional<T>(&self, typed: &Typed<T>) -> Result<Option<T>, InvalidValue> {
        Ok(self.found(typed)?.map(|found| found.value))
    }

    /// The value of a key, or its default.
    pub(super) fn required<T>(&self, typed: &Typed<T>) -> Result<T, InvalidValue> {
        match self.found(typed)? {
            Some(found) => Ok(found.value),
            None => parse(typed, OsStr::new(typed.key.default), &Origin::Default),
        }
    }

    /// The items of a list.
    pub(super) fn list<T>(&self, typed: &Typed<T>) -> Result<Vec<T>, InvalidValue> {
        match self.values.get(typed.key.name) {
            None => Ok(Vec::new()),
            Some(Raw { shape: Shape::Items(items), origin }) => {
                items.iter().map(|item| parse(typed, item, origin)).collect()
            }
            Some(Raw { shape, origin }) => Err(unsupported(&typed.key, shape, origin)),
        }
    }

    /// The values of a key as a file would contain them, with their origin.
    pub(super) fn effective(&self, key: &Key) -> (Vec<OsString>, Origin) {
        match self.values.get(key.name) {
            Some(Raw { shape: Shape::Items(items), origin }) => (items.clone(), origin.clone()),
            // A file's variables are not expanded: their values may be secret.
            Some(Raw { shape: Shape::One(text), origin }) => {
                let dollar = key.expands
                    && !matches!(origin, Origin::File { .. })
                    && text.as_encoded_bytes().starts_with(b"$");
                let mut written = OsString::from(if dollar { "$" } else { "" });
                written.push(text);
                (vec![written], origin.clone())
            }
            Some(Raw { origin, .. }) => (Vec::new(), origin.clone()),
            None if key.default.is_empty() => (Vec::new(), Origin::Default),
            None => (vec![key.default.into()], Origin::Default),
        }
    }

    fn text(&self, key: &Key, shape: &Shape, origin: &Origin) -> Result<OsString, InvalidValue> {
        let Shape::One(text) = shape else { return Err(unsupported(key, shape, origin)) };
        match (origin, text.to_str()) {
            (Origin::File { .. }, Some(plain)) if key.expands => {
                expand::expand(plain, self.trusted, self.env)
                    .map_err(|why| InvalidValue::Variable { origin: origin.clone(), why })
            }
            _ => Ok(text.clone()),
        }
    }

    /// Rejects placeholders such as `<your anchore api url>`, which example files contain.
    fn refuse_placeholders(&self) -> Result<(), InvalidValue> {
        for key in keys::ALL {
            let Some(Raw { shape: Shape::One(text), origin }) = self.values.get(key.name) else {
                continue;
            };
            let Some(text) = text.to_str().filter(|_| matches!(origin, Origin::File { .. })) else {
                continue;
            };
            if text.starts_with('<') && text.ends_with('>') {
                // For any key: the value may have been filled in without removing the brackets.
                let text = key.reveal(text).map(|text| without_user(&text));
                return Err(InvalidValue::Placeholder { origin: origin.clone(), text });
            }
        }
        Ok(())
    }
}

/// The layer of flags.
fn of_args(args: &Args) -> Layer {
    let mut layer = Layer::new();
    for key in keys::ALL {
        let (Some(texts), Some(flag)) = (args.typed(key), &key.flag) else { continue };
        let shape = match (flag.takes, texts) {
            (FlagArity::Items { comma, .. }, _) => {
                Shape::Items(texts.iter().flat_map(|text| typed_items(text, comma)).collect())
            }
            (_, [.., text]) => Shape::One(text.clone()),
            (_, []) => continue,
        };
        layer.insert(key.name, Raw { shape, origin: Origin::Flag(flag.long) });
    }
    if args.all_namespaces {
        let origin = Origin::Flag("all-namespaces");
        layer.insert(keys::INCLUDE.key.name, Raw { shape: Shape::Items(Vec::new()), origin });
    }
    layer
}

/// The items of one flag value. An empty item is a mistake, and is kept: `-n "$NAME"` with an unset
/// variable must not select all namespaces.
fn typed_items(text: &OsStr, comma: bool) -> Vec<OsString> {
    match text.to_str() {
        Some(text) if comma => text.split(',').map(|item| item.trim().into()).collect(),
        _ => vec![text.to_owned()],
    }
}

/// The layer of environment variables.
fn of_environment(env: &Environment) -> Layer {
    let mut layer = Layer::new();
    for key in keys::ALL.iter().filter(|key| !key.in_files_only) {
        let variable = key.variable();
        let Some(text) = env.get(&variable) else { continue };
        let shape = match (key.kind, text.to_str()) {
            (Kind::Items, Some(text)) => Shape::Items(items(text)),
            (Kind::Items, None) => Shape::Items(vec![text]),
            _ => Shape::One(text),
        };
        layer.insert(key.name, Raw { shape, origin: Origin::Variable(variable) });
    }
    layer
}

fn unsupported(key: &Key, shape: &Shape, origin: &Origin) -> InvalidValue {
    let what = if let Shape::Unsupported(what) = shape { what } else { "a list" };
    InvalidValue::Unexpected {
        value: format!("{what} is no value"),
        origin: origin.clone(),
        expects: key.expects,
        source: None,
    }
}

/// The value of a key for display: a secret is redacted.
pub(super) fn shown(key: &Key, text: &OsStr) -> String {
    let Some(text) = key.reveal(&text.to_string_lossy()) else { return REDACTED.to_owned() };
    match key.kind {
        Kind::Word => text.to_lowercase(),
        Kind::Switch => keys::is_true(&text).map_or(text, |value| value.to_string()),
        Kind::Duration => keys::whole_seconds(&text).map_or(text, |seconds| seconds.to_string()),
        _ => text,
    }
}
