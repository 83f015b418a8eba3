//! Which part of a value may be shown, even if it is invalid: users put a password into the user, a
//! token into the server, and a private key where a certificate is expected.

use super::{Key, Kind, without_user};
use crate::secret::without_password;

/// Maximum length of a word that is shown for a key next to secrets.
const WORD_MAX: usize = 16;

impl Key {
    /// The part of a value that may be shown; `None`: nothing.
    pub(crate) fn reveal(&self, text: &str) -> Option<String> {
        if looks_secret(text) {
            return None;
        }
        match self.kind {
            Kind::Secret | Kind::Data => None,
            Kind::Url => Some(without_user(text)),
            Kind::Login => Some(without_password(text)),
            Kind::Path | Kind::Kubeconfig if text.contains('\n') => None,
            // Without a slash it may not be a path at all.
            Kind::Path if !text.contains(['/', '\\']) => Some(without_password(text)),
            // This key is next to the token.
            Kind::Word if self.expands => is_word(text).then(|| text.to_owned()),
            Kind::Text
            | Kind::Word
            | Kind::Number
            | Kind::Duration
            | Kind::Switch
            | Kind::Items
            | Kind::Path
            | Kind::Kubeconfig => Some(text.to_owned()),
        }
    }
}

/// Whether a string has the form of a key, a certificate or a token: PEM, base64-encoded PEM, or a
/// JSON web token.
pub(crate) fn looks_secret(text: &str) -> bool {
    let pem = ["-----BEGIN", "LS0tLS1CRUdJTi"];
    let token = |word: &str| word.starts_with("eyJ") && word.len() > 20;
    pem.iter().any(|begin| text.contains(begin)) || text.split_whitespace().any(token)
}

fn is_word(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphabetic() || b"_-".contains(&byte);
    text.len() <= WORD_MAX && text.bytes().all(fits)
}
