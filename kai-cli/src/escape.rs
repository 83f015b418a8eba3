//! Escapes untrusted text for terminals and logs.

pub(crate) use kai_core::{Escaped, Excerpt};
