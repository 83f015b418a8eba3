//! Classifies transport failures: no response arrived.

use std::error::Error as StdError;
use std::time::Duration;

use kai_core::Excerpt;
use kai_net::tls::Fault;
use kai_net::{chain, secrets};

use crate::error::DeliveryError;

/// Tells a server that can't be reached from one that isn't trusted, from silence and from a
/// connection that broke.
pub(crate) fn failure(error: &reqwest::Error, timeout: Option<Duration>) -> DeliveryError {
    if error.is_timeout() {
        return DeliveryError::Timeout(timeout);
    }
    match Fault::of(error) {
        Some(fault) if error.is_connect() && fault.may_pass() => {
            DeliveryError::Unreachable(fault.to_string())
        }
        Some(fault) if error.is_connect() => DeliveryError::Untrusted(fault.to_string()),
        // TLS 1.3 hears of it after the handshake.
        Some(fault @ Fault::Refused(_)) => DeliveryError::Untrusted(fault.to_string()),
        _ if error.is_connect() => DeliveryError::Unreachable(root_cause(error)),
        _ => DeliveryError::Broken(root_cause(error)),
    }
}

/// What the last of an error's causes says, fit to be shown.
pub(crate) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    Excerpt(&secrets::mask(&chain::root(error))).to_string()
}
