//! The pods of a cluster.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use http::Uri;
use kai_core::{NamespaceSelector, PodSource, PodStream, ServerVersion, SourceError};
use kube::Client;

use crate::client::{Connection, Connector};
use crate::error::{Call, ConnectError, Failure};
use crate::passes::{self, Passes};
use crate::request::{Named, Session};
use crate::settings::{ClusterSettings, SourceOptions};
use crate::wire::WireError;

/// The most of an answer to `/version`, or to a GET of a namespace, that is read.
pub(crate) const SMALL_BODY_MAX: usize = 2 * 1024 * 1024;

/// The pods of a Kubernetes cluster, through its API server.
///
/// It needs the rights to list pods, and to list namespaces; where namespaces are named, to list
/// the pods of those and to get them; and to list nodes, where these [are wanted](Self::with_uids).
///
/// ```no_run
/// # use kai_k8s::{ClusterPodSource, ClusterSettings, SourceOptions};
/// # use kai_core::{CollectOptions, collect};
/// # use std::time::SystemTime;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let source =
///     ClusterPodSource::connect(&ClusterSettings::default(), SourceOptions::default()).await?;
/// let collected = collect(&source, &CollectOptions::default(), SystemTime::now()).await?;
/// # Ok(()) }
/// ```
pub struct ClusterPodSource {
    pub(crate) session: Arc<Session>,
    pub(crate) options: SourceOptions,
    server: Option<Uri>,
    cluster_name: Option<String>,
    passes: Passes,
    pub(crate) uids: bool,
    /// Whether it was said that nodes may not be listed.
    pub(crate) lacks_nodes: AtomicBool,
}

impl ClusterPodSource {
    /// Reads the settings and gets credentials; asks the server nothing yet. Runs in a tokio
    /// runtime with time and I/O.
    ///
    /// A credential is renewed from where it came a little before it ends, where that is known, and
    /// when the server refuses it; a token file is read again every minute.
    ///
    /// # Errors
    /// When the settings, or what they point to, can't be used, or a credentials plugin fails.
    pub async fn connect(
        settings: &ClusterSettings,
        options: SourceOptions,
    ) -> Result<Self, ConnectError> {
        let connector = Connector::new(settings, &options)?;
        let connection = connector.connect().await?;
        let server = Some(connector.server().clone());
        let cluster_name = connector.cluster_name().map(str::to_owned);
        let session = Session::new(connection, Some(connector), &options);
        Ok(Self { server, cluster_name, ..Self::of(session, options) })
    }

    /// The pods that a client of the caller's sees. Retries are kai's: switch the client's own off
    /// (`Config::default_retry`). The user agent is the client's.
    #[must_use]
    pub fn from_client(client: Client, options: SourceOptions) -> Self {
        let session = Session::new(Connection::of(client), None, &options);
        Self::of(session, options)
    }

    fn of(session: Arc<Session>, options: SourceOptions) -> Self {
        let lacks_nodes = AtomicBool::new(false);
        let passes = Passes::default();
        Self {
            session,
            options,
            server: None,
            cluster_name: None,
            passes,
            uids: false,
            lacks_nodes,
        }
    }

    /// The same source, which also tells of nodes, and the uid of each namespace that is named
    /// (without being asked to, it tells those of namespaces that it lists).
    ///
    /// This takes a list of nodes, and a GET for each namespace that is named. Where nodes may not
    /// be listed there is a warning, once, and none are told of.
    #[must_use]
    pub fn with_uids(mut self) -> Self {
        self.uids = true;
        self
    }

    /// The name of the cluster in the kubeconfig, where there is one.
    #[must_use]
    pub fn cluster_name(&self) -> Option<&str> {
        self.cluster_name.as_deref()
    }

    /// The URL of the API server, without a password; `None` where the client was the caller's.
    #[must_use]
    pub fn server(&self) -> Option<String> {
        let server = self.server.as_ref()?;
        let authority = server.authority().map_or("", |authority| authority.as_str());
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let path = server.path().trim_end_matches('/');
        Some(format!("{}://{host}{path}", server.scheme_str().unwrap_or("https")))
    }
}

#[async_trait]
impl PodSource for ClusterPodSource {
    fn observe(&self, wanted: &NamespaceSelector) -> PodStream<'_> {
        let facts = match wanted.included() {
            Some(names) => self.named(names.map(|name| name.as_str().to_owned()).collect()),
            None => self.everything(wanted.clone()).boxed(),
        };
        let facts = if self.uids { stream::select(facts, self.nodes()).boxed() } else { facts };
        self.passes.watch(facts).boxed()
    }

    async fn server_version(&self) -> Result<Option<ServerVersion>, SourceError> {
        let (path, mut budget) = (Call::Version.path(), self.session.budget());
        let answer = self.session.get_whole(&path, &mut budget, SMALL_BODY_MAX);
        let body = match select(pin!(answer), pin!(self.passes.late())).await {
            Either::Left((body, _)) => body,
            Either::Right(((), _)) => Err(Failure::Late(passes::GRACE)),
        };
        let version = body.and_then(|body| {
            serde_json::from_slice(&body).map_err(|error| {
                let (what, why) = ("the version".to_owned(), error.to_string());
                Failure::Malformed(WireError::Invalid { at: 0, what, why })
            })
        });
        version.named(&Call::Version).map(Some)
    }
}
