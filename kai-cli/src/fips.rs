//! Whether this is a FIPS build, and whether its cryptography is indeed the FIPS module's.

#[cfg(test)]
mod tests;

use kai_net::fips;
pub(crate) use kai_net::fips::BUILD;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use crate::error::Error;

/// Whether all cryptography is that of the FIPS module. The module runs its self-tests before kai
/// starts, and aborts the process if they fail.
pub(crate) fn is_on() -> bool {
    BUILD && default_provider().fips()
}

/// Returns an error if a FIPS build lacks the FIPS module.
pub(crate) fn check() -> Result<(), Error> {
    check_provider(&default_provider())
}

fn check_provider(provider: &CryptoProvider) -> Result<(), Error> {
    fips::check(provider).map_err(|_| Error::NotFips)
}
