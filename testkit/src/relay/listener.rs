use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::background;

/// A free port of loopback, and a task for each connection to it, on the test kit's own runtime.
/// All of them end when it is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Listener {
    /// Listens, and hands each connection over.
    pub(crate) fn start<C>(connection: impl Fn(TcpStream) -> C + Send + 'static) -> Self
    where
        C: Future<Output: Send> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .expect("loopback has a free port");
        listener.set_nonblocking(true).expect("a socket can be made non-blocking");
        let address = listener.local_addr().expect("a listener has an address");
        let task = background::spawn(async move {
            let listener = TcpListener::from_std(listener).expect("the listener is non-blocking");
            let mut connections = JoinSet::new(); // ends them all when it is dropped
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                connections.spawn(connection(stream));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, task }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}
