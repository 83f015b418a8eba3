//! An HTTP/1.1 server with limits: no client can occupy a connection for long.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use tracing::debug;

use super::routes::Routes;

/// Maximum size of a request head, in bytes.
const HEAD_MAX: usize = 8 * 1024;
/// Delay before accepting again, when the process has too many open files.
const BREATH: Duration = Duration::from_millis(100);

/// Limits for clients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Maximum number of connections. At the limit, the oldest client that has not sent a complete
    /// request head is dropped; if there is none, the oldest that has been connected for longer
    /// than `head`.
    pub(super) connections: usize,
    /// Timeout for the request head.
    pub(super) head: Duration,
    /// Timeout for the whole exchange, including the response.
    pub(super) whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 256, head: Duration::from_secs(2), whole: Duration::from_secs(30) }
    }
}

/// A connected client.
struct Client {
    task: AbortHandle,
    since: Instant,
    has_asked: Arc<AtomicBool>,
}

/// The connected clients, oldest first.
#[derive(Clone, Default)]
struct Clients {
    served: Arc<Mutex<BTreeMap<u64, Client>>>,
    /// Notified when one disconnects.
    left: Arc<Notify>,
}

impl Clients {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Client>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room, by dropping a client if needed; `false` if none can be dropped.
    fn make_place(&self, limits: &Limits) -> bool {
        let mut served = self.lock();
        if served.len() < limits.connections {
            return true;
        }
        let silent = |client: &Client| !client.has_asked.load(Ordering::Relaxed);
        let slow = |client: &Client| client.since.elapsed() > limits.head;
        let of = |gives_way: &dyn Fn(&Client) -> bool| {
            served.iter().find(|(_, client)| gives_way(client)).map(|(number, _)| *number)
        };
        let Some(number) = of(&silent).or_else(|| of(&slow)) else { return false };
        if let Some(client) = served.remove(&number) {
            client.task.abort();
        }
        true
    }
}

/// Serves connections forever.
pub(super) async fn serve(listener: TcpListener, routes: Routes, limits: Limits) {
    let (routes, clients) = (Arc::new(routes), Clients::default());
    for number in 0.. {
        let stream = loop {
            match listener.accept().await {
                Ok((stream, _)) => break stream,
                Err(error) => {
                    debug!("the status endpoint cannot accept a client: {error}");
                    sleep(BREATH).await;
                }
            }
        };
        while !clients.make_place(&limits) {
            let _ = timeout(BREATH, clients.left.notified()).await;
        }
        let has_asked = Arc::new(AtomicBool::new(false));
        let (routes, asked, leaving) =
            (Arc::clone(&routes), Arc::clone(&has_asked), clients.clone());
        let task = tokio::spawn(async move {
            if timeout(limits.whole, talk(stream, &routes, limits.head, &asked)).await.is_err() {
                debug!("the status endpoint dropped a client that takes too long");
            }
            leaving.lock().remove(&number);
            leaving.left.notify_one();
        });
        // The task has not run yet, since there is only one thread.
        let client = Client { task: task.abort_handle(), since: Instant::now(), has_asked };
        clients.lock().insert(number, client);
    }
}

/// Handles one request per connection: probes send only one, Prometheus a few per minute, and an
/// idle connection would block another client.
async fn talk(stream: TcpStream, routes: &Routes, head: Duration, has_asked: &AtomicBool) {
    let answer = service_fn(|request| {
        has_asked.store(true, Ordering::Relaxed);
        ready(Ok::<_, Infallible>(routes.answer(&request)))
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_header_size(HEAD_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), answer)
        .await;
    if let Err(error) = served {
        debug!("the status endpoint lost a client: {error}");
    }
}
