//! Digests, short enough to be read.

use kai_core::Digest;

/// How many digits tell images apart.
const DIGITS: usize = 12;

/// The first digits of a digest.
pub(crate) fn short(digest: &Digest) -> &str {
    digest.hex().get(..DIGITS).unwrap_or(digest.hex())
}
