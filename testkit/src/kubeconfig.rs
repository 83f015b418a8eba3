use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a client says who it is.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// Not at all; the server sees `system:anonymous`.
    Anonymous,
    /// A bearer token.
    Token(String),
    /// A client certificate.
    Certificate {
        /// The certificate as PEM.
        certificate: String,
        /// Its private key as PEM.
        key: String,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Token(_) => "Token(…)",
            Self::Certificate { .. } => "Certificate(…)",
        })
    }
}

impl Credentials {
    pub(crate) fn token(&self) -> Option<&str> {
        match self {
            Self::Token(token) => Some(token),
            Self::Anonymous | Self::Certificate { .. } => None,
        }
    }
}

/// The kubeconfig for one server and one user, with everything inline.
pub(crate) fn render(server: &str, ca_pem: &str, credentials: &Credentials) -> String {
    let mut cluster = format!("    server: {server}\n");
    if server.starts_with("https:") {
        let _ = writeln!(cluster, "    certificate-authority-data: {}", base64(ca_pem));
    }
    let user = match credentials {
        Credentials::Anonymous => "  user: {}\n".to_owned(),
        Credentials::Token(token) => format!("  user:\n    token: {token}\n"),
        Credentials::Certificate { certificate, key } => format!(
            "  user:\n    client-certificate-data: {}\n    client-key-data: {}\n",
            base64(certificate),
            base64(key)
        ),
    };
    format!(
        "apiVersion: v1\n\
         kind: Config\n\
         current-context: testkit\n\
         clusters:\n- name: testkit\n  cluster:\n{cluster}\
         contexts:\n- name: testkit\n  context:\n    cluster: testkit\n    user: testkit\n\
         users:\n- name: testkit\n{user}"
    )
}

/// Standard base64, with padding.
pub(crate) fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads_like_rfc_4648() {
        for (plain, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(plain), encoded, "{plain}");
        }
    }
}
