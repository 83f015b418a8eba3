//! Pod sources for [`kai_core`]: a Kubernetes cluster ([`ClusterPodSource`]), and what
//! `kubectl get namespaces,pods -A -o json` printed ([`FilePodSource`]).
//!
//! ```no_run
//! use std::time::SystemTime;
//! use kai_core::{CollectOptions, collect};
//! use kai_k8s::{ClusterPodSource, ClusterSettings, SourceOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let cluster =
//!     ClusterPodSource::connect(&ClusterSettings::default(), SourceOptions::default()).await?;
//! let report = collect(&cluster, &CollectOptions::default(), SystemTime::now()).await?;
//! for namespace in report.inventory.namespaces() {
//!     println!("{}: {} images", namespace.name(), namespace.images().len());
//! }
//! # Ok(()) }
//! ```
//!
//! Objects that a program has already, as a reflector stores them, become facts by [`fact`].
//!
//! A client of your own goes in by [`ClusterPodSource::from_client`]; the [`kube`] that it must be
//! of is re-exported, and this crate's major version follows kube's.
//!
//! With the feature `fips`, all cryptography is that of aws-lc-rs' FIPS module: a program whose
//! rustls has another default provider gets no connection, nor does a kubeconfig with
//! `insecure-skip-tls-verify`. What a client of your own does is for you to say.

mod call;
mod client;
mod credential;
mod error;
mod excerpt;
mod exec;
mod explain;
mod file;
mod fips;
mod frontier;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod kubeconfig;
mod listing;
mod lookup;
mod object;
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
mod version;
mod wire;
mod yaml;

pub use error::{ConnectError, Origin};
pub use file::{FilePodSource, InputError, OpenError};
pub use kube;
pub use object::{ObjectError, fact};
pub use observer::RequestObserver;
pub use rights::MissingRight;
pub use secrecy;
pub use settings::{
    ClusterSettings, Compression, InlineCluster, InlineCredential, OnForbidden, Overrides,
    SourceOptions, Split,
};
pub use source::ClusterPodSource;

/// The program on the crate's page is one that compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Page;
