use std::{fs, io};

use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::Listener;
use crate::ControlPlane;
use crate::pki::Pair;

/// TLS in front of a server that speaks none, with the certificate of a control plane's API server:
/// it is called `127.0.0.1` or `localhost`.
///
/// It works on the test kit's own runtime (see [`FaultRelay`](crate::FaultRelay)) and stops when
/// dropped.
#[derive(Debug)]
pub struct TlsFront {
    address: String,
    _listener: Listener,
}

impl TlsFront {
    /// Starts one before the server at an address, `host:port`.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn start(control_plane: &ControlPlane, server: &str) -> Self {
        let (acceptor, server) = (acceptor(control_plane), server.to_owned());
        let listener =
            Listener::start(move |stream| connection(stream, acceptor.clone(), server.clone()));
        Self { address: listener.address().to_string(), _listener: listener }
    }

    /// Where it listens, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// TLS with the certificate of a control plane's API server.
pub(super) fn acceptor(control_plane: &ControlPlane) -> TlsAcceptor {
    let file = |name| {
        fs::read_to_string(control_plane.folder().join(name)).expect("a server has its files")
    };
    Pair { certificate: file("server.crt"), key: file("server.key") }.acceptor()
}

async fn connection(client: TcpStream, acceptor: TlsAcceptor, server: String) -> io::Result<()> {
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(server).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
