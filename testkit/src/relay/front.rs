use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::{ControlPlane, background};

/// TLS in front of a server that speaks none, with the certificate of a control plane's API server:
/// it is called `127.0.0.1` or `localhost`.
///
/// It works on the test kit's own runtime (see [`FaultRelay`](crate::FaultRelay)) and stops when
/// dropped.
#[derive(Debug)]
pub struct TlsFront {
    address: String,
    task: JoinHandle<()>,
}

impl TlsFront {
    /// Starts one before the server at an address, `host:port`.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn start(control_plane: &ControlPlane, server: &str) -> Self {
        let acceptor = TlsAcceptor::from(Arc::new(config(control_plane.folder())));
        let (listener, address) = super::listen();
        let task = background::spawn(serve(listener, acceptor, server.to_owned()));
        Self { address: address.to_string(), task }
    }

    /// Where it listens, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn config(folder: &Path) -> ServerConfig {
    let certificate = CertificateDer::from_pem_file(folder.join("server.crt"))
        .expect("a control plane has a certificate");
    let key =
        PrivateKeyDer::from_pem_file(folder.join("server.key")).expect("a control plane has a key");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has what the default versions take")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key is the certificate's")
}

async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, server: String) {
    let listener = TcpListener::from_std(listener).expect("the listener is non-blocking");
    let mut connections = JoinSet::new(); // ends them all when it is dropped
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        connections.spawn(connection(stream, acceptor.clone(), server.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(client: TcpStream, acceptor: TlsAcceptor, server: String) -> io::Result<()> {
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(server).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}
