//! Delivers kai's inventories to Anchore Enterprise.
//!
//! An [`AnchoreReporter`] is kai-core's [`Reporter`](kai_core::Reporter) of a [`Report`] over HTTP,
//! for both APIs that take inventories: [v1](ApiVersion::V1) takes the images of each namespace,
//! [v2](ApiVersion::V2) every container with its pod, namespace and node. It asks Anchore which one
//! it has, unless [`AnchoreSettings::api`] says so.
//!
//! ```no_run
//! use std::time::SystemTime;
//! use kai_anchore::{
//!     AnchoreReporter, AnchoreSettings, KubernetesInventoryBuilder, Password, Report,
//! };
//! use kai_core::{CollectOptions, InMemoryPodSource, Retry, collect_with};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = AnchoreSettings::new(
//!     "https://anchore.example".parse()?,
//!     "kai",
//!     Password::File("/var/run/secrets/anchore/password".into()),
//! );
//! let reporter = AnchoreReporter::new(&settings)?;
//!
//! // One pass builds what both APIs take.
//! let source = InMemoryPodSource::new();
//! let builder = KubernetesInventoryBuilder::default();
//! let (collected, builder) =
//!     collect_with(&source, &CollectOptions::default(), SystemTime::now(), builder).await?;
//! let report = Report::new(collected.inventory.with_cluster_name("prod"))
//!     .with_kubernetes(builder.finish());
//!
//! match reporter.send(&report).await {
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
//! with a body of 46 MiB; a test of this crate keeps it below 40 MiB.
//!
//! # Secrets
//! A [`Password`] has no `Display`, and `Debug` doesn't show it; a URL with a user or a password in
//! it is refused. No error holds a header that was sent. Redirects are not followed.
//!
//! # Tests of your own
//! What delivers reports takes a `&dyn Reporter<Report>`; kai-core's feature `testing` has a mock of
//! it:
//!
//! ```
//! use kai_anchore::Report;
//! use kai_core::testing::MockReporter;
//! use kai_core::{InventoryBuilder, ReportError, Reporter, Retry};
//! # use std::time::SystemTime;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let mut reporter = MockReporter::<Report>::new();
//! reporter.expect_deliver().returning(|_| Err(ReportError::new("no", Retry::Backoff)));
//!
//! let report = Report::new(InventoryBuilder::default().finish(SystemTime::now()));
//! let reporter: &dyn Reporter<Report> = &reporter;
//! assert_eq!(reporter.deliver(&report).await.unwrap_err().retry(), Retry::Backoff);
//! # });
//! ```

mod answer;
mod api;
mod client;
mod deliver;
mod detect;
mod error;
mod file;
mod fips;
mod kept;
mod password;
mod proxy;
mod report;
mod reporter;
mod settings;
mod transport;
mod url;
mod v2;

pub use api::{Api, ApiSource, ApiVersion};
pub use error::{DeliveryError, DeliveryErrorKind, Refusal};
pub use file::FileReader;
pub use kept::KeptReport;
pub use password::{Password, PasswordError};
pub use report::Report;
pub use reporter::{AnchoreReporter, Delivered, Destination};
pub use settings::{AnchoreSettings, CaCertificate, SettingsError};
pub use url::{AnchoreUrl, UrlError};
pub use v2::{KubernetesInventory, KubernetesInventoryBuilder, NotSent};
