//! Periodic mode's status endpoint: probes, metrics and the last report, over HTTP.

mod bind;
mod clock;
mod exposition;
mod metrics;
mod outcome;
mod routes;
mod serve;
mod state;
#[cfg(test)]
mod tests;

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

pub(crate) use outcome::{CycleOutcome, DeliveryOutcome, Figures};
pub(crate) use state::State;

/// The endpoint, which answers until this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    /// Its end is told by dropping.
    _running: oneshot::Sender<()>,
}

impl Server {
    /// Binds an address and answers from then on; the log says where, which a port of 0 leaves
    /// open. The last report is shown only on request.
    ///
    /// It lives in a thread of its own, where it neither waits for a stalled loop, which it has to
    /// tell of, nor takes time from a cycle. To be called outside of a runtime: one of its own is
    /// dropped where this fails.
    ///
    /// # Errors
    /// When the address can't be bound, which [`Error::Listen`](crate::error::Error::Listen) says
    /// to a person.
    ///
    /// ```ignore
    /// let state = Arc::new(State::new(request_timeout));
    /// let server = Server::bind(listen, Arc::clone(&state), show_inventory)
    ///     .map_err(|source| Error::Listen { address: listen, source })?;
    /// state.beat();
    /// ```
    pub(crate) fn bind(
        listen: Listen,
        state: Arc<State>,
        show_inventory: bool,
    ) -> io::Result<Self> {
        Self::bind_within(listen, state, show_inventory, Limits::default())
    }

    fn bind_within(
        listen: Listen,
        state: Arc<State>,
        show_inventory: bool,
        limits: Limits,
    ) -> io::Result<Self> {
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
                () = serve(listener, Routes::new(state, show_inventory), limits) => {}
                _ = end => {}
            }
        };
        thread::Builder::new().name("status".into()).spawn(move || runtime.block_on(serve))?;
        info!("status endpoint at http://{address}");
        Ok(Self { address, _running: running })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
