//! Builds the HTTP client from the settings; no other file does.

use std::io;
use std::path::Path;

use kai_net::secrets;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::file;
use crate::fips;
use crate::proxy;
use crate::settings::{AnchoreSettings, CaCertificate, SettingsError};
use crate::transport::root_cause;

/// Maximum size of a CA file: a hundred times that of a system's trust store.
const CA_MAX: u64 = 16 * 1024 * 1024;

/// Builds the client for these settings. Sends nothing.
pub(crate) fn build(settings: &AnchoreSettings) -> Result<Client, SettingsError> {
    fips::check(settings.insecure)?;
    proxy::register();
    let certificates = match &settings.ca_certificate {
        Some(certificate) => read(certificate)?,
        None => Vec::new(),
    };
    // Silent connections end by reqwest's own defaults: probes after 15 s, 45 s at the most.
    let mut client = Client::builder()
        .user_agent(header("User-Agent", &settings.user_agent)?)
        // Credentials are only sent to the configured host.
        .redirect(Policy::none())
        // The client must not retry: one attempt is one request.
        .retry(reqwest::retry::never())
        .http1_only()
        .tls_certs_merge(certificates)
        .tls_danger_accept_invalid_certs(settings.insecure);
    if let Some(timeout) = settings.limit() {
        client = client.timeout(timeout);
    }
    // The client never chooses the proxy itself: programs differ in how they parse `NO_PROXY`.
    client = match proxy::from_environment(settings.url.as_url()) {
        Some(proxy) => client.proxy(proxy),
        None => client.no_proxy(),
    };
    client.build().map_err(|error| match &settings.ca_certificate {
        Some(certificate) => unusable(certificate, root_cause(&error)),
        None => SettingsError::Client(root_cause(&error)),
    })
}

/// Converts a string to a header value.
pub(crate) fn header(what: &'static str, text: &str) -> Result<HeaderValue, SettingsError> {
    if text.is_empty() {
        return Err(SettingsError::Empty(what));
    }
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| SettingsError::Header { what, text: secrets::without_password(text) })
}

fn read(certificate: &CaCertificate) -> Result<Vec<Certificate>, SettingsError> {
    let pem = match certificate {
        CaCertificate::Pem(pem) => pem,
        CaCertificate::File(path) => &whole(path, || file::read(path, CA_MAX))?,
        CaCertificate::Reader(reader) => &whole(reader.path(), || reader.read())?,
    };
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(unusable(certificate, String::new())),
    }
}

fn whole(
    path: &Path,
    bytes: impl FnOnce() -> io::Result<Vec<u8>>,
) -> Result<Vec<u8>, SettingsError> {
    let checked = bytes().and_then(|bytes| match bytes.len() as u64 {
        0..=CA_MAX => Ok(bytes),
        _ => Err(io::Error::other("it is larger than 16 MiB")),
    });
    checked.map_err(|source| SettingsError::CaFile { path: path.to_owned(), source })
}

fn unusable(certificate: &CaCertificate, why: String) -> SettingsError {
    let named = |path: &Path| format!("the CA certificate `{}`", path.display());
    let from = match certificate {
        CaCertificate::File(path) => named(path),
        CaCertificate::Reader(reader) => named(reader.path()),
        CaCertificate::Pem(_) => "the CA certificate".to_owned(),
    };
    SettingsError::CaCertificate { from, why }
}
