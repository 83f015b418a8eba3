//! HTTP/1.1 to whoever connects, within limits: nobody can hold a place for long.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tracing::debug;

use super::routes::Routes;

/// How long the head of a request may be, in bytes.
const HEAD_MAX: usize = 8 * 1024;
/// How long to wait where the process has too many files open.
const BREATH: Duration = Duration::from_millis(100);

/// How much a client may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// How many are served at once. Further ones wait in the system's queue: a probe among many
    /// requests is then answered late, where a closed connection would be a failed probe.
    pub(super) connections: usize,
    /// How long a client may take for the head of its request.
    pub(super) head: Duration,
    /// How long it may take for everything, reading the answer as well.
    pub(super) whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 64, head: Duration::from_secs(5), whole: Duration::from_secs(30) }
    }
}

/// Answers forever.
pub(super) async fn serve(listener: TcpListener, routes: Routes, limits: Limits) {
    let routes = Arc::new(routes);
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        // Never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let routes = Arc::clone(&routes);
                tokio::spawn(async move {
                    if timeout(limits.whole, talk(stream, &routes, limits.head)).await.is_err() {
                        debug!("the status endpoint dropped a client that takes too long");
                    }
                    drop(place);
                });
            }
            Err(error) => {
                debug!("the status endpoint cannot accept a client: {error}");
                sleep(BREATH).await;
            }
        }
    }
}

/// Answers one request. There is none after it: probes don't ask twice, Prometheus asks a few times
/// a minute, and an idle connection would keep another client waiting.
async fn talk(stream: TcpStream, routes: &Routes, head: Duration) {
    let answer = service_fn(|request| ready(Ok::<_, Infallible>(routes.answer(&request))));
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
