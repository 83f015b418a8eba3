//! Connections that serve no request now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// How long a connection is kept that nobody uses: API servers close theirs after 90 seconds.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Connections to one server, the one that was used last at the end.
pub(super) struct Pool<L>(Arc<Mutex<Idle<L>>>);

struct Idle<L> {
    connections: Vec<(L, Instant)>,
    /// Whether somebody closes them in time.
    swept: bool,
}

impl<L> Default for Pool<L> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Idle { connections: Vec::new(), swept: false })))
    }
}

impl<L> Clone for Pool<L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<L: Send + 'static> Pool<L> {
    /// The connection that was used last.
    pub(super) fn take(&self) -> Option<L> {
        lock(&self.0).connections.pop().map(|(connection, _)| connection)
    }

    /// Keeps a connection for the next request, or for a while.
    pub(super) fn give(&self, connection: L) {
        let mut idle = lock(&self.0);
        idle.connections.push((connection, Instant::now() + IDLE_TIMEOUT));
        if !std::mem::replace(&mut idle.swept, true) {
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }
}

/// Closes connections when their time has come, until there are none.
async fn sweep<L>(pool: Weak<Mutex<Idle<L>>>) {
    loop {
        let next = {
            let Some(pool) = pool.upgrade() else { return };
            let mut idle = lock(&pool);
            let now = Instant::now();
            idle.connections.retain(|(_, end)| *end > now);
            let Some((_, end)) = idle.connections.first() else {
                idle.swept = false;
                return;
            };
            *end
        };
        sleep_until(next).await;
    }
}

fn lock<L>(pool: &Mutex<Idle<L>>) -> MutexGuard<'_, Idle<L>> {
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_nobody_uses_is_closed_after_a_while() {
        let pool = Pool::default();
        let (old, new) = (Arc::new(()), Arc::new(()));
        pool.give(Arc::clone(&old));
        tokio::time::sleep(IDLE_TIMEOUT / 2).await;
        pool.give(Arc::clone(&new));
        tokio::time::sleep(IDLE_TIMEOUT / 2 + Duration::from_millis(2)).await;
        assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (1, 2));
        tokio::time::sleep(IDLE_TIMEOUT / 2).await;
        assert_eq!(Arc::strong_count(&new), 1);

        // And again, after there was nothing to wait for.
        pool.give(Arc::clone(&new));
        assert!(pool.take().is_some());
        pool.give(Arc::clone(&new));
        tokio::time::sleep(IDLE_TIMEOUT + Duration::from_millis(2)).await;
        assert_eq!(Arc::strong_count(&new), 1);
        assert!(pool.take().is_none());
    }
}
