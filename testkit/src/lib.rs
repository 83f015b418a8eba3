//! What kai's tests run against: a real Kubernetes control plane (etcd and
//! kube-apiserver on loopback), pods with a status as a kubelet would write it, loads of
//! any size, relays that break or delay the traffic in between, and a server that takes reports.
//!
//! ```no_run
//! use testkit::{ContainerFixture, ControlPlane, PodFixture, wait};
//!
//! // One control plane per test process; it dies with the process, however that ends.
//! let cluster = ControlPlane::shared();
//! let api = cluster.api();
//! wait(async move {
//!     api.create_namespace("shop").await?;
//!     let web = ContainerFixture::new("web", "nginx:1.25").running();
//!     api.create_pod(&PodFixture::new("shop", "web-1").container(web).to_json()).await
//! })
//! .expect("the pod is valid");
//!
//! // For kai or kubectl:
//! let kubeconfig = cluster.write_kubeconfig(&cluster.admin());
//! println!("{}", kubeconfig.path().display());
//! ```
//!
//! Everything that does I/O runs on a runtime of its own (see [`wait`]), so a test may
//! pause its clock or have no runtime at all.

mod api;
mod background;
mod binaries;
mod control_plane;
mod error;
mod helm;
mod http;
mod kubeconfig;
mod load;
mod pki;
mod pods;
mod receiver;
mod relay;
mod supervisor;

pub use api::Api;
pub use background::wait;
pub use binaries::{Binaries, ETCD_VERSION, HELM_VERSION, KUBERNETES_VERSION, informer};
pub use control_plane::{ControlPlane, Options, User};
pub use error::{Error, chain};
pub use helm::Helm;
pub use http::Answer;
pub use hyper::Method;
pub use kubeconfig::Credentials;
pub use load::{Load, Shape};
pub use pods::{ContainerFixture, PodFixture};
pub use receiver::{Received, Receiver, Reply, anchore};
pub use relay::{
    ConnectProxy, DelayRelay, Fault, FaultRelay, Line, RelayRequest, SocksProxy, TlsFront, Tunnel,
    first,
};
