//! When passes end, for what runs beside them: the question for the server's version, which is worth
//! no long wait once everything else is there.

use std::time::Duration;

use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;
use tokio::time::sleep;

/// How long an answer is waited for after the pass beside it has ended.
pub(crate) const GRACE: Duration = Duration::from_secs(2);

/// How many passes have ended so far.
#[derive(Debug, Default)]
pub(crate) struct Passes {
    ended: watch::Sender<u64>,
}

impl Passes {
    /// The same stream, whose end is noted. Of one that is dropped before there is none.
    pub(crate) fn watch<S: Stream>(&self, facts: S) -> impl Stream<Item = S::Item> {
        let end = stream::poll_fn(|_| {
            self.ended.send_modify(|ended| *ended += 1);
            std::task::Poll::Ready(None)
        });
        facts.chain(end)
    }

    /// Waits for the end of a pass, and [`GRACE`] after it.
    pub(crate) async fn late(&self) {
        let mut ended = self.ended.subscribe();
        // The sender lives as long as this does.
        if ended.changed().await.is_ok() {
            sleep(GRACE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_runs_beside_a_pass_is_late_two_seconds_after_its_end() {
        let passes = Passes::default();
        let start = Instant::now();
        let facts = stream::once(sleep(Duration::from_secs(30)));
        tokio::join!(passes.late(), passes.watch(facts).collect::<Vec<_>>());
        assert_eq!(start.elapsed(), Duration::from_secs(32));
    }

    #[tokio::test(start_paused = true)]
    async fn what_runs_without_a_pass_is_never_late() {
        let passes = Passes::default();
        // One that ended before is another's.
        passes.watch(stream::iter([1])).collect::<Vec<_>>().await;
        drop(passes.watch(stream::iter([1])));
        let late = tokio::time::timeout(Duration::from_secs(1000), passes.late()).await;
        assert!(late.is_err());
    }
}
