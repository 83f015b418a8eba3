//! Which part of a value may be shown, valid or not: users put passwords into the user name, tokens
//! into the server URL, and private keys wherever a certificate is expected.

use super::{Key, Kind, without_user};
use crate::secret::without_password;

/// The longest word that is shown of a key that stands among secrets.
const WORD_MAX: usize = 16;

impl Key {
    /// A value as it may be shown; `None`: nothing of it.
    pub(crate) fn reveal(&self, text: &str) -> Option<String> {
        if looks_secret(text) {
            return None;
        }
        match self.kind {
            Kind::Secret | Kind::Data => None,
            Kind::Url => Some(without_user(text)),
            Kind::Login => Some(without_password(text)),
            Kind::Path | Kind::Kubeconfig if text.contains('\n') => None,
            // What has no slash may be no path at all.
            Kind::Path if !text.contains(['/', '\\']) => Some(without_password(text)),
            // It stands beside the token.
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

/// Whether a text is a key, a certificate or a token by its form: in PEM, in base64 of PEM, or as a
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
