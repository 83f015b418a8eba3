//! One delivery: its attempts, and the waits between them.

#[cfg(test)]
mod tests;

use std::time::Duration;

use kai_core::{Payload, ReportError, Retry, Sink};
use kai_net::backoff::Backoff;
use tokio::time::sleep;
use tracing::warn;

use crate::error::one_line;
use crate::words::Took;

/// How often a report is sent at the most.
const TRIES: usize = 4;
/// The longest wait without a Retry-After.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// Delivers a report, in four tries at the most.
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

/// How long to wait before another try; `None`: it would not help.
pub(crate) fn wait_after(error: &ReportError, backoff: &mut Backoff) -> Option<Duration> {
    match error.retry() {
        Retry::Never => None,
        Retry::After(wait) => Some(wait),
        _ => Some(backoff.wait()),
    }
}
