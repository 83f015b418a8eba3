//! What it means that no answer came.

use std::error::Error as StdError;
use std::iter;
use std::time::Duration;

use kai_core::Excerpt;
use kai_net::secrets;
use kai_net::tls::Fault;

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

/// The last of an error's causes: those before it say the same in general terms, or repeat the URL.
pub(crate) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    let last = causes(error).last().map(ToString::to_string).unwrap_or_default();
    Excerpt(&secrets::mask(&last)).to_string()
}

fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    iter::successors(Some(error), |error| (*error).source())
}
