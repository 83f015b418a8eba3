//! The status endpoint of the modes periodic and watch: probes, metrics and the report, over HTTP.

mod bind;
mod clock;
mod exposition;
mod metrics;
#[cfg(target_os = "linux")]
mod process;
mod routes;
mod serve;
mod state;
#[cfg(test)]
mod tests;
mod watching;

#[cfg(test)]
use std::net::SocketAddr;
use std::sync::Arc;
use std::{io, thread};

use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tracing::info;

use crate::keys::Listen;
use routes::Routes;
use serve::{Limits, serve};

pub(crate) use state::State;

/// The running endpoint, which is stopped on drop.
#[derive(Debug)]
pub(crate) struct Server {
    /// The bound address.
    #[cfg(test)]
    address: SocketAddr,
    state: Arc<State>,
    /// Dropping it stops the server.
    _running: oneshot::Sender<()>,
}

impl Server {
    /// Binds an address and serves requests from then on. The address is logged, since port 0
    /// leaves it open.
    ///
    /// It runs on a thread of its own, where it neither waits for a stalled loop, which it has to
    /// report, nor takes time from a cycle. Must be called outside of a runtime, since on failure
    /// its own runtime is dropped.
    ///
    /// # Errors
    /// When the address can't be bound, which [`Error::Listen`](crate::error::Error::Listen)
    /// reports to the user.
    pub(crate) fn bind(listen: Listen, state: Arc<State>) -> io::Result<Self> {
        Self::bind_within(listen, Routes::new(state).measuring_the_process(), Limits::default())
    }

    fn bind_within(listen: Listen, routes: Routes, limits: Limits) -> io::Result<Self> {
        let state = Arc::clone(routes.state());
        let listener = bind::bind(listen)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let (running, end) = oneshot::channel::<()>();
        let serve = async move {
            tokio::select! {
                () = serve(listener, routes, limits) => {}
                _ = end => {}
            }
        };
        thread::Builder::new().name("status".into()).spawn(move || runtime.block_on(serve))?;
        info!("status endpoint at http://{address}");
        Ok(Self {
            #[cfg(test)]
            address,
            state,
            _running: running,
        })
    }

    /// The state that it serves.
    pub(crate) fn state(&self) -> Arc<State> {
        Arc::clone(&self.state)
    }
}
