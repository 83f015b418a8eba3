//! TLS with client-go's semantics, where rustls is stricter: trusted certificates and the client
//! certificate of a kubeconfig.

mod identity;
mod pinned;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kube::Config;
use kube::client::ConfigExt;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use self::pinned::Pinned;

/// Why there is no TLS of these settings.
#[derive(Debug)]
pub(crate) enum TlsError {
    Kube(kube::Error),
    /// Something that the user says can't be used: which field, and why.
    Value {
        what: &'static str,
        why: String,
    },
}

impl From<kube::Error> for TlsError {
    fn from(error: kube::Error) -> Self {
        Self::Kube(error)
    }
}

/// The cryptography of every connection: the program's own, else that of aws-lc-rs from now on.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    if CryptoProvider::get_default().is_none() {
        // Only if another thread was faster, and then there is one.
        let _ = default_provider().install_default();
    }
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(default_provider()))
}

/// TLS to the server of a configuration. Its certificates stand in it as data.
pub(crate) fn client_config(config: &Config) -> Result<ClientConfig, TlsError> {
    let user = &config.auth_info;
    let identity = identity::read(
        user.client_certificate_data.as_deref(),
        user.client_key_data.as_ref(),
        &provider(),
    )?;
    let mut tls = match &config.root_cert {
        Some(roots) if !config.accept_invalid_certs => trusting(roots)?,
        _ => {
            // Without what would be read again, and less leniently.
            let mut anonymous = config.clone();
            anonymous.auth_info.client_certificate_data = None;
            anonymous.auth_info.client_key_data = None;
            anonymous.rustls_client_config()?
        }
    };
    if let Some(identity) = identity {
        tls.client_auth_cert_resolver = identity;
    }
    Ok(tls)
}

/// TLS that trusts these certificates alone.
fn trusting(roots: &[Vec<u8>]) -> Result<ClientConfig, TlsError> {
    let unusable = |why: String| TlsError::Value { what: "certificate-authority", why };
    let mut store = RootCertStore::empty();
    for root in roots {
        let added = store.add(CertificateDer::from(root.as_slice()));
        added.map_err(|error| unusable(error.to_string()))?;
    }
    let provider = provider();
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone());
    let webpki = builder.build().map_err(|error| unusable(error.to_string()))?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?;
    let verifier = Arc::new(Pinned::new(webpki, roots));
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}
