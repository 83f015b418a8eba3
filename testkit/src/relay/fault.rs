use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{HeaderMap, Method, Request, Uri};
use serde_json::json;

/// What happens to a request. Bodies are counted as they are on the wire, so compressed ones
/// in compressed bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: the server answers.
    Pass,
    /// The relay answers in the server's place; see [`Fault::status`].
    Status {
        /// The HTTP status.
        code: u16,
        /// The header of that name.
        retry_after: Option<String>,
        /// The body.
        body: String,
    },
    /// The server's answer begins later.
    Delay(Duration),
    /// Nothing is answered, and the connection stays open.
    StallBeforeHeaders,
    /// After so many bytes of the body nothing more comes, and the connection stays open.
    StallAfter(usize),
    /// After so many bytes of the body the connection is closed.
    CutAfter(usize),
    /// A success whose body is not JSON.
    Garbage,
    /// Bytes that are not HTTP, then the connection is closed.
    NotHttp,
    /// The connection is reset (RST) in place of an answer.
    Reset,
}

impl Fault {
    /// An answer with a Kubernetes `Status` as its body, as API servers send it.
    #[must_use]
    pub fn status(code: u16) -> Self {
        let status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": format!("fault relay answers {code}"),
            "reason": reason(code),
            "code": code,
        });
        Self::Status { code, retry_after: None, body: status.to_string() }
    }

    /// Adds a `Retry-After` header to a [`Fault::status`]; a number of seconds or a date.
    #[must_use]
    pub fn retry_after(self, value: impl Into<String>) -> Self {
        match self {
            Self::Status { code, body, .. } => {
                Self::Status { code, retry_after: Some(value.into()), body }
            }
            other => other,
        }
    }
}

/// The reasons API servers give (k8s.io/apimachinery, pkg/apis/meta/v1).
fn reason(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}

/// A request as the relay got it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RelayRequest {
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub uri: Uri,
    /// Its headers.
    pub headers: HeaderMap,
    /// How many requests of the same method and path, whatever the query, came before.
    pub nth: usize,
    /// How many requests were waiting for the head of their answer when it came, itself included.
    pub waiting: usize,
}

impl RelayRequest {
    /// Notes a request among those before it. Nobody else waits while a policy looks at it.
    pub(crate) fn note(
        request: &Request<Incoming>,
        waiting: usize,
        all: &Mutex<Vec<Self>>,
    ) -> Self {
        let mut all = all.lock().expect("no holder panics");
        let same = |earlier: &&Self| {
            earlier.method == request.method() && earlier.path() == request.uri().path()
        };
        let seen = Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            nth: all.iter().filter(same).count(),
            waiting,
        };
        all.push(seen.clone());
        seen
    }

    /// The path without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The value of a query parameter, encoded as it was sent.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        let mut parameters = self.uri.query()?.split('&').filter_map(|part| part.split_once('='));
        parameters.find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A policy: the fault for the first `times` requests that match, and no fault for all
/// others.
pub fn first(
    times: usize,
    matches: impl Fn(&RelayRequest) -> bool + Send + Sync + 'static,
    fault: Fault,
) -> impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static {
    let seen = AtomicUsize::new(0);
    move |request| {
        if matches(request) && seen.fetch_add(1, Ordering::Relaxed) < times {
            fault.clone()
        } else {
            Fault::Pass
        }
    }
}
