//! Parses values, and reports invalid ones.

use std::error::Error;
use std::ffi::OsStr;

use super::expand::Unresolved;
use super::origin::Origin;
use crate::escape::Excerpt;
use crate::files::Astray;
use crate::keys::{Invalid, Key, Typed};

/// Parses the value of a key.
pub(super) fn parse<T>(typed: &Typed<T>, text: &OsStr, origin: &Origin) -> Result<T, InvalidValue> {
    (typed.parse)(text).map_err(|Invalid(source)| InvalidValue::Unexpected {
        value: quoted(&typed.key, text),
        origin: origin.clone(),
        expects: typed.key.expects,
        source,
    })
}

/// An invalid value. It contains no secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvalidValue {
    /// It doesn't parse.
    #[error("{value} for {origin}: expected {expects}")]
    Unexpected {
        /// The value, quoted, if it may be shown.
        value: String,
        /// Its origin.
        origin: Origin,
        /// The expected values.
        expects: &'static str,
        /// The cause.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// It is a placeholder of an example file.
    #[error("{origin} still holds a placeholder{}: fill it in, or leave it empty", quoted_in(text.as_ref()))]
    Placeholder {
        /// Its origin.
        origin: Origin,
        /// The placeholder, if it may be shown.
        text: Option<String>,
    },
    /// A path in an untrusted file leads out of the working directory.
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
    /// It refers to a variable that can't be expanded.
    #[error("{origin} names {why}")]
    Variable {
        /// Its origin.
        origin: Origin,
        /// The cause.
        why: Unresolved,
    },
}

impl InvalidValue {
    /// The same error without the value.
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

/// Formats a value for a message.
fn quoted(key: &Key, text: &OsStr) -> String {
    let text = text.to_string_lossy();
    match key.reveal(&text) {
        _ if text.is_empty() => "empty value".to_owned(),
        None => "invalid value".to_owned(),
        Some(text) => format!("invalid value `{}`", Excerpt(&text)),
    }
}
