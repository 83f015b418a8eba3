//! HTTP/1.1 over connections that are driven by whoever reads their answers.
//!
//! A pooled client of hyper's has a task for each connection, and every piece of a body goes from one
//! task to another: two switches for each pod of a list. Here a connection belongs to the request
//! that it serves and is polled with it; between requests it lies in a pool.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper::rt::{Read, Write};
use kube::client::Body;
use tower::{Service, ServiceExt};

use super::READ_BUFFER_MAX;
use super::pool::Pool;

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// A server, or the proxy before it, could not be reached, or is not trusted.
#[derive(Debug, thiserror::Error)]
#[error("connecting failed")]
pub(crate) struct ConnectFailure(#[source] BoxError);

/// Sends requests to one server.
pub(super) struct Http<C, T: Socket> {
    connector: C,
    pool: Pool<Live<T>>,
}

/// What HTTP is spoken over.
pub(super) trait Socket: Read + Write + Unpin + Send + 'static {}

impl<T: Read + Write + Unpin + Send + 'static> Socket for T {}

impl<C, T: Socket> Http<C, T>
where
    C: Service<Uri, Response = T>,
    C::Error: Into<BoxError>,
{
    pub(super) fn new(connector: C) -> Self {
        Self { connector, pool: Pool::default() }
    }

    async fn send(self, mut request: Request<Body>) -> Result<Response<Driven<T>>, BoxError> {
        let server = address(&mut request)?;
        while let Some(mut live) = self.pool.take() {
            if !live.is_ready().await {
                continue;
            }
            let again = repeated(&request);
            match (live.exchange(request, &self.pool).await, again) {
                // The server closed it at that moment.
                (Err(_), Some(again)) => request = again,
                (answer, _) => return Ok(answer?),
            }
            break;
        }
        let connection = self.connector.oneshot(server).await;
        let connection = connection.map_err(|error| ConnectFailure(error.into()))?;
        let mut live = Live::new(connection).await?;
        live.is_ready().await;
        Ok(live.exchange(request, &self.pool).await?)
    }
}

impl<C: Clone, T: Socket> Clone for Http<C, T> {
    fn clone(&self) -> Self {
        Self { connector: self.connector.clone(), pool: self.pool.clone() }
    }
}

impl<C, T: Socket> Service<Request<Body>> for Http<C, T>
where
    C: Service<Uri, Response = T> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
{
    type Response = Response<Driven<T>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().send(request))
    }
}

/// Makes of a request what goes over a connection to its server, and says which that is.
fn address(request: &mut Request<Body>) -> Result<Uri, BoxError> {
    let path = request.uri().path_and_query().cloned();
    let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
    let server = std::mem::replace(request.uri_mut(), path.into());
    let host = server.authority().map_or("", Authority::as_str);
    let host = HeaderValue::from_str(host.rsplit_once('@').map_or(host, |(_, host)| host))?;
    request.headers_mut().entry(HOST).or_insert(host);
    Ok(server)
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

/// A connection, and the way into it.
struct Live<T: Socket> {
    sender: SendRequest<Body>,
    connection: Connection<T, Body>,
    is_open: bool,
}

impl<T: Socket> Live<T> {
    async fn new(connection: T) -> hyper::Result<Self> {
        let mut http = Builder::new();
        http.max_buf_size(READ_BUFFER_MAX);
        let (sender, connection) = http.handshake(connection).await?;
        Ok(Self { sender, connection, is_open: true })
    }

    /// Lets the connection read and write what it can.
    fn drive(&mut self, cx: &mut Context<'_>) {
        // What it fails with, the request or the body learns.
        self.is_open = self.is_open && Pin::new(&mut self.connection).poll(cx).is_pending();
    }

    /// Whether it takes a request; `false`: the server has closed it.
    async fn is_ready(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            if self.is_open {
                self.sender.poll_ready(cx).map(|ready| ready.is_ok())
            } else {
                Poll::Ready(false)
            }
        })
        .await
    }

    /// Sends a request, and reads the head of its answer.
    async fn exchange(
        mut self,
        request: Request<Body>,
        pool: &Pool<Self>,
    ) -> hyper::Result<Response<Driven<T>>> {
        let mut answer = pin!(self.sender.send_request(request));
        let answer = poll_fn(|cx| {
            self.drive(cx);
            answer.as_mut().poll(cx)
        });
        let answer = answer.await?;
        let live = self.is_open.then_some(self);
        Ok(answer.map(|incoming| Driven { incoming, live, pool: pool.clone() }))
    }
}

/// The body of an answer, and the connection that it comes over. Who reads it to its end, gives the
/// connection back; otherwise it is closed.
pub(super) struct Driven<T: Socket> {
    incoming: Incoming,
    /// `None`: it was given back, or closed.
    live: Option<Live<T>>,
    pool: Pool<Live<T>>,
}

impl<T: Socket> HttpBody for Driven<T> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let mut frame = Pin::new(&mut this.incoming).poll_frame(cx);
        if frame.is_pending()
            && let Some(live) = &mut this.live
        {
            live.drive(cx);
            frame = Pin::new(&mut this.incoming).poll_frame(cx);
        }
        if let Poll::Ready(None) = frame
            && let Some(live) = this.live.take_if(|live| live.is_open)
        {
            this.pool.give(live);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use hyper_util::client::legacy::connect::HttpConnector;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nye";

    /// What a server does with each connection: how many requests it answers before it closes it.
    async fn server(answered: &'static [usize]) -> Uri {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for count in answered {
                let (mut connection, _) = listener.accept().await.unwrap();
                for _ in 0..*count {
                    request(&mut connection).await;
                    connection.write_all(ANSWER).await.unwrap();
                }
                request(&mut connection).await;
            }
        });
        format!("http://{address}/path?query").parse().unwrap()
    }

    /// Reads one, or nothing where there is none.
    async fn request(connection: &mut TcpStream) -> String {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") && connection.read_buf(&mut bytes).await.unwrap() > 0 {}
        String::from_utf8(bytes).unwrap()
    }

    /// Asks so many times, one after the other; how each ended.
    async fn ask(uri: &Uri, times: usize) -> Vec<Result<Bytes, String>> {
        let http = Http::new(HttpConnector::new());
        let mut ends = Vec::new();
        for _ in 0..times {
            let request = Request::get(uri.clone()).body(Body::empty()).unwrap();
            ends.push(match http.clone().send(request).await {
                Ok(answer) => Ok(answer.into_body().collect().await.unwrap().to_bytes()),
                Err(error) => Err(error.to_string()),
            });
        }
        ends
    }

    #[tokio::test]
    async fn a_connection_serves_one_request_after_another() {
        let ends = ask(&server(&[3]).await, 3).await;
        assert_eq!(ends, [Ok("ye".into()), Ok("ye".into()), Ok("ye".into())]);
    }

    #[tokio::test]
    async fn a_request_that_meets_a_closing_connection_is_sent_over_another() {
        let ends = ask(&server(&[1, 2]).await, 3).await;
        assert_eq!(ends, [Ok("ye".into()), Ok("ye".into()), Ok("ye".into())]);
    }

    #[tokio::test]
    async fn a_new_connection_that_closes_without_an_answer_is_a_failure() {
        let ends = ask(&server(&[0, 1]).await, 2).await;
        assert!(ends[0].is_err(), "{ends:?}");
        assert!(ends[1].is_ok(), "{ends:?}");
    }

    #[tokio::test]
    async fn a_request_names_its_host_and_no_login() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let uri = format!("http://user:secret@{address}").parse().unwrap();
        let (_, sent) = tokio::join!(ask(&uri, 1), async {
            request(&mut listener.accept().await.unwrap().0).await
        });
        assert_eq!(sent, format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n"));
    }
}
