use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, CONNECTION, HOST, HeaderName, HeaderValue, RETRY_AFTER, TE, TRANSFER_ENCODING, UPGRADE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::body::{self, BoxBody, Ending};
use super::fault::{Fault, RelayRequest};
use super::socket::{Parting, Socket};
use crate::error::chain;
use crate::http::{self, Connector};

type Policy = Box<dyn Fn(&RelayRequest) -> Fault + Send + Sync>;

/// Headers that concern one connection and not what is passed on (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 4] = [CONNECTION, TE, TRANSFER_ENCODING, UPGRADE];

/// Ends a connection in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed by the fault relay")]
struct Hangup;

/// What all connections of a relay share.
pub(super) struct Shared {
    upstream: String,
    client: Client<Connector, Incoming>,
    policy: Policy,
    pub(super) requests: Mutex<Vec<RelayRequest>>,
    pub(super) connections: AtomicUsize,
    /// A clone of it is kept by each request that waits for the head of its answer.
    waiting: Arc<()>,
    pub(super) json_only: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("upstream", &self.upstream).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(url: &str, ca_pem: &str, policy: Policy) -> Self {
        Self {
            upstream: url.trim_end_matches('/').to_owned(),
            client: Client::builder(TokioExecutor::new()).build(http::connector(ca_pem)),
            policy,
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            waiting: Arc::default(),
            json_only: AtomicBool::new(false),
        }
    }

    /// Remembers a request and asks the policy about it.
    fn decide(&self, request: &Request<Incoming>) -> Fault {
        let waiting = Arc::strong_count(&self.waiting) - 1;
        let seen = RelayRequest::note(request, waiting, &self.requests);
        (self.policy)(&seen)
    }

    /// Asks the server behind.
    async fn pass(
        &self,
        mut request: Request<Incoming>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        let uri: Uri = format!("{}{path}", self.upstream).parse().expect("two parts of a URI");
        *request.uri_mut() = uri;
        request.headers_mut().remove(HOST);
        strip_hop_by_hop(request.headers_mut());
        if self.json_only.load(Ordering::Relaxed) {
            request.headers_mut().insert(ACCEPT, HeaderValue::from_static(http::JSON));
        }
        let mut answer = self.client.request(request).await?;
        strip_hop_by_hop(answer.headers_mut());
        Ok(answer)
    }
}

fn strip_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

pub(super) async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    shared.connections.fetch_add(1, Ordering::Relaxed);
    let _ = stream.set_nodelay(true);
    let parting = Arc::new(Mutex::new(Parting::default()));
    let socket = Socket::new(stream, Arc::clone(&parting));
    match tls {
        Some(tls) => talk(tls.accept(socket).await?, parting, shared).await,
        None => talk(socket, parting, shared).await,
    }
    Ok(())
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    parting: Arc<Mutex<Parting>>,
    shared: Arc<Shared>,
) {
    let service = service_fn(|request| {
        let (shared, parting) = (Arc::clone(&shared), Arc::clone(&parting));
        async move { answer(&shared, &parting, request).await }
    });
    // A client may hang up, and faults end in errors.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    shared: &Shared,
    parting: &Mutex<Parting>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody>, Hangup> {
    let _waits = Arc::clone(&shared.waiting);
    let hang_up = |how| {
        *parting.lock().expect("no holder panics") = how;
        Err(Hangup)
    };
    let ending = match shared.decide(&request) {
        Fault::Pass => None,
        Fault::Delay(delay) => {
            sleep(delay).await;
            None
        }
        Fault::StallAfter(bytes) => Some((bytes, Ending::Stall)),
        Fault::CutAfter(bytes) => Some((bytes, Ending::Cut)),
        Fault::StallBeforeHeaders => pending().await,
        Fault::Reset => return hang_up(Parting::Reset),
        Fault::NotHttp => return hang_up(Parting::Say(b"\x16\x03\x01 this is not HTTP\r\n\r\n")),
        Fault::Garbage => return Ok(local(200, None, "<html>this is not JSON".to_owned())),
        Fault::Status { code, retry_after, body } => return Ok(local(code, retry_after, body)),
    };
    let answered = match shared.pass(request).await {
        Ok(answered) => answered,
        Err(error) => return Ok(local(502, None, chain(&error))),
    };
    Ok(match ending {
        None => answered.map(body::whole),
        Some((bytes, ending)) => answered.map(|body| body::broken(body, bytes, ending)),
    })
}

/// An answer of the relay's own.
fn local(code: u16, retry_after: Option<String>, text: String) -> Response<BoxBody> {
    let mut answer = Response::builder().status(code).header("content-type", http::JSON);
    if let Some(value) = retry_after {
        answer = answer.header(RETRY_AFTER, value);
    }
    answer.body(body::text(text)).expect("a policy names valid codes and headers")
}
