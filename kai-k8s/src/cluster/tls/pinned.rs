//! Servers whose own certificate is the trust anchor of a kubeconfig.

use std::sync::Arc;

use memchr::memmem;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme, client};

/// `extKeyUsage`, 2.5.29.37, as it stands in a certificate.
const EXTENDED_KEY_USAGE: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x25];
/// `serverAuth`, 1.3.6.1.5.5.7.3.1, and `anyExtendedKeyUsage`, 2.5.29.37.0.
const FOR_SERVERS: [&[u8]; 2] = [
    &[0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
    &[0x06, 0x04, 0x55, 0x1d, 0x25, 0x00],
];

/// Verifies as webpki does, and accepts besides what Go accepts and webpki refuses: a certificate
/// that equals, byte for byte, one that the kubeconfig trusts. It is the server's own, which a CA
/// that is not trusted has issued, or a self-signed one that calls itself a CA.
///
/// Such a certificate is trusted as it stands, so who issued it doesn't matter. Its dates, its name
/// and its usage count all the same, and the server has to prove that it has the key.
#[derive(Debug)]
pub(super) struct Pinned {
    webpki: Arc<WebPkiServerVerifier>,
    trusted: Vec<CertificateDer<'static>>,
}

impl Pinned {
    pub(super) fn new(webpki: Arc<WebPkiServerVerifier>, trusted: &[Vec<u8>]) -> Self {
        let trusted = trusted.iter().cloned().map(CertificateDer::from);
        Self { webpki, trusted: trusted.collect() }
    }

    /// Whether it is only the issuer that a certificate was refused for. webpki looks at dates
    /// first, then at whether a CA is used as a server, then at the usage, then for an issuer.
    fn lacks_an_issuer_only(certificate: &CertificateDer<'_>, refused: &Error) -> bool {
        match refused {
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
            Error::InvalidCertificate(CertificateError::Other(other)) => {
                let ca_as_server = other.0.to_string().contains("CaUsedAsEndEntity");
                ca_as_server && is_for_servers(certificate)
            }
            _ => false,
        }
    }
}

/// Whether a certificate has no usages, or that of a server among them. It is one that the user has
/// named, so it is enough to look for the bytes.
fn is_for_servers(certificate: &CertificateDer<'_>) -> bool {
    match memmem::find(certificate, EXTENDED_KEY_USAGE) {
        None => true,
        Some(at) => {
            let usages = &certificate[at + EXTENDED_KEY_USAGE.len()..];
            FOR_SERVERS.iter().any(|usage| memmem::find(usages, usage).is_some())
        }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.webpki.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        let Err(refused) = verified else { return verified };
        if self.trusted.contains(end_entity) && Self::lacks_an_issuer_only(end_entity, &refused) {
            client::verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
            return Ok(ServerCertVerified::assertion());
        }
        Err(refused)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
