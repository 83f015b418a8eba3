//! Classifies TLS errors: an untrusted certificate is not the same as a server that doesn't speak
//! TLS, or that rejects the client.

use std::error::Error as StdError;
use std::fmt;

use rustls::{AlertDescription, CertificateError, Error};

use crate::chain::causes;

/// The kind of a TLS error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The server doesn't speak TLS.
    NoTls,
    /// The server's certificate is not trusted.
    Certificate {
        /// The reason.
        why: String,
        /// Whether the reason is an unknown issuer.
        unknown_issuer: bool,
    },
    /// The server rejects the client's certificate, or requires one; the alert that it sent.
    Refused(String),
    /// Client and server have no version, cipher or signature algorithm in common.
    Incompatible(String),
    /// Possibly transient.
    Broken(String),
}

impl Fault {
    /// The TLS error in an error's chain; `None` if there is none.
    #[must_use]
    pub fn of(error: &(dyn StdError + 'static)) -> Option<Self> {
        causes(error).find_map(|cause| cause.downcast_ref::<Error>()).map(Self::from)
    }

    /// Whether a retry may succeed.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Broken(_))
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        match error {
            Error::InvalidMessage(_) => Self::NoTls,
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => Self::Certificate {
                why: "none of those that are trusted has issued it".to_owned(),
                unknown_issuer: true,
            },
            // In the chain or in the handshake: rustls doesn't distinguish them.
            Error::InvalidCertificate(CertificateError::BadSignature) => Self::Certificate {
                why: "a signature does not match: it was issued by another CA with the name of a \
                      trusted one, or the server does not have its key"
                    .to_owned(),
                unknown_issuer: false,
            },
            Error::InvalidCertificate(error) => {
                Self::Certificate { why: error.to_string(), unknown_issuer: false }
            }
            Error::NoCertificatesPresented => {
                Self::Certificate { why: "there is none".to_owned(), unknown_issuer: false }
            }
            Error::AlertReceived(alert) => of_alert(*alert),
            Error::PeerIncompatible(_) => Self::Incompatible(error.to_string()),
            _ => Self::Broken(error.to_string()),
        }
    }
}

fn of_alert(alert: AlertDescription) -> Fault {
    use AlertDescription as Alert;
    let name = name(alert);
    match alert {
        Alert::NoCertificate
        | Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateRevoked
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::UnknownCA
        | Alert::AccessDenied
        | Alert::DecryptError
        | Alert::CertificateRequired => Fault::Refused(name),
        Alert::HandshakeFailure
        | Alert::ProtocolVersion
        | Alert::InsufficientSecurity
        | Alert::UnrecognisedName
        | Alert::InappropriateFallback
        | Alert::NoApplicationProtocol => Fault::Incompatible(format!("alert {name}")),
        _ => Fault::Broken(format!("alert {name}")),
    }
}

/// The name of an alert as in [RFC 8446]: `handshake_failure`.
///
/// [RFC 8446]: https://www.rfc-editor.org/rfc/rfc8446#section-6
fn name(alert: AlertDescription) -> String {
    let camel = format!("{alert:?}");
    let mut name = String::new();
    let mut before = '_';
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        before = letter;
    }
    name
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTls => f.write_str(
                "the server does not speak TLS, though its URL begins with `https://` (hint: the \
                 URL of a server of plain HTTP begins with `http://`)",
            ),
            Self::Certificate { why, .. } => {
                write!(f, "the server's certificate was not accepted: {why}")
            }
            Self::Refused(alert) => {
                write!(f, "the server does not accept the client's certificate: alert {alert}")
            }
            Self::Incompatible(why) => {
                write!(f, "the server and kai have no version or cipher of TLS in common: {why}")
            }
            Self::Broken(why) => write!(f, "TLS broke off: {why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use rustls::{InvalidMessage, PeerIncompatible, PeerMisbehaved};

    use super::*;

    #[test]
    fn each_fault_is_told_for_what_it_is() {
        let alert = Error::AlertReceived;
        let table = [
            (
                Error::InvalidMessage(InvalidMessage::InvalidContentType),
                "the server does not speak TLS",
                false,
            ),
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                "the server's certificate was not accepted: ",
                false,
            ),
            (
                Error::InvalidCertificate(CertificateError::BadSignature),
                "the server's certificate was not accepted: a signature does not match: ",
                false,
            ),
            (
                Error::NoCertificatesPresented,
                "the server's certificate was not accepted: there is none",
                false,
            ),
            (
                alert(AlertDescription::CertificateRequired),
                "the server does not accept the client's certificate: alert certificate_required",
                false,
            ),
            (
                alert(AlertDescription::UnknownCA),
                "the server does not accept the client's certificate: alert unknown_ca",
                false,
            ),
            (
                alert(AlertDescription::HandshakeFailure),
                "the server and kai have no version or cipher of TLS in common: alert handshake_failure",
                false,
            ),
            (
                Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
                "the server and kai have no version or cipher of TLS in common: ",
                false,
            ),
            (alert(AlertDescription::InternalError), "TLS broke off: alert internal_error", true),
            (
                Error::PeerMisbehaved(PeerMisbehaved::TooMuchEarlyDataReceived),
                "TLS broke off: ",
                true,
            ),
        ];
        for (error, expected, may_pass) in table {
            // As a connector wraps it.
            let wrapped = io::Error::new(io::ErrorKind::InvalidData, error);
            let fault = Fault::of(&wrapped).unwrap();
            println!("{fault}");
            assert!(fault.to_string().starts_with(expected), "{fault}");
            assert_eq!(fault.may_pass(), may_pass, "{fault}");
        }
        assert_eq!(Fault::of(&io::Error::other("else")), None);
    }
}
