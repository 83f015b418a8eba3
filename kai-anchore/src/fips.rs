//! Requirements of a FIPS build.

#[cfg(test)]
mod tests;

use kai_net::fips::{self, BUILD};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use crate::settings::SettingsError;

/// Refuses cryptography that isn't the FIPS module's, and servers that need not prove who they are.
pub(crate) fn check(insecure: bool) -> Result<(), SettingsError> {
    if BUILD && insecure {
        return Err(SettingsError::Insecure);
    }
    // The same that the client takes.
    match CryptoProvider::get_default() {
        Some(provider) => check_provider(provider),
        None => check_provider(&default_provider()),
    }
}

fn check_provider(provider: &CryptoProvider) -> Result<(), SettingsError> {
    fips::check(provider).map_err(|_| SettingsError::NotFips)
}
