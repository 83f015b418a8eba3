//! Delivers kai's inventories to Anchore Enterprise.
//!
//! An [`AnchoreSink`] implements kai-core's [`Sink`](kai_core::Sink) over HTTP, for both APIs that
//! accept inventories: [v1](ApiVersion::V1) takes the images of each namespace,
//! [v2](ApiVersion::V2) every container with its pod, namespace and node. It detects which one
//! Anchore has, unless [`AnchoreSettings::api`] is set.
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::SystemTime;
//! use kai_anchore::{AnchoreSettings, AnchoreSink, Password};
//! use kai_core::{CollectOptions, InMemoryPodSource, Retry, Sink, collect};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = AnchoreSettings::new(
//!     "https://anchore.example".parse()?,
//!     "kai",
//!     Password::File("/var/run/secrets/anchore/password".into()),
//! );
//! let sink = AnchoreSink::new(&settings)?;
//!
//! // One pass yields what both APIs take.
//! let source = InMemoryPodSource::new();
//! let options = CollectOptions::default().details(sink.needs());
//! let report = collect(&source, &options, SystemTime::now()).await?;
//! let report = Arc::new(report.with_cluster_name("prod"));
//!
//! match sink.send(&report).await {
//!     Ok(delivered) => println!("{} bytes to {}", delivered.bytes, delivered.url),
//!     Err(error) if error.retry() == Retry::Never => return Err(error.into()),
//!     Err(error) => println!("later, perhaps: {error}"),
//! }
//! # Ok(()) }
//! ```
//!
//! # Retries
//! A delivery is **one** attempt: waiting and retrying is up to the caller, which knows how long
//! that is worthwhile. Each error has its retry policy ([`DeliveryError::retry`]): never, with
//! backoff, or after the delay that the server requests, 30 seconds at most.
//!
//! # Memory
//! The body of v2 grows with the number of containers, by a few hundred bytes each. It is streamed
//! while it is sent, so it is never in memory as a whole; the data it is written from takes about a
//! quarter of its size. Its length is computed beforehand and sent as `Content-Length`. A process
//! that collects 50,000 pods with 120,000 containers and delivers them peaks at about 28 MiB, with
//! a body of 46 MiB; a test of this crate keeps it at or below 30 MiB.
//!
//! # Secrets
//! A [`Password`] has no `Display`, and `Debug` doesn't show it; a URL with a user or a password is
//! rejected. No error contains a request header. Redirects are not followed.
//!
//! # Testing
//! Code that delivers reports takes a `&dyn Sink`; kai-core's feature `testing` has a mock of it:
//!
//! ```
//! use kai_core::testing::MockSink;
//! use kai_core::{Payload, ReportError, Retry, Sink};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut sink = MockSink::new();
//! sink.expect_deliver().returning(|_| Err(ReportError::new("no", Retry::Backoff)));
//!
//! let sink: &dyn Sink = &sink;
//! assert_eq!(sink.deliver(&Payload::default()).await.unwrap_err().retry(), Retry::Backoff);
//! # });
//! ```

mod answer;
mod api;
mod body;
mod client;
mod deliver;
mod detect;
mod encode;
mod error;
mod file;
mod fips;
mod password;
mod proxy;
mod settings;
mod sink;
mod transport;
mod url;
mod v2;

pub use api::{Api, ApiSource, ApiVersion};
pub use deliver::Delivered;
pub use encode::encode;
pub use error::{DeliveryError, DeliveryErrorKind, Refusal};
pub use file::FileReader;
pub use password::{Password, PasswordError};
pub use settings::{AnchoreSettings, CaCertificate, SettingsError};
pub use sink::{AnchoreSink, Destination};
pub use url::{AnchoreUrl, UrlError};

/// Compiles the README's examples as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Page;
