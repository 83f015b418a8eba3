//! The real binary as a FIPS build: what it says, what it refuses, and how it connects.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod offers;
mod refusals;
mod run;

#[path = "../support/mod.rs"]
mod support;
