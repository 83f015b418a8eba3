//! Requirements of a FIPS build.

#[cfg(test)]
mod tests;

use kai_net::fips::{self, BUILD};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use crate::settings::SettingsError;

/// Refuses cryptography from outside the FIPS module, and unverified server certificates.
pub(crate) fn check(insecure: bool) -> Result<(), SettingsError> {
    if BUILD && insecure {
        return Err(SettingsError::Insecure);
    }
    // The provider that the client uses.
    match CryptoProvider::get_default() {
        Some(provider) => check_provider(provider),
        None => check_provider(&default_provider()),
    }
}

fn check_provider(provider: &CryptoProvider) -> Result<(), SettingsError> {
    fips::check(provider).map_err(|_| SettingsError::NotFips)
}
