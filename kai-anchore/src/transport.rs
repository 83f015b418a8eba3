//! What it means that no answer came.

use std::error::Error as StdError;
use std::io;
use std::iter;
use std::time::Duration;

use kai_core::Excerpt;
use kai_net::secrets;

use crate::error::DeliveryError;

/// Tells a server that can't be reached from one that isn't trusted, from silence and from a
/// connection that broke.
pub(crate) fn failure(error: &reqwest::Error, timeout: Option<Duration>) -> DeliveryError {
    if error.is_timeout() {
        return DeliveryError::Timeout(timeout);
    }
    let why = root_cause(error);
    // The TLS handshake reports what it doesn't accept as invalid data.
    let untrusted = causes(error)
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .flat_map(wrapped)
        .any(|cause| cause.kind() == io::ErrorKind::InvalidData);
    match (error.is_connect(), untrusted) {
        (true, true) => DeliveryError::Untrusted(why),
        (true, false) => DeliveryError::Unreachable(why),
        (false, _) => DeliveryError::Broken(why),
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

/// An error of I/O with those that it wraps, which its `source` passes over.
fn wrapped(error: &io::Error) -> impl Iterator<Item = &io::Error> {
    iter::successors(Some(error), |error| error.get_ref()?.downcast_ref())
}
