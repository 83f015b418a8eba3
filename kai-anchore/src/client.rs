//! Settings -> client: the only file that builds one.

use std::fs;

use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use crate::fips;
use crate::settings::{AnchoreSettings, CaCertificate, SettingsError};
use crate::transport::root_cause;

/// The client for these settings. Sends nothing.
///
/// Proxies are those of the environment, except for a server on this machine: no proxy could reach
/// it.
pub(crate) fn build(settings: &AnchoreSettings) -> Result<Client, SettingsError> {
    fips::check(settings.insecure)?;
    let certificates = match &settings.ca_certificate {
        Some(certificate) => read(certificate)?,
        None => Vec::new(),
    };
    let mut client = Client::builder()
        .user_agent(header("User-Agent", &settings.user_agent)?)
        // The credentials stay with the host that was named.
        .redirect(Policy::none())
        // One attempt is one attempt.
        .retry(reqwest::retry::never())
        .http1_only()
        .tls_certs_merge(certificates)
        .tls_danger_accept_invalid_certs(settings.insecure);
    if let Some(timeout) = settings.timeout {
        client = client.timeout(timeout);
    }
    if settings.url.is_loopback() {
        client = client.no_proxy();
    }
    client.build().map_err(|error| match &settings.ca_certificate {
        Some(certificate) => unusable(certificate, root_cause(&error)),
        None => SettingsError::Client(root_cause(&error)),
    })
}

/// A text as the value of a header.
pub(crate) fn header(what: &'static str, text: &str) -> Result<HeaderValue, SettingsError> {
    if text.is_empty() {
        return Err(SettingsError::Empty(what));
    }
    HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| SettingsError::Header { what, text: text.to_owned() })
}

fn read(certificate: &CaCertificate) -> Result<Vec<Certificate>, SettingsError> {
    let pem = match certificate {
        CaCertificate::Pem(pem) => pem,
        CaCertificate::File(path) => &fs::read(path)
            .map_err(|source| SettingsError::CaFile { path: path.clone(), source })?,
    };
    match Certificate::from_pem_bundle(pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(unusable(certificate, String::new())),
    }
}

fn unusable(certificate: &CaCertificate, why: String) -> SettingsError {
    let from = match certificate {
        CaCertificate::File(path) => format!("the CA certificate `{}`", path.display()),
        CaCertificate::Pem(_) => "the CA certificate".to_owned(),
    };
    SettingsError::CaCertificate { from, why }
}
