pub(crate) mod body;
mod connect;
mod delay;
mod fault;
mod front;
mod listener;
mod server;
pub(crate) mod socket;
mod socks;

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub use connect::{ConnectProxy, Tunnel};
pub use delay::{DelayRelay, Line};
pub use fault::{Fault, RelayRequest, first};
pub use front::TlsFront;
pub use socks::SocksProxy;

pub(crate) use listener::Listener;
use tokio_rustls::TlsAcceptor;

use crate::ControlPlane;
use server::Shared;

/// An HTTP/1.1 relay in front of an API server that breaks what its policy tells it to, and
/// remembers every request.
///
/// In front of a control plane it speaks TLS with that one's certificate. It passes requests on
/// with their own headers, so a client needs a token (see [`ControlPlane::kubeconfig_via`]). It
/// works on the test kit's own runtime: a paused clock of a test does not reach it, and its delays
/// take real time. It stops when dropped.
///
/// ```no_run
/// use testkit::{ControlPlane, Fault, FaultRelay, first};
///
/// let cluster = ControlPlane::shared();
/// let second_page = |request: &testkit::RelayRequest| request.query("continue").is_some();
/// let relay = FaultRelay::start(cluster, first(1, second_page, Fault::CutAfter(1000)));
/// let kubeconfig = cluster.write_kubeconfig_via(relay.url(), &cluster.admin());
/// // … run kai with it …
/// assert_eq!(relay.requests().iter().filter(|request| second_page(request)).count(), 2);
/// ```
#[derive(Debug)]
pub struct FaultRelay {
    url: String,
    shared: Arc<Shared>,
    _listener: Listener,
}

impl FaultRelay {
    /// Starts a relay in front of a control plane. The policy decides what happens to each
    /// request.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    pub fn start(
        control_plane: &ControlPlane,
        policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let tls = front::acceptor(control_plane);
        Self::new(control_plane.url(), &control_plane.ca_pem(), Some(tls), policy)
    }

    /// Starts a relay, which speaks plain HTTP, in front of any server; the CA is not needed for a
    /// plain one.
    ///
    /// # Panics
    /// When it cannot listen on loopback.
    pub fn in_front_of(
        url: &str,
        ca_pem: &str,
        policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::new(url, ca_pem, None, policy)
    }

    fn new(
        url: &str,
        ca_pem: &str,
        tls: Option<TlsAcceptor>,
        policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared::new(url, ca_pem, Box::new(policy)));
        let listener = Listener::start({
            let shared = Arc::clone(&shared);
            move |stream| server::connection(stream, tls.clone(), Arc::clone(&shared))
        });
        Self { url: format!("{scheme}://{}", listener.address()), shared, _listener: listener }
    }

    /// Passes requests on as if their senders took nothing but JSON.
    #[must_use]
    pub fn json_only(self) -> Self {
        self.shared.json_only.store(true, Ordering::Relaxed);
        self
    }

    /// Where it listens, `https://127.0.0.1:PORT`; `http://` in front of another server than a
    /// control plane.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far, in the order they came.
    ///
    /// # Panics
    /// When the policy panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<RelayRequest> {
        self.shared.requests.lock().expect("the policy does not panic").clone()
    }

    /// How many connections were opened.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}
