use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

/// Connections outlive the `#[tokio::test]` that opened them only if they live on a
/// runtime that outlives it, and a paused clock must not reach their timers.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("testkit")
        .enable_all()
        .build()
        .expect("a process can start two threads")
});

/// Runs a future to its end on the test kit's own runtime and blocks until then; for
/// tests without a runtime, and inside one.
///
/// # Panics
/// When the future panics.
pub fn wait<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    // A thread of its own: a runtime refuses to block on another from within.
    std::thread::scope(|scope| scope.spawn(|| RUNTIME.block_on(future)).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Runs a future on the test kit's runtime while the caller awaits it on its own.
pub(crate) async fn run<F>(future: F) -> F::Output
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    match RUNTIME.spawn(future).await {
        Ok(output) => output,
        Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
    }
}

/// Starts a task on the test kit's runtime.
pub(crate) fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    RUNTIME.spawn(future)
}
