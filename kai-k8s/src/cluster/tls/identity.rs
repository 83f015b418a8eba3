//! The client certificate and its key.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey, SingleCertAndKey};
use rustls::{Error, InconsistentKeys};
use secrecy::{ExposeSecret, SecretString};

use super::TlsError;

const CERTIFICATE: &str = "client-certificate";
const KEY: &str = "client-key";

/// The certificate and the key, both base64 of PEM; `None` where there is neither.
///
/// Unlike rustls it takes certificates of X.509 version 1, as `openssl x509 -req` makes them where
/// it is given no extensions: who reads them is the server, and Go's does. And the label of a key is
/// only a hint at its form.
pub(super) fn read(
    certificate: Option<&str>,
    key: Option<&SecretString>,
    provider: &CryptoProvider,
) -> Result<Option<Arc<dyn ResolvesClientCert>>, TlsError> {
    let (certificate, key) = match (certificate, key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key.expose_secret()),
        (Some(_), None) => return Err(missing(KEY)),
        (None, Some(_)) => return Err(missing(CERTIFICATE)),
    };
    let (certificates, key) = (decoded(CERTIFICATE, certificate)?, decoded(KEY, key)?);
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&certificates).flatten().collect();
    if chain.is_empty() {
        return Err(unusable(CERTIFICATE, "there is no certificate in it; it is one, as PEM"));
    }
    let certified = CertifiedKey::new(chain, signing_key(&key, provider)?);
    match certified.keys_match() {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(unusable(KEY, "it is the key of another certificate"))
        }
        // Of a certificate that rustls doesn't read it can't be told; the server will.
        _ => Ok(Some(Arc::new(SingleCertAndKey::from(certified)))),
    }
}

/// The key in a PEM, in whichever of the three forms it is.
fn signing_key(pem: &[u8], provider: &CryptoProvider) -> Result<Arc<dyn SigningKey>, TlsError> {
    let mut sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(pem).flatten();
    let key = sections.find_map(|(kind, der)| match kind {
        SectionKind::PrivateKey | SectionKind::RsaPrivateKey | SectionKind::EcPrivateKey => {
            Some(der)
        }
        _ => None,
    });
    let Some(der) = key else {
        let why = "there is no private key in it; it is one without a passphrase, as PEM";
        return Err(unusable(KEY, why));
    };
    let forms: [PrivateKeyDer<'_>; 3] = [
        PrivateKeyDer::Pkcs8(der.clone().into()),
        PrivateKeyDer::Pkcs1(der.clone().into()),
        PrivateKeyDer::Sec1(der.into()),
    ];
    let load = |form| provider.key_provider.load_private_key(form).ok();
    forms.into_iter().find_map(load).ok_or_else(|| unusable(KEY, "it is no private key"))
}

fn decoded(what: &'static str, data: &str) -> Result<Vec<u8>, TlsError> {
    let no_base64 = |error: base64::DecodeError| {
        let error = error.to_string().trim_end_matches('.').to_lowercase();
        unusable(what, format!("its data is no base64: {error}"))
    };
    BASE64.decode(data).map_err(no_base64)
}

fn missing(what: &'static str) -> TlsError {
    unusable(what, "it is missing, though its counterpart is there")
}

fn unusable(what: &'static str, why: impl Into<String>) -> TlsError {
    TlsError::Value { what, why: why.into() }
}
