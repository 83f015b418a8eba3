//! The pods of a cluster.

use std::fmt;
use std::sync::Arc;

use std::future::ready;

use futures_util::{StreamExt, TryStreamExt, stream};
use http::Uri;
use kai_core::{
    ChangeStream, LivePodSource, PodSource, PodStream, Query, ServerVersion, SourceError,
    SourceErrorKind,
};
use kube::Client;
use tokio::runtime::Handle;
use tracing::Span;

use crate::cluster::client::{Connection, Connector};
use crate::cluster::error::ConnectError;
use crate::cluster::follow::Follow;
use crate::cluster::request::ApiClient;
use crate::cluster::settings::{ClusterSettings, SourceOptions};
use crate::cluster::snapshot::Snapshot;
use crate::cluster::version;

/// The pods of a Kubernetes cluster, through its API server.
///
/// It needs the rights to list pods, and to list namespaces; where namespaces are named, to list
/// the pods of those and to get them; and to list nodes, where [these are needed](kai_core::Details).
///
/// ```no_run
/// # use kai_k8s::{ClusterPodSource, ClusterSettings, SourceOptions};
/// # use kai_core::{CollectOptions, collect};
/// # use std::time::SystemTime;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let source =
///     ClusterPodSource::connect(&ClusterSettings::default(), SourceOptions::default()).await?;
/// let report = collect(&source, &CollectOptions::default(), SystemTime::now()).await?;
/// # Ok(()) }
/// ```
pub struct ClusterPodSource {
    api: Arc<ApiClient>,
    options: SourceOptions,
    server: Option<Uri>,
    cluster_name: Option<String>,
}

impl ClusterPodSource {
    /// Reads the settings and gets credentials; asks the server nothing yet. It needs a tokio
    /// runtime with time and I/O, and so do its passes. Dropping the future, or a stream of facts, is
    /// safe, and stops the work behind it.
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
        if Handle::try_current().is_err() {
            return Err(ConnectError::NoRuntime);
        }
        let connector = Connector::new(settings, &options)?;
        let connection = connector.connect().await?;
        let server = Some(connector.server().clone());
        let cluster_name = connector.cluster_name().map(str::to_owned);
        let api = ApiClient::new(connection, Some(connector), &options);
        Ok(Self { api, options, server, cluster_name })
    }

    /// The pods that a client of the caller's sees. Retries are kai's: switch the client's own off
    /// (`Config::default_retry`). The user agent is the client's.
    #[must_use]
    pub fn from_client(client: Client, options: SourceOptions) -> Self {
        let api = ApiClient::new(Connection::of(client), None, &options);
        Self { api, options, server: None, cluster_name: None }
    }

    /// Asks for the version of the server. A pass asks, too, and yields it as a fact.
    ///
    /// # Errors
    /// When the server doesn't answer with a version.
    pub async fn server_version(&self) -> Result<ServerVersion, SourceError> {
        // It is large, and callers should not have to care.
        Box::pin(version::ask(&self.api)).await
    }

    pub(crate) fn snapshot(&self, query: &Query) -> Snapshot<'_> {
        Snapshot::new(&self.api, &self.options, query)
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

impl PodSource for ClusterPodSource {
    fn observe(&self, query: &Query) -> PodStream<'_> {
        if let Some(error) = no_runtime() {
            return stream::once(ready(Err(error))).boxed();
        }
        let facts = self.snapshot(query).facts();
        let facts = version::beside(facts, version::ask(&self.api));
        let facts = facts.map_ok(|(fact, _)| fact).boxed();
        in_span(tracing::debug_span!("pass", server = self.server()), facts)
    }
}

/// It takes the right to watch what it lists. Namespaces and nodes that may not be watched are listed
/// every minute. A server, or what lies between, has to answer in protobuf.
impl LivePodSource for ClusterPodSource {
    fn follow(&self, query: &Query) -> ChangeStream<'_> {
        if let Some(error) = no_runtime() {
            return stream::once(ready(Err(error))).boxed();
        }
        Follow::new(&self.api, &self.options, query).changes().boxed()
    }
}

fn no_runtime() -> Option<SourceError> {
    let why = || SourceError::new(SourceErrorKind::Other, ConnectError::NoRuntime.to_string());
    Handle::try_current().is_err().then(why)
}

/// The same facts, each found within a span, where anybody wants to see it.
fn in_span(span: Span, mut facts: PodStream<'_>) -> PodStream<'_> {
    if span.is_disabled() {
        return facts;
    }
    stream::poll_fn(move |cx| span.in_scope(|| facts.poll_next_unpin(cx))).boxed()
}

impl fmt::Debug for ClusterPodSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClusterPodSource")
            .field("server", &self.server())
            .field("cluster_name", &self.cluster_name)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;
    use kai_core::{CollectOptions, collect};
    use kube::client::Body;

    use super::*;
    use crate::{InlineCluster, InlineCredential, Overrides};

    #[tokio::test]
    async fn debug_shows_where_the_cluster_is_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        let kubeconfig = r#"
            apiVersion: v1
            kind: Config
            current-context: c
            contexts: [{ name: c, context: { cluster: c, user: u } }]
            clusters: [{ name: c, cluster: {
              server: "https://10.0.0.1:6443", proxy-url: "http://me:recognisable@proxy:3128" } }]
            users: [{ name: u, user: { username: me, password: recognisable } }]"#;
        std::fs::write(&path, kubeconfig).unwrap();
        let token = InlineCredential::token("recognisable");
        let inline = InlineCluster::new("https://10.0.0.1:6443", token);
        for settings in [
            ClusterSettings::Inline(inline),
            ClusterSettings::Kubeconfig { path, overrides: Overrides::default() },
        ] {
            let options = SourceOptions::default();
            let source = ClusterPodSource::connect(&settings, options).await.unwrap();
            let shown = format!("{source:?} {source:#?}");
            assert!(!shown.contains("recognisable"), "{shown}");
            assert!(shown.contains("https://10.0.0.1:6443"), "{shown}");
        }
    }

    #[test]
    fn without_a_runtime_there_is_an_error_and_no_panic() {
        let expected =
            "a cluster is read in a tokio runtime, and there is none (hint: `#[tokio::main]`)";
        let settings = ClusterSettings::default();
        let connected = ClusterPodSource::connect(&settings, SourceOptions::default());
        let error = block_on(connected).unwrap_err();
        assert_eq!(error.to_string(), expected);

        // One that was made in a runtime, and is observed outside of it.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let source = runtime.block_on(async {
            let service = tower::service_fn(async |_: http::Request<Body>| {
                Ok::<_, std::io::Error>(http::Response::new(Body::empty()))
            });
            let client = Client::new(service, "default");
            ClusterPodSource::from_client(client, SourceOptions::default())
        });
        let options = CollectOptions::default();
        let error = block_on(collect(&source, &options, std::time::UNIX_EPOCH)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
