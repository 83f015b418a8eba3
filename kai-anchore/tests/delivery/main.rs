//! Deliveries to a server that speaks TLS, as Anchore does.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod detection;
mod kept;
mod proxies;
mod refusals;
mod requests;
mod secrets;
mod support;
mod tls;
mod transport;
