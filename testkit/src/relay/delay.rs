use std::io;
use std::sync::{Arc, Mutex};
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
/// The same where the line is slow: about what a connection has under way over such a distance.
const IN_FLIGHT_SLOWLY: usize = 64;
/// How much is read at once.
const CHUNK: usize = 1 << 14;

/// What is between a client and a server.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    one_way: Duration,
    bytes_per_second: Option<u64>,
}

impl Line {
    /// A line on which every byte takes this long.
    #[must_use]
    pub fn new(one_way: Duration) -> Self {
        Self { one_way, bytes_per_second: None }
    }

    /// Sets how many bytes it carries in a second in each direction, for all connections together.
    #[must_use]
    pub fn bytes_per_second(mut self, bytes: u64) -> Self {
        self.bytes_per_second = Some(bytes);
        self
    }
}

/// One direction of a line, which all connections share.
#[derive(Debug)]
struct Direction {
    line: Line,
    /// When the last byte will have left.
    free: Mutex<Instant>,
}

impl Direction {
    fn new(line: Line) -> Arc<Self> {
        Arc::new(Self { line, free: Mutex::new(Instant::now()) })
    }

    /// When so many bytes arrive that are sent now.
    fn arrival(&self, bytes: usize) -> Instant {
        let now = Instant::now();
        let Some(rate) = self.line.bytes_per_second else { return now + self.line.one_way };
        let mut free = self.free.lock().expect("no holder panics");
        let takes = Duration::from_nanos(bytes as u64 * 1_000_000_000 / rate.max(1));
        *free = (*free).max(now) + takes;
        *free + self.line.one_way
    }

    fn in_flight(&self) -> usize {
        if self.line.bytes_per_second.is_some() { IN_FLIGHT_SLOWLY } else { IN_FLIGHT }
    }
}

/// A TCP relay that makes a server seem far away: every byte arrives later by a fixed time,
/// in each direction, and as slowly as the [`Line`] says. It does not look into the bytes, so TLS
/// passes through.
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
        Self::over(url, Line::new(one_way))
    }

    /// Starts a relay in front of any server, over a line.
    ///
    /// # Panics
    /// When it cannot listen on loopback, or the URL has no host and port.
    #[must_use]
    pub fn over(url: &str, line: Line) -> Self {
        let upstream: Uri = url.parse().expect("the URL of a server");
        let scheme = upstream.scheme_str().unwrap_or("http").to_owned();
        let target: Arc<str> =
            upstream.authority().expect("the URL names a host and a port").as_str().into();
        let (up, down) = (Direction::new(line), Direction::new(line));
        let listener = Listener::start(move |stream| {
            connection(stream, Arc::clone(&target), Arc::clone(&up), Arc::clone(&down))
        });
        Self { url: format!("{scheme}://{}", listener.address()), _listener: listener }
    }

    /// Where it listens, with the server's own scheme.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn connection(
    client: TcpStream,
    target: Arc<str>,
    up: Arc<Direction>,
    down: Arc<Direction>,
) -> io::Result<()> {
    let server = TcpStream::connect(&*target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    // The client believes to be connected already: what it sends waits for the handshake.
    sleep(2 * up.line.one_way).await;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut directions = JoinSet::new();
    one_direction(&mut directions, from_client, to_server, up);
    one_direction(&mut directions, from_server, to_client, down);
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
    direction: Arc<Direction>,
) {
    let (sender, mut receiver) = mpsc::channel::<(Instant, Vec<u8>)>(direction.in_flight());
    tasks.spawn(async move {
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = from.read_buf(&mut chunk).await?;
            // The end travels like every other byte: as an empty chunk.
            if sender.send((direction.arrival(read), chunk)).await.is_err() || read == 0 {
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
