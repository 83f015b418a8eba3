//! What kai's adapters have in common, below each of them: secrets are masked in text that others
//! wrote ([`secrets`]), files are read within limits ([`mod@file`]), and faults of TLS are told apart
//! ([`tls`]).
//!
//! This crate knows neither Kubernetes nor Anchore, and is for kai's own crates: use it where you
//! write another adapter.

pub mod file;
pub mod secrets;
pub mod tls;
