//! A cluster, through its API server: which one, as whom, and how its lists are read.

mod call;
mod client;
mod credential;
mod error;
mod excerpt;
mod exec;
mod explain;
mod fips;
mod follow;
mod frontier;
pub(crate) mod kubeconfig;
mod listing;
mod lookup;
mod observer;
mod plan;
mod proxy;
mod request;
mod rights;
mod settings;
mod snapshot;
mod source;
mod throttle;
mod tls;
mod token;
mod transport;
mod unwatchable;
mod version;
mod yaml;

pub use error::{ConnectError, Origin};
pub use observer::RequestObserver;
pub use rights::MissingRight;
pub use settings::{
    ClusterSettings, Compression, InlineCluster, InlineCredential, OnForbidden, Overrides,
    SourceOptions, Split,
};
pub use source::ClusterPodSource;
pub use unwatchable::CannotWatch;
