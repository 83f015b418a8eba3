//! What kai's adapters have in common, below each of them: secrets are masked in text that others
//! wrote ([`secrets`]), and files are read within limits ([`file`]).
//!
//! This crate knows neither Kubernetes nor Anchore, and is for kai's own crates: use it where you
//! write another adapter.

pub mod file;
pub mod secrets;
