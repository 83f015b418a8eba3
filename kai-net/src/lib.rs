//! Shared building blocks of kai's adapters.
//!
//! - [`secrets`]: redacts registered secrets in untrusted text
//! - [`mod@file`]: reads files named in settings, within limits
//! - [`tls`], [`chain`]: classifies TLS errors; extracts messages from error chains
//! - [`fips`]: requirements of a FIPS build
//! - [`url`]: which parts of a URL may be shown, and whether it points to this machine
//! - [`no_proxy`]: which servers bypass the proxy
//! - [`retry_after`], [`backoff`]: the delay before a retry, requested by the response or computed
//!   from the number of failures
//!
//! This crate depends neither on Kubernetes nor on Anchore, and is internal to kai: use it to write
//! another adapter.

pub mod backoff;
pub mod chain;
pub mod file;
pub mod fips;
pub mod no_proxy;
pub mod retry_after;
pub mod secrets;
pub mod tls;
pub mod url;
