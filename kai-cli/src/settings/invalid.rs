//! Parsing of values with their origin, and errors for invalid ones.

use std::error::Error;
use std::ffi::OsStr;

use super::expand::Unresolved;
use super::origin::Origin;
use crate::escape::Excerpt;
use crate::files::Astray;
use crate::keys::{Invalid, Key, Typed};

/// The value that a text means.
pub(super) fn parse<T>(typed: &Typed<T>, text: &OsStr, origin: &Origin) -> Result<T, InvalidValue> {
    (typed.parse)(text).map_err(|Invalid(source)| InvalidValue::Unexpected {
        value: quoted(&typed.key, text),
        origin: origin.clone(),
        expects: typed.key.expects,
        source,
    })
}

/// What is wrong with the value of a key. No secret is in it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidValue {
    /// It is not what the key expects.
    #[error("{value} for {origin}: expected {expects}")]
    Unexpected {
        /// The value, quoted, where it may be shown.
        value: String,
        /// Its origin.
        origin: Origin,
        /// What it may be.
        expects: &'static str,
        /// Why not.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It is what somebody else's example left open.
    #[error("{origin} still holds a placeholder{}: fill it in, or leave it empty", quoted_in(text.as_ref()))]
    Placeholder {
        /// Its origin.
        origin: Origin,
        /// The placeholder, where it may be shown.
        text: Option<String>,
    },
    /// It leads out of the directory that somebody else's file may have come with.
    #[error(
        "`{}` for {origin} {why}: a file in the working directory can only name a path within that \
         directory (hint: `-c FILE` says that you trust a file)",
        Excerpt(value)
    )]
    Elsewhere {
        /// The path, as far as it may be shown.
        value: String,
        /// Its origin.
        origin: Origin,
        /// Where it leads.
        why: Astray,
    },
    /// It stands for a variable that can't be taken.
    #[error("{origin} names {why}")]
    Variable {
        /// Its origin.
        origin: Origin,
        /// Why not.
        why: Unresolved,
    },
}

impl InvalidValue {
    /// The same without the value.
    pub(super) fn unquoted(self) -> Self {
        match self {
            Self::Unexpected { origin, expects, .. } => Self::Unexpected {
                value: "invalid value".to_owned(),
                origin,
                expects,
                source: None,
            },
            other => other,
        }
    }
}

fn quoted_in(text: Option<&String>) -> String {
    text.map_or_else(String::new, |text| format!(", `{}`", Excerpt(text)))
}

/// A value as it is shown in a message.
fn quoted(key: &Key, text: &OsStr) -> String {
    let text = text.to_string_lossy();
    match key.reveal(&text) {
        _ if text.is_empty() => "empty value".to_owned(),
        None => "invalid value".to_owned(),
        Some(text) => format!("invalid value `{}`", Excerpt(&text)),
    }
}
