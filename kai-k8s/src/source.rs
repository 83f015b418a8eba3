//! The pods of a cluster.

use std::sync::Arc;

use async_stream::try_stream;
use async_trait::async_trait;
use futures_util::stream::{self, Stream, StreamExt};
use http::{StatusCode, Uri};
use kai_core::{
    Namespace, NamespaceSelector, Observed, PodSource, PodStream, ServerVersion, Skipped,
    SourceError,
};
use kube::Client;

use crate::client::{Connection, Connector};
use crate::error::{Call, ConnectError, Failure};
use crate::listing::Listing;
use crate::request::{Named, Session};
use crate::settings::{ClusterSettings, OnForbidden, SourceOptions};
use crate::wire::WireError;

/// The most of an answer to `/version`, or to a GET of a namespace, that is read.
const SMALL_BODY_MAX: usize = 2 * 1024 * 1024;

/// The pods of a Kubernetes cluster, through its API server.
///
/// It needs the rights to list pods, and to list namespaces; where namespaces are named, to list
/// the pods of those and to get them.
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
    session: Arc<Session>,
    options: SourceOptions,
    server: Option<Uri>,
    cluster_name: Option<String>,
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
        Ok(Self { session, options, server, cluster_name })
    }

    /// The pods that a client of the caller's sees. Retries are kai's: switch the client's own off
    /// (`Config::default_retry`). The user agent is the client's.
    #[must_use]
    pub fn from_client(client: Client, options: SourceOptions) -> Self {
        let session = Session::new(Connection::of(client), None, &options);
        Self { session, options, server: None, cluster_name: None }
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

    pub(crate) fn list(
        &self,
        call: &Call,
    ) -> impl Stream<Item = Result<Observed, Failure>> + use<> {
        Listing::new(call.path(), self.options.page_size).read(Arc::clone(&self.session))
    }

    /// Every namespace and every pod. Where pods may not be listed in all namespaces at once, they
    /// are listed in each.
    fn everything(
        &self,
        wanted: NamespaceSelector,
    ) -> impl Stream<Item = Result<Observed, SourceError>> {
        let list_pods = Call::ListPods { namespace: None };
        let namespaces = self.list(&Call::ListNamespaces);
        let namespaces = namespaces.map(|fact| fact.named(&Call::ListNamespaces).map(Some));
        // A right that is withdrawn in the middle is no reason to begin again: what was given out
        // would come twice.
        let mut begun = false;
        let pods = self.list(&list_pods).map(move |fact| match fact {
            Err(failure) if !begun && failure.is_status(StatusCode::FORBIDDEN) => {
                tracing::debug!(%failure, "listing pods namespace by namespace");
                Ok(None)
            }
            other => {
                begun = true;
                other.named(&list_pods).map(Some)
            }
        });
        try_stream! {
            let mut both = stream::select(namespaces.boxed(), pods.boxed());
            let (mut names, mut one_by_one) = (Vec::new(), false);
            while let Some(fact) = both.next().await {
                match fact? {
                    None => one_by_one = true,
                    Some(Observed::Namespace(namespace)) => {
                        if wanted.selects(&namespace.name) {
                            names.push(namespace.name.clone());
                            yield Observed::Namespace(namespace);
                        }
                    }
                    Some(fact) => yield fact,
                }
            }
            if one_by_one {
                let mut lists = self.each(names, false);
                while let Some(fact) = lists.next().await {
                    yield fact?;
                }
            }
        }
    }

    /// The pods of some namespaces, side by side.
    fn each(&self, namespaces: Vec<String>, named: bool) -> PodStream<'_> {
        let lists = stream::iter(namespaces).map(move |name| self.pods_of(name, named).boxed());
        lists.flatten_unordered(self.options.max_in_flight.get()).boxed()
    }

    /// The pods of a namespace; of a named one without pods, whether it exists.
    fn pods_of(
        &self,
        name: String,
        named: bool,
    ) -> impl Stream<Item = Result<Observed, SourceError>> {
        try_stream! {
            let call = Call::ListPods { namespace: Some(name.clone()) };
            let mut pods = self.list(&call).boxed();
            let mut empty = true;
            while let Some(fact) = pods.next().await {
                match fact {
                    Err(failure) if self.may_skip(&failure) => {
                        yield Observed::Skipped(Skipped::new(name, format!("cannot {call}: {failure}")));
                        return;
                    }
                    fact => yield fact.named(&call)?,
                }
                empty = false;
            }
            if empty && named && self.exists(&name).await? {
                yield Observed::Namespace(Namespace::new(name));
            }
        }
    }

    fn may_skip(&self, failure: &Failure) -> bool {
        self.options.on_forbidden == OnForbidden::Skip && failure.is_status(StatusCode::FORBIDDEN)
    }

    /// Whether a namespace exists; one that may not be asked for is taken to.
    async fn exists(&self, name: &str) -> Result<bool, SourceError> {
        let call = Call::GetNamespace { name: name.to_owned() };
        match self.session.get_whole(&call.path(), &mut self.session.budget(), SMALL_BODY_MAX).await
        {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_status(StatusCode::FORBIDDEN) => Ok(true),
            Err(failure) if failure.is_status(StatusCode::NOT_FOUND) => Ok(false),
            Err(failure) => Err(failure.of(&call)),
        }
    }
}

#[async_trait]
impl PodSource for ClusterPodSource {
    fn observe(&self, wanted: &NamespaceSelector) -> PodStream<'_> {
        match wanted.included() {
            Some(names) => self.each(names.map(|name| name.as_str().to_owned()).collect(), true),
            None => self.everything(wanted.clone()).boxed(),
        }
    }

    async fn server_version(&self) -> Result<Option<ServerVersion>, SourceError> {
        let mut budget = self.session.budget();
        let body = self.session.get_whole(&Call::Version.path(), &mut budget, SMALL_BODY_MAX).await;
        let version = body.and_then(|body| {
            serde_json::from_slice(&body).map_err(|error| {
                let (what, why) = ("the version".to_owned(), error.to_string());
                Failure::Malformed(WireError::Invalid { at: 0, what, why })
            })
        });
        version.named(&Call::Version).map(Some)
    }
}
