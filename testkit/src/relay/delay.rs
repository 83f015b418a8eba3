use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::Uri;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use super::Listener;
use crate::ControlPlane;

/// Chunks on their way in one direction; enough to never slow a local transfer down.
const IN_FLIGHT: usize = 4096;

/// A TCP relay that makes a server seem far away: every byte arrives later by a fixed time,
/// in each direction. It does not look into the bytes, so TLS passes through, and it takes
/// nothing from the throughput.
///
/// Opening a connection takes a round trip too. It works on the test kit's own runtime (see
/// [`FaultRelay`](crate::FaultRelay)) and stops when dropped.
#[derive(Debug)]
pub struct DelayRelay {
    url: String,
    _listener: Listener,
}

impl DelayRelay {
    /// Starts a relay in front of a control plane.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    #[must_use]
    pub fn start(control_plane: &ControlPlane, one_way: Duration) -> Self {
        Self::in_front_of(control_plane.url(), one_way)
    }

    /// Starts a relay in front of any server, a [`FaultRelay`](crate::FaultRelay) for one.
    ///
    /// # Panics
    /// When it cannot listen on loopback, or the URL has no host and port.
    #[must_use]
    pub fn in_front_of(url: &str, one_way: Duration) -> Self {
        let upstream: Uri = url.parse().expect("the URL of a server");
        let scheme = upstream.scheme_str().unwrap_or("http").to_owned();
        let target: Arc<str> =
            upstream.authority().expect("the URL names a host and a port").as_str().into();
        let listener =
            Listener::start(move |stream| connection(stream, Arc::clone(&target), one_way));
        Self { url: format!("{scheme}://{}", listener.address()), _listener: listener }
    }

    /// Where it listens, with the server's own scheme.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn connection(client: TcpStream, target: Arc<str>, one_way: Duration) -> io::Result<()> {
    let server = TcpStream::connect(&*target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    // The client believes to be connected already: what it sends waits for the handshake.
    sleep(2 * one_way).await;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut directions = JoinSet::new();
    one_direction(&mut directions, from_client, to_server, one_way);
    one_direction(&mut directions, from_server, to_client, one_way);
    // An error in one direction ends both.
    while let Some(ended) = directions.join_next().await {
        ended.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// Reads and writes at the same time, so that delays don't add up.
fn one_direction(
    tasks: &mut JoinSet<io::Result<()>>,
    mut from: impl AsyncRead + Unpin + Send + 'static,
    mut to: impl AsyncWrite + Unpin + Send + 'static,
    one_way: Duration,
) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(IN_FLIGHT);
    tasks.spawn(async move {
        loop {
            let mut chunk = Vec::with_capacity(1 << 14);
            let read = from.read_buf(&mut chunk).await?;
            // The end travels like every other byte: as an empty chunk.
            if sender.send((Instant::now() + one_way, chunk)).await.is_err() || read == 0 {
                return Ok(());
            }
        }
    });
    tasks.spawn(async move {
        while let Some((due, chunk)) = receiver.recv().await {
            sleep_until(due).await;
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    });
}
