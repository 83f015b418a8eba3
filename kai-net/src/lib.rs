//! What kai's adapters have in common, below each of them.
//!
//! - [`secrets`]: those that the process knows are masked in text that others wrote
//! - [`mod@file`]: files that settings name are read within limits
//! - [`tls`], [`chain`]: faults of TLS are told apart; what is told of an error and its causes
//! - [`fips`]: what a FIPS build insists on
//! - [`url`]: what may be shown of a URL, and whether it leads to this machine
//! - [`no_proxy`]: which servers are asked without a proxy
//! - [`retry_after`], [`backoff`]: how long to wait before another attempt, by the answer that asks
//!   for it, or by how often it failed
//!
//! This crate knows neither Kubernetes nor Anchore, and is for kai's own crates: use it where you
//! write another adapter.

pub mod backoff;
pub mod chain;
pub mod file;
pub mod fips;
pub mod no_proxy;
pub mod retry_after;
pub mod secrets;
pub mod tls;
pub mod url;
