//! One delivery, with retries and backoff.

#[cfg(test)]
mod tests;

use std::time::Duration;

use kai_core::{Payload, ReportError, Retry, Sink};
use kai_net::backoff::Backoff;
use tokio::time::sleep;
use tracing::warn;

use crate::error::one_line;
use crate::words::Took;

/// Maximum number of attempts per report.
const TRIES: usize = 4;
/// Upper limit for the backoff; delays requested by the receiver may be longer.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Delivers a report in at most four attempts.
pub(crate) async fn deliver(sink: &dyn Sink, payload: &Payload) -> Result<(), ReportError> {
    let mut backoff = Backoff::up_to(WAIT_MAX);
    let mut tries = 1;
    loop {
        let error = match sink.deliver(payload).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        match wait_after(&error, &mut backoff) {
            Some(wait) if tries < TRIES => {
                warn!("{}: trying again in {}", one_line(&error), Took(wait));
                sleep(wait).await;
                tries += 1;
            }
            _ => return Err(error),
        }
    }
}

/// The delay before a retry; `None` if retrying wouldn't help.
pub(crate) fn wait_after(error: &ReportError, backoff: &mut Backoff) -> Option<Duration> {
    match error.retry() {
        Retry::Never => None,
        Retry::After(wait) => Some(wait),
        _ => Some(backoff.wait()),
    }
}
