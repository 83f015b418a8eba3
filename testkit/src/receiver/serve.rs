use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Received, Reply};
use crate::relay::RelayRequest;
use crate::relay::body::{self, BoxBody, Ending};
use crate::relay::socket::{Parting, Socket};

pub(super) type Policy = Box<dyn Fn(&RelayRequest) -> Reply + Send + Sync>;

/// Ends a connection in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("closed by the receiver")]
struct Hangup;

/// What all connections of a receiver share.
pub(super) struct Shared {
    policy: Policy,
    heads: Mutex<Vec<RelayRequest>>,
    pub(super) received: Mutex<Vec<Received>>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, heads: Mutex::default(), received: Mutex::default() }
    }

    fn decide(&self, request: &Request<Incoming>) -> Reply {
        (self.policy)(&RelayRequest::note(request, 1, &self.heads))
    }
}

pub(super) async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
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
    // A client may hang up, and some replies end in errors.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

async fn answer(
    shared: &Shared,
    parting: &Mutex<Parting>,
    request: Request<Incoming>,
) -> Result<Response<BoxBody>, Hangup> {
    let reply = shared.decide(&request);
    let (head, mut incoming) = request.into_parts();
    let limit = match reply {
        Reply::ResetAfter(bytes) => bytes,
        Reply::Answer { early: true, .. } => 0,
        _ => usize::MAX,
    };
    let mut bytes = Vec::new();
    while bytes.len() < limit
        && let Some(Ok(frame)) = incoming.frame().await
    {
        bytes.extend_from_slice(frame.data_ref().unwrap_or(&Bytes::new()));
    }
    shared.received.lock().expect("no holder panics").push(Received {
        method: head.method,
        uri: head.uri,
        version: head.version,
        headers: head.headers,
        body: bytes.into(),
    });
    match reply {
        Reply::Stall => pending().await,
        Reply::ResetAfter(_) => {
            *parting.lock().expect("no holder panics") = Parting::Reset;
            Err(Hangup)
        }
        Reply::Answer { code, headers, body: text, cut_after, early } => {
            if early {
                tokio::spawn(async move { while let Some(Ok(_)) = incoming.frame().await {} });
            }
            let mut answer = Response::builder().status(code);
            for (name, value) in headers {
                answer = answer.header(name, value);
            }
            let body = http_body_util::Full::new(Bytes::from(text));
            let body = match cut_after {
                None => body::whole(body),
                Some(bytes) => body::broken(body, bytes, Ending::Cut),
            };
            Ok(answer.body(body).expect("a policy names valid codes and headers"))
        }
    }
}
