//! Secret strings.

use std::fmt;

use kai_net::secrets;
/// Replaces a secret. In a file, it is a placeholder that is rejected.
pub(crate) use kai_net::secrets::MASK as REDACTED;
pub(crate) use kai_net::secrets::without_password;
use secrecy::{ExposeSecret, SecretString};

/// A string that is never shown, and zeroed when dropped.
#[derive(Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// Stores a secret, and registers it for redaction in messages.
    pub(crate) fn new(text: &str) -> Self {
        // Even if it turns out to be invalid: a server may echo it, or a message quote it.
        secrets::register(text);
        Self(text.to_owned().into())
    }

    /// Returns the string for its actual use.
    pub(crate) fn into_inner(self) -> SecretString {
        self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose_secret() == other.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_itself_to_nobody() {
        let secret = Secret::new("recognisable");
        assert_eq!(
            format!("{secret} {secret:?} {:?}", Some(&secret)),
            "<redacted> Secret(..) Some(Secret(..))"
        );
        assert_eq!(secret.into_inner().expose_secret(), "recognisable");
    }
}
