//! Requirements of a FIPS build: all cryptography is that of the FIPS module.
//!
//! The feature `fips` of this crate makes a FIPS build. Other crates with such a feature forward it
//! here, so that all parts of a program agree on whether it is one.

use std::error::Error;
use std::fmt;

use rustls::crypto::CryptoProvider;

/// Whether this is a FIPS build.
pub const BUILD: bool = cfg!(feature = "fips");

/// This is a FIPS build, but the crypto provider is not FIPS-approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotFips;

impl fmt::Display for NotFips {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TLS is not in FIPS mode, which this build insists on")
    }
}

impl Error for NotFips {}

/// Refuses cryptography that isn't the FIPS module's, in a FIPS build.
///
/// # Errors
/// When it is refused: a single algorithm from outside the module is enough.
pub fn check(provider: &CryptoProvider) -> Result<(), NotFips> {
    if BUILD && !provider.fips() { Err(NotFips) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use rustls::crypto::aws_lc_rs::{default_provider, kx_group};

    use super::*;

    #[test]
    fn the_library_s_own_cryptography_is_what_the_build_says() {
        assert_eq!(default_provider().fips(), BUILD);
        assert_eq!(check(&default_provider()), Ok(()));
    }

    #[test]
    fn one_algorithm_that_is_none_of_the_module_s_is_too_many() {
        let mut provider = default_provider();
        provider.kx_groups.push(kx_group::X25519);
        assert_eq!(check(&provider), if BUILD { Err(NotFips) } else { Ok(()) });
    }
}
