//! One GET: its attempts, its waits, its deadline, and a renewed credential.

mod budget;
mod identity;
mod refusal;
mod stream;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::header::{ACCEPT, CONTENT_ENCODING};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

pub(crate) use self::budget::Budget;
pub(crate) use self::stream::EventBody;

use self::identity::Identity;
use self::refusal::{classify, refusal, root_cause};
use crate::cluster::call::Call;
use crate::cluster::client::{Connection, Connector};
use crate::cluster::error::Failure;
use crate::cluster::excerpt::excerpt;
use crate::cluster::observer::Observer;
use crate::cluster::settings::SourceOptions;
use crate::cluster::throttle::{Permit, Place, Throttle};
use crate::cluster::transport::ConnectionInfo;
use crate::wire::WireError;
use crate::wire::page::Encoding;
use crate::wire::status::Status;

/// The most of an answer to `/version`, or to a GET of a namespace, that is read.
pub(crate) const SMALL_BODY_MAX: usize = 2 * 1024 * 1024;
/// What getting a credential takes where there is one.
const NO_TIME: Duration = Duration::from_millis(50);

/// What all requests of a source share.
pub(crate) struct ApiClient {
    identity: Identity,
    throttle: Throttle,
    /// Whether the server ever answered.
    reached: AtomicBool,
    /// Whether a wait was logged since the last successful response.
    wait_told: AtomicBool,
    request_timeout: Duration,
    /// When something new was read last, or a credential came.
    progress: Mutex<Instant>,
    /// How many requests wait for a credential.
    without_credential: AtomicUsize,
    /// Whether the server has the pods of a namespace in memory, however many.
    has_long_pages: AtomicBool,
    observer: Observer,
}

/// An answer whose body is read piece by piece; holds its place among the requests in flight.
pub(crate) struct Answer<'s> {
    wait_told: &'s AtomicBool,
    body: Body,
    encoding: Encoding,
    stall: Duration,
    /// How long its first byte took, without connecting.
    first_byte: Duration,
    /// How many bytes of its body were read.
    bytes: u64,
    permit: Permit<'s>,
}

impl ApiClient {
    pub(crate) fn new(
        connection: Connection,
        connector: Option<Connector>,
        options: &SourceOptions,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity: Identity::new(connection, connector),
            throttle: Throttle::new(options.max_in_flight),
            reached: AtomicBool::new(false),
            wait_told: AtomicBool::new(false),
            request_timeout: options.request_timeout,
            progress: Mutex::new(Instant::now()),
            without_credential: AtomicUsize::new(0),
            has_long_pages: AtomicBool::new(false),
            observer: options.observer.clone(),
        })
    }

    /// Who observes what is done.
    pub(crate) fn observer(&self) -> &Observer {
        &self.observer
    }

    /// Notes whether a page of a namespace's list may be long.
    pub(crate) fn set_long_pages(&self, has_them: bool) {
        self.has_long_pages.store(has_them, Ordering::Relaxed);
    }

    /// Whether a page of a namespace's list may be long, as far as the server's version is known.
    pub(crate) fn has_long_pages(&self) -> bool {
        self.has_long_pages.load(Ordering::Relaxed)
    }

    /// Waits for the turn of another list, which ends with what is returned.
    pub(crate) async fn list(&self) -> Place<'_> {
        self.throttle.list().await
    }

    /// A fresh budget for a GET or a page.
    pub(crate) fn budget(&self) -> Budget {
        Budget::new(self.request_timeout)
    }

    /// Waits before another attempt after a body that broke, or says why there is none.
    pub(crate) async fn retry(&self, budget: &mut Budget, failure: Failure) -> Result<(), Failure> {
        if failure.is_status(StatusCode::TOO_MANY_REQUESTS) {
            self.throttle.halve();
        }
        budget.retry(failure, self.reached.load(Ordering::Relaxed), &self.wait_told).await
    }

    /// Notes that something new was read: a page with a new object, the end of a list, or the answer
    /// to another request.
    pub(crate) fn progressed(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.observer.progressed();
    }

    /// When something new was read last, or this if that is later.
    fn progress_since(&self, time: Instant) -> Instant {
        time.max(*self.progress.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits for what gets a credential. A plugin has a deadline of its own, and its time is no
    /// request's, neither this one's nor of those that wait for their turn meanwhile.
    async fn credential<T>(&self, budget: &mut Budget, getting: impl Future<Output = T>) -> T {
        let waits = Waits::new(&self.without_credential);
        let since = Instant::now();
        let got = budget.apart(getting).await;
        if since.elapsed() > NO_TIME {
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
        drop(waits);
        got
    }

    /// Waits for a place among the requests in flight. While others get on, that is not this
    /// request's time: a big cluster has many lists. Where nothing gets on any more, it is.
    async fn place(&self, budget: &mut Budget) -> Result<Permit<'_>, Failure> {
        let (since, left) = (Instant::now(), budget.left());
        let mut place = pin!(self.throttle.place());
        let mut from = self.progress_since(since);
        loop {
            if let Ok(place) = timeout_at(from + left, &mut place).await {
                budget.started += self.progress_since(since) - since;
                return Ok(place);
            }
            let earlier = std::mem::replace(&mut from, self.progress_since(since));
            if from == earlier {
                if self.without_credential.load(Ordering::Relaxed) == 0 {
                    return Err(budget.expired_waiting());
                }
                from = Instant::now();
            }
        }
    }

    /// GETs a path, in one of some media types, until there is an answer that says yes, or no for
    /// good.
    pub(crate) async fn get(
        &self,
        path: &str,
        accept: &'static str,
        budget: &mut Budget,
    ) -> Result<Answer<'_>, Failure> {
        // What follows the path says where a list goes on.
        let resource = path.split('?').next().unwrap_or_default();
        let span = tracing::debug_span!("request", method = "GET", path = %resource);
        self.attempts(path, accept, budget).instrument(span).await
    }

    async fn attempts(
        &self,
        path: &str,
        accept: &'static str,
        budget: &mut Budget,
    ) -> Result<Answer<'_>, Failure> {
        loop {
            budget.attempts += 1;
            let place = self.place(budget).await?;
            let current = self.credential(budget, self.identity.current()).await?;
            let failure = match self.attempt(current.client(), path, accept, budget).await {
                Ok((answer, first_byte)) => {
                    return Ok(Answer {
                        wait_told: &self.wait_told,
                        encoding: Encoding::of(answer.headers()),
                        body: answer.into_body(),
                        stall: budget.stall(),
                        first_byte,
                        bytes: 0,
                        permit: place,
                    });
                }
                Err(failure) => failure,
            };
            // Once per budget; then a refusal is final.
            if failure.is_status(StatusCode::UNAUTHORIZED) && !budget.renewed {
                budget.renewed = true;
                if self.credential(budget, self.identity.refused(&current)).await? {
                    continue;
                }
            }
            let failure = failure.said_to(|| self.identity.who());
            // The place is kept while waiting: a server that has too much is left in peace.
            self.retry(budget, failure).await?;
            drop(place);
        }
    }

    /// GETs a small body whole.
    pub(crate) async fn get_whole(
        &self,
        path: &str,
        budget: &mut Budget,
        max: usize,
    ) -> Result<Vec<u8>, Failure> {
        'attempt: loop {
            let mut answer = self.get(path, "application/json", budget).await?;
            let mut whole = Vec::new();
            loop {
                match answer.next(budget).await {
                    Ok(Some(piece)) if whole.len() + piece.len() <= max => {
                        whole.extend_from_slice(&piece);
                    }
                    Ok(Some(_)) => {
                        return Err(Failure::Malformed(WireError::too_long(max)));
                    }
                    Ok(None) => {
                        let refused = Status::from_json(&whole).filter(|status| status.is_failure);
                        let Some(status) = refused else {
                            self.progressed();
                            return Ok(whole);
                        };
                        drop(answer);
                        self.retry(budget, WireError::Refused(status).into()).await?;
                        continue 'attempt;
                    }
                    Err(failure) => {
                        drop(answer);
                        self.retry(budget, failure).await?;
                        continue 'attempt;
                    }
                }
            }
        }
    }

    async fn attempt(
        &self,
        client: &Client,
        path: &str,
        accept: &'static str,
        budget: &Budget,
    ) -> Result<(Response<Body>, Duration), Failure> {
        let request = Request::get(path).header(ACCEPT, accept).body(Body::empty());
        let request = request.map_err(|error| Failure::Transport(error.to_string()))?;
        let sent = Instant::now();
        let answer = budget.bound(budget.patience(), client.send(request)).await;
        let answer = answer.and_then(|answer| answer.map_err(|error| classify(&error)));
        self.observer.answered(answer.as_ref().ok().map(|answer| answer.status().as_u16()));
        let answer = answer?;
        self.reached.store(true, Ordering::Relaxed);
        tracing::trace!("GET {path}: {}", answer.status());
        if !answer.status().is_success() {
            return Err(refusal(answer, budget).await);
        }
        // gzip was read already, and is named no longer.
        match answer.headers().get(CONTENT_ENCODING) {
            Some(encoding) if encoding != "identity" => {
                let encoding = String::from_utf8_lossy(encoding.as_bytes());
                Err(Failure::Encoded(excerpt(&encoding)))
            }
            _ => {
                let opened = answer.extensions().get().map(|ConnectionInfo { since, .. }| *since);
                let first_byte = opened.map_or(sent, |opened| sent.max(opened)).elapsed();
                Ok((answer, first_byte))
            }
        }
    }
}

/// One more of those that wait, until it is dropped.
struct Waits<'c>(&'c AtomicUsize);

impl<'c> Waits<'c> {
    fn new(count: &'c AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Answer<'_> {
    /// How its body is encoded.
    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The next piece of the body; `None` at its end.
    pub(crate) async fn next(&mut self, budget: &Budget) -> Result<Option<Bytes>, Failure> {
        loop {
            // Mostly there is one already, and no need for a timer.
            let frame = match self.body.frame().now_or_never() {
                Some(_) if budget.left().is_zero() => return Err(budget.deadline_passed()),
                Some(frame) => frame,
                None => budget.bound(self.stall, self.body.frame()).await?,
            };
            match frame {
                None => {
                    self.wait_told.store(false, Ordering::Relaxed);
                    self.permit.answered(self.first_byte, self.bytes);
                    return Ok(None);
                }
                Some(Err(error)) => return Err(Failure::Transport(root_cause(&error))),
                Some(Ok(frame)) => {
                    if let Ok(piece) = frame.into_data() {
                        self.bytes += piece.len() as u64;
                        return Ok(Some(piece));
                    }
                }
            }
        }
    }
}

/// What a call fails with.
pub(crate) trait Named<T> {
    /// Names the call in its failure.
    fn named(self, call: &Call) -> Result<T, kai_core::SourceError>;
}

impl<T> Named<T> for Result<T, Failure> {
    fn named(self, call: &Call) -> Result<T, kai_core::SourceError> {
        self.map_err(|failure| failure.of(call))
    }
}
