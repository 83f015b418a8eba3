//! Pooled connections with bounded read buffers.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http::{Extensions, Request, Response};
use hyper::body::{Body as _, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{CaptureConnection, Connect, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::Body;
use tokio::time::Instant;
use tower::Service;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The most that is read from a connection and not taken yet, the head of an answer included. An
/// answer comes in pieces of up to 16 KiB, the longest record of TLS; more room made no run faster.
const READ_BUFFER_MAX: usize = 32 * 1024;
/// How long a connection is kept that serves no request: API servers close theirs after 90 seconds.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Sends requests.
///
/// Polling a connection by the reader of its answer, without a task of its own, was measured beside
/// it: some percent of the CPU less, and no time (BENCHMARKS.md).
#[derive(Clone)]
pub(super) struct Pooled<C>(Client<C, Body>);

/// What is known of a connection. The connector gives each its own.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionInfo {
    /// Since when it is open.
    pub(crate) since: Instant,
    /// Whether it has served a request already.
    served: Arc<AtomicBool>,
}

impl ConnectionInfo {
    /// Of a connection that is open from now on.
    pub(super) fn now() -> Self {
        Self { since: Instant::now(), served: Arc::default() }
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Pooled<C> {
    pub(super) fn new(connector: C) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_timer(TokioTimer::new())
            .http1_max_buf_size(READ_BUFFER_MAX)
            .build(connector);
        Self(client)
    }

    /// Sends a request; once more, where it met a connection that the server was closing: one that
    /// had served others, and broke before an answer came.
    pub(super) async fn send(
        self,
        mut request: Request<Body>,
    ) -> Result<Response<Incoming>, BoxError> {
        let again = repeated(&request);
        let connection = capture_connection(&mut request);
        match (self.0.request(request).await, again) {
            (Err(error), Some(again)) if !error.is_connect() && had_served(&connection) => {
                Ok(self.0.request(again).await?)
            }
            (answer, _) => {
                let answer = answer?;
                if let Some(ConnectionInfo { served, .. }) = answer.extensions().get() {
                    served.store(true, Ordering::Relaxed);
                }
                Ok(answer)
            }
        }
    }
}

fn had_served(connection: &CaptureConnection) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = &*connection.connection_metadata() {
        connected.get_extras(&mut extras);
    }
    extras.get().is_some_and(|ConnectionInfo { served, .. }| served.load(Ordering::Relaxed))
}

/// The same request, where nothing of it is used up by sending it.
fn repeated(request: &Request<Body>) -> Option<Request<Body>> {
    request.body().is_end_stream().then(|| {
        let mut again = Request::new(Body::empty());
        again.method_mut().clone_from(request.method());
        again.uri_mut().clone_from(request.uri());
        again.headers_mut().clone_from(request.headers());
        again
    })
}

impl<C: Connect + Clone + Send + Sync + 'static> Service<Request<Body>> for Pooled<C> {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}
