use std::io;
use std::sync::{Arc, Mutex};

use hyper::Uri;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::Listener;
use crate::{ControlPlane, kubeconfig};

/// The longest head of a request that is read.
const HEAD_MAX: usize = 16 * 1024;

/// An HTTP proxy that opens a tunnel (`CONNECT`) to one server, whatever host it is asked for, and
/// remembers what it was asked. So a server may be called by a name that nobody can look up.
///
/// It works on the test kit's own runtime (see [`FaultRelay`](crate::FaultRelay)) and stops when
/// dropped.
#[derive(Debug)]
pub struct ConnectProxy {
    address: String,
    shared: Arc<Shared>,
    _listener: Listener,
}

#[derive(Debug)]
struct Shared {
    server: String,
    /// What a client has to send to be let through.
    authorization: Option<String>,
    tunnels: Mutex<Vec<Tunnel>>,
}

/// A tunnel that a client asked a [`ConnectProxy`] for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tunnel {
    /// Where to, as `host:port`.
    pub to: String,
    /// The header `Proxy-Authorization`.
    pub authorization: Option<String>,
}

impl ConnectProxy {
    /// Starts a proxy that leads to a control plane and lets everybody through.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn start(control_plane: &ControlPlane) -> Self {
        Self::serve(control_plane.url(), None)
    }

    /// Starts a proxy that leads to any server, named by its URL, and lets everybody through.
    ///
    /// # Panics
    /// When the URL names no host and port, or the proxy cannot listen on loopback.
    #[must_use]
    pub fn in_front_of(url: &str) -> Self {
        Self::serve(url, None)
    }

    /// Starts a proxy that lets those through who send this login, `user:password`, and answers 407
    /// to all others.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn with_login(control_plane: &ControlPlane, login: &str) -> Self {
        Self::serve(control_plane.url(), Some(format!("Basic {}", kubeconfig::base64(login))))
    }

    fn serve(url: &str, authorization: Option<String>) -> Self {
        let server: Uri = url.parse().expect("the URL of a server");
        let server = server.authority().expect("the URL names a host and a port").to_string();
        let shared = Arc::new(Shared { server, authorization, tunnels: Mutex::default() });
        let listener = Listener::start({
            let shared = Arc::clone(&shared);
            move |stream| connection(stream, Arc::clone(&shared))
        });
        Self { address: listener.address().to_string(), shared, _listener: listener }
    }

    /// Where it listens, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it listens, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The tunnels that were asked for so far, also those that were refused.
    ///
    /// # Panics
    /// When a connection panicked.
    #[must_use]
    pub fn tunnels(&self) -> Vec<Tunnel> {
        self.shared.tunnels.lock().expect("no connection panics").clone()
    }
}

async fn connection(mut client: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let head = head(&mut client).await?;
    let mut lines = head.lines();
    let to = lines.next().and_then(|line| line.strip_prefix("CONNECT ")?.split(' ').next());
    let Some(to) = to.map(str::to_owned) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n").await;
    };
    let authorization = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
        .map(|(_, value)| value.trim().to_owned());
    let welcome = shared.authorization.is_none() || authorization == shared.authorization;
    shared.tunnels.lock().expect("no connection panics").push(Tunnel { to, authorization });
    if !welcome {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await;
    }
    let mut server = TcpStream::connect(&*shared.server).await?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

/// Reads up to the empty line. What comes after it, a client sends only when it is answered.
async fn head(client: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if client.read_buf(&mut bytes).await? == 0 || bytes.len() > HEAD_MAX {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
