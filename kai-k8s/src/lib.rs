//! Pod sources for [`kai_core`]: a Kubernetes cluster ([`ClusterPodSource`], feature `cluster`), and
//! what `kubectl get namespaces,pods -A -o json` printed ([`FilePodSource`], feature `file`).
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
//! # Runtimes
//!
//! A cluster is read in a [tokio] runtime with time and I/O, of one thread or of several; without
//! one, connecting fails with [`ConnectError::NoRuntime`], and so does a pass. A file is read under any
//! executor. Dropping a stream of facts, or the future of a pass, is safe at any time: its requests
//! end with it. Idle connections stay open until their source is dropped.
//!
//! [tokio]: https://docs.rs/tokio
//!
//! # Features
//!
//! - `cluster` (default): [`ClusterPodSource`], with kube, rustls and aws-lc-rs.
//! - `file` (default): [`FilePodSource`]. Alone (`default-features = false, features = ["file"]`), it
//!   needs neither of these, and builds for `wasm32-wasip1`.
//! - `fips`: all cryptography is that of aws-lc-rs' FIPS module. A program whose rustls has another
//!   default provider gets no connection, nor does a kubeconfig with `insecure-skip-tls-verify`. What
//!   a client of your own does is for you to say.
//!
//! Without any of them, there is still [`fact`].

#[cfg(feature = "cluster")]
mod cluster;
#[cfg(feature = "file")]
mod file;
#[cfg(all(feature = "cluster", feature = "file", any(test, feature = "fuzzing")))]
#[doc(hidden)]
pub mod fuzzing;
mod object;
// One reader serves all. What only the source that is left out calls, the compiler drops.
#[cfg_attr(not(all(feature = "cluster", feature = "file")), allow(dead_code, unused_imports))]
mod wire;

#[cfg(feature = "cluster")]
pub use cluster::{
    CannotWatch, ClusterPodSource, ClusterSettings, Compression, ConnectError, InlineCluster,
    InlineCredential, MissingRight, OnForbidden, Origin, Overrides, RequestObserver, SourceOptions,
    Split,
};
#[cfg(feature = "file")]
pub use file::{FilePodSource, InputError, OpenError};
#[cfg(feature = "cluster")]
pub use kube;
pub use object::{ObjectError, fact, fact_with};
#[cfg(feature = "cluster")]
pub use secrecy;

/// The program on the crate's page is one that compiles.
#[cfg(all(doctest, feature = "cluster", feature = "file"))]
#[doc = include_str!("../README.md")]
struct Page;
