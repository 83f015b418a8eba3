//! Classifies errors of requests that got no response.

use std::error::Error as StdError;
use std::time::Duration;

use kai_core::Excerpt;
use kai_net::tls::Fault;
use kai_net::{chain, secrets};

use crate::error::DeliveryError;

/// Distinguishes an unreachable server from an untrusted one, a timeout, and a broken connection.
pub(crate) fn failure(error: &reqwest::Error, timeout: Option<Duration>) -> DeliveryError {
    if error.is_timeout() {
        return DeliveryError::Timeout(timeout);
    }
    match Fault::of(error) {
        Some(fault) if error.is_connect() && fault.may_pass() => {
            DeliveryError::Unreachable(fault.to_string())
        }
        Some(fault) if error.is_connect() => DeliveryError::Untrusted(fault.to_string()),
        // In TLS 1.3 the client receives this alert only after the handshake.
        Some(fault @ Fault::Refused(_)) => DeliveryError::Untrusted(fault.to_string()),
        _ if error.is_connect() => DeliveryError::Unreachable(root_cause(error)),
        _ => DeliveryError::Broken(root_cause(error)),
    }
}

/// The message of an error's root cause, redacted and shortened for messages.
pub(crate) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    Excerpt(&secrets::mask(&chain::root(error))).to_string()
}
