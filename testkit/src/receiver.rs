mod reply;
mod serve;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::{HeaderMap, Method, StatusCode, Uri, Version};
use tokio_rustls::TlsAcceptor;

pub use reply::Reply;

use crate::pki::Authority;
use crate::relay::{Listener, RelayRequest};
use serve::Shared;

/// A server that takes what it is sent, keeps it, and answers as its policy says. It stands for an
/// Anchore.
///
/// It speaks HTTP/1.1 over TLS, under a CA of its own, and is called `127.0.0.1`, `localhost` or
/// `anchore.example`. It works on the test kit's own runtime (see [`FaultRelay`](crate::FaultRelay))
/// and stops when dropped.
///
/// ```no_run
/// use testkit::{Receiver, Reply, anchore};
///
/// let receiver = Receiver::start(anchore(2)); // one that has API v2
/// // … deliver a report to receiver.url(), trusting receiver.ca_pem() …
/// assert_eq!(receiver.requests()[1].uri.path(), "/v2/kubernetes-inventory");
///
/// let busy = Receiver::start(|_| Reply::status(503).header("retry-after", "7"));
/// ```
#[derive(Debug)]
pub struct Receiver {
    url: String,
    ca_pem: String,
    shared: Arc<Shared>,
    _listener: Listener,
}

/// A request with its body, as a [`Receiver`] got it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Received {
    /// Its method.
    pub method: Method,
    /// Its path and query.
    pub uri: Uri,
    /// The version of HTTP.
    pub version: Version,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it came.
    pub body: Bytes,
}

impl Received {
    /// The value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The request line and the headers, sorted by name.
    #[must_use]
    pub fn head(&self) -> String {
        let mut head = format!("{} {} {:?}\n", self.method, self.uri, self.version);
        let headers = self.headers.iter();
        let headers: BTreeMap<_, _> = headers
            .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
            .collect();
        for (name, value) in headers {
            let _ = writeln!(head, "{name}: {value}"); // a String takes all
        }
        head
    }
}

impl Receiver {
    /// Starts a server that speaks TLS. The policy sees the head of each request.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    pub fn start(policy: impl Fn(&RelayRequest) -> Reply + Send + Sync + 'static) -> Self {
        let authority = Authority::new().expect("a CA can be made");
        let names = ["127.0.0.1", "localhost", "anchore.example"];
        let pair = authority.server_of("receiver", &names).expect("a certificate can be made");
        Self::serve("https", authority.pem(), Some(pair.acceptor()), Box::new(policy))
    }

    /// Starts a server that speaks plain HTTP.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    pub fn plain(policy: impl Fn(&RelayRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self::serve("http", String::new(), None, Box::new(policy))
    }

    fn serve(
        scheme: &str,
        ca_pem: String,
        tls: Option<TlsAcceptor>,
        policy: serve::Policy,
    ) -> Self {
        let shared = Arc::new(Shared::new(policy));
        let listener = Listener::start({
            let shared = Arc::clone(&shared);
            move |stream| serve::connection(stream, tls.clone(), Arc::clone(&shared))
        });
        let url = format!("{scheme}://{}", listener.address());
        Self { url, ca_pem, shared, _listener: listener }
    }

    /// Where it listens, `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The CA that vouches for it; empty for a plain one.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The requests so far, in the order they came, each as soon as it is answered or broken off.
    ///
    /// # Panics
    /// When the policy panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.shared.received.lock().expect("the policy does not panic").clone()
    }
}

/// A policy: an Anchore that says it has this API, and takes reports through it alone.
pub fn anchore(api: u8) -> impl Fn(&RelayRequest) -> Reply + Send + Sync + 'static {
    move |request| match (request.method.as_str(), request.path(), api) {
        ("GET", "/version", _) => Reply::json(format!(
            r#"{{"service":{{"version":"0.0.0"}},"api":{{"version":"{api}"}}}}"#
        )),
        ("POST", "/v1/enterprise/inventories", 1) | ("POST", "/v2/kubernetes-inventory", 2) => {
            Reply::status(StatusCode::CREATED.as_u16())
        }
        _ => Reply::status(404).body(r#"{"message":"Not Found","httpcode":404}"#),
    }
}
