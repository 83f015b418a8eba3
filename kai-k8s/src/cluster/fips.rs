//! Requirements of a FIPS build.

#[cfg(test)]
mod tests;

use kai_net::fips::{self, BUILD};
use rustls::crypto::CryptoProvider;

use crate::cluster::error::{ConnectError, Origin};

/// Refuses cryptography that isn't the FIPS module's.
pub(crate) fn check_provider(provider: &CryptoProvider) -> Result<(), ConnectError> {
    fips::check(provider).map_err(|_| ConnectError::NotFips)
}

/// Refuses a server that need not prove who it is.
pub(crate) fn check_verification(insecure: bool, origin: &Origin) -> Result<(), ConnectError> {
    if !(BUILD && insecure) {
        return Ok(());
    }
    Err(ConnectError::Value {
        origin: origin.clone(),
        what: "insecure-skip-tls-verify",
        why: "it is true, and a FIPS build verifies every certificate (hint: \
              `certificate-authority` names whom to trust)"
            .to_owned(),
    })
}
