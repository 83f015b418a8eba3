use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::TcpStream;

use super::Listener;
use crate::ControlPlane;

/// "No acceptable methods", and "succeeded, bound to 0.0.0.0:0".
const NONE_OF_THESE: &[u8] = &[5, 0xff];
const SUCCEEDED: &[u8] = &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/// A SOCKS5 proxy ([RFC 1928]) that leads to a control plane, whatever host it is asked for, and
/// remembers what it was asked. It asks for no login.
///
/// It works on the test kit's own runtime (see [`FaultRelay`](crate::FaultRelay)) and stops when
/// dropped.
///
/// [RFC 1928]: https://www.rfc-editor.org/rfc/rfc1928
#[derive(Debug)]
pub struct SocksProxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    _listener: Listener,
}

impl SocksProxy {
    /// Starts a proxy that lets everybody through.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn start(control_plane: &ControlPlane) -> Self {
        let server = control_plane.url().replace("https://", "");
        let asked = Arc::default();
        let listener = Listener::start({
            let asked = Arc::clone(&asked);
            move |stream| connection(stream, server.clone(), Arc::clone(&asked))
        });
        Self { address: listener.address().to_string(), asked, _listener: listener }
    }

    /// Where it listens, `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it was asked to lead so far, as `host:port`.
    ///
    /// # Panics
    /// When a connection panicked.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("no connection panics").clone()
    }
}

async fn connection(
    mut client: TcpStream,
    server: String,
    asked: Arc<Mutex<Vec<String>>>,
) -> io::Result<()> {
    let [_version, count] = bytes(&mut client).await?;
    let mut methods = vec![0; count.into()];
    client.read_exact(&mut methods).await?;
    if !methods.contains(&0) {
        return client.write_all(NONE_OF_THESE).await;
    }
    client.write_all(&[5, 0]).await?;
    let [_version, _connect, _reserved, kind] = bytes(&mut client).await?;
    let host = match kind {
        1 => Ipv4Addr::from(bytes(&mut client).await?).to_string(),
        3 => {
            let [length] = bytes(&mut client).await?;
            let mut name = vec![0; length.into()];
            client.read_exact(&mut name).await?;
            String::from_utf8_lossy(&name).into_owned()
        }
        _ => return Err(io::ErrorKind::Unsupported.into()),
    };
    let port = u16::from_be_bytes(bytes(&mut client).await?);
    asked.lock().expect("no connection panics").push(format!("{host}:{port}"));
    let mut server = TcpStream::connect(server).await?;
    client.write_all(SUCCEEDED).await?;
    copy_bidirectional(&mut client, &mut server).await.map(drop)
}

async fn bytes<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}
