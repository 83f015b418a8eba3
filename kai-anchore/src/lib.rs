//! Delivers kai's inventories to Anchore Enterprise.
//!
//! An [`AnchoreSink`] is kai-core's [`Sink`](kai_core::Sink) over HTTP, for both APIs that take
//! inventories: [v1](ApiVersion::V1) takes the images of each namespace, [v2](ApiVersion::V2) every
//! container with its pod, namespace and node. It asks Anchore which one it has, unless
//! [`AnchoreSettings::api`] says so.
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
//! # Attempts
//! A delivery is **one** attempt: waiting and trying again is for the caller, who knows how long it
//! is worth it. Each error says whether and when ([`DeliveryError::retry`]): never, after a growing
//! time, or after the time that the server names, 30 seconds at most.
//!
//! # Memory
//! The body of v2 grows with containers: some hundred bytes for each. It is written while it is
//! sent, so that it never is in memory as a whole, and what it is written from takes about a
//! quarter of it. Its length is counted beforehand and sent as `Content-Length`. A process that
//! collects 50,000 pods with 120,000 containers and delivers them takes about 28 MiB at its peak,
//! with a body of 46 MiB; a test of this crate keeps it at or below 30 MiB.
//!
//! # Secrets
//! A [`Password`] has no `Display`, and `Debug` doesn't show it; a URL with a user or a password in
//! it is refused. No error holds a header that was sent. Redirects are not followed.
//!
//! # Tests of your own
//! What delivers reports takes a `&dyn Sink`; kai-core's feature `testing` has a mock of it:
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

/// The program on the crate's page is one that compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Page;
