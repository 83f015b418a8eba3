//! Whether this is a FIPS build, and whether it is what it says.

#[cfg(test)]
mod tests;

use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use crate::error::Error;

/// Whether this is a FIPS build.
pub(crate) const BUILD: bool = cfg!(feature = "fips");

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
    if BUILD && !provider.fips() { Err(Error::NotFips) } else { Ok(()) }
}
