//! Whether this is a FIPS build, and whether its cryptography module really is one.

#[cfg(test)]
mod tests;

use kai_net::fips;
pub(crate) use kai_net::fips::BUILD;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use crate::error::Error;

/// Whether all cryptography is that of the FIPS module. The module tests itself before kai starts,
/// and ends the process where that fails.
pub(crate) fn is_on() -> bool {
    BUILD && default_provider().fips()
}

/// Refuses to go on without the FIPS module, in a build that insists on it.
pub(crate) fn check() -> Result<(), Error> {
    check_provider(&default_provider())
}

fn check_provider(provider: &CryptoProvider) -> Result<(), Error> {
    fips::check(provider).map_err(|_| Error::NotFips)
}
