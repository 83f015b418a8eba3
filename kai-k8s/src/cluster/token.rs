//! Bearer tokens.

use secrecy::{ExposeSecret, SecretString};

/// A token trimmed, `None` where it is empty; what can't stand in a header is an error.
pub(crate) fn checked_token(token: &str) -> Result<Option<SecretString>, String> {
    let token = token.trim();
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok((!token.is_empty()).then(|| token.to_owned().into()));
    }
    let inside = if token.contains(['\n', '\r']) {
        "a line break"
    } else {
        "white space or a control character"
    };
    Err(format!("there is {inside} inside the token; a token is one word"))
}

/// Whether two tokens, or none, are the same.
pub(crate) fn same_token(one: Option<&SecretString>, other: Option<&SecretString>) -> bool {
    one.map(ExposeSecret::expose_secret) == other.map(ExposeSecret::expose_secret)
}
