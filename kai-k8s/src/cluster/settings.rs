//! Settings of the cluster, the client's identity, and the source.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kai_net::url::without_login;
use secrecy::SecretString;

use crate::cluster::observer::{Observer, RequestObserver};

/// Where the cluster is, and the client's identity.
///
/// ```
/// # use kai_k8s::{ClusterSettings, Overrides};
/// let settings = ClusterSettings::Default(Overrides::default().context("staging"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ClusterSettings {
    /// As kubectl finds it: the files that `KUBECONFIG` names, else `~/.kube/config`, else the
    /// service account of the pod that this runs in.
    Default(Overrides),
    /// This kubeconfig, and nothing else.
    Kubeconfig {
        /// Its path.
        path: PathBuf,
        /// What is taken instead of what the file says.
        overrides: Overrides,
    },
    /// This untrusted kubeconfig, and nothing else: one that wants a
    /// program run, another file read or a proxy asked is refused before any of that happens.
    Restricted {
        /// Its path.
        path: PathBuf,
        /// What is taken instead of what the file says.
        overrides: Overrides,
    },
    /// The [service account] of the pod that this runs in, and nothing else.
    ///
    /// [service account]: https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
    InCluster,
    /// A server and a credential, without any file.
    Inline(InlineCluster),
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self::Default(Overrides::default())
    }
}

/// What kubectl's flags of the same names override in a kubeconfig.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overrides {
    /// The context to use instead of the current one (`--context`).
    pub context: Option<String>,
    /// The cluster to use instead of the context's (`--cluster`).
    pub cluster: Option<String>,
    /// The user to use instead of the context's (`--user`).
    pub user: Option<String>,
    /// Whom to impersonate (`--as`).
    pub impersonate: Option<String>,
    /// The groups to impersonate (`--as-group`).
    pub impersonate_groups: Vec<String>,
}

impl Overrides {
    /// Sets the context to use instead of the current one.
    #[must_use]
    pub fn context(mut self, name: impl Into<String>) -> Self {
        self.context = Some(name.into());
        self
    }

    /// Sets the cluster to use instead of the context's.
    #[must_use]
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.cluster = Some(name.into());
        self
    }

    /// Sets the user to use instead of the context's.
    #[must_use]
    pub fn user(mut self, name: impl Into<String>) -> Self {
        self.user = Some(name.into());
        self
    }

    /// Sets the user, and the groups, to impersonate.
    #[must_use]
    pub fn impersonate(
        mut self,
        user: impl Into<String>,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.impersonate = Some(user.into());
        self.impersonate_groups = groups.into_iter().map(Into::into).collect();
        self
    }

    /// What only a kubeconfig can have, each with what it is called.
    pub(crate) fn names(&self) -> [(&'static str, &Option<String>); 3] {
        [("context", &self.context), ("cluster", &self.cluster), ("user", &self.user)]
    }
}

/// An inline cluster: a server and a credential, without a kubeconfig. Its `Debug` shows no secret.
///
/// ```
/// # use kai_k8s::{ClusterSettings, InlineCluster, InlineCredential};
/// let cluster = InlineCluster::new("https://10.0.0.1:6443", InlineCredential::token("a token"));
/// let settings = ClusterSettings::Inline(cluster);
/// assert!(!format!("{settings:?}").contains("a token"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct InlineCluster {
    /// The URL of the API server.
    pub server: String,
    /// The certificates to trust, base64 of PEM; `None`: those of the system.
    pub certificate_authority_data: Option<String>,
    /// Who we are.
    pub credential: InlineCredential,
}

impl InlineCluster {
    /// A cluster at this URL, whose certificate the system's roots have issued.
    #[must_use]
    pub fn new(server: impl Into<String>, credential: InlineCredential) -> Self {
        Self { server: server.into(), certificate_authority_data: None, credential }
    }

    /// Sets the certificates to trust instead, base64 of PEM.
    #[must_use]
    pub fn certificate_authority_data(mut self, data: impl Into<String>) -> Self {
        self.certificate_authority_data = Some(data.into());
        self
    }
}

impl fmt::Debug for InlineCluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineCluster")
            .field("server", &without_login(&self.server))
            // A private key in its place is a common mistake.
            .field(
                "certificate_authority_data",
                &self.certificate_authority_data.as_ref().map(|_| ".."),
            )
            .field("credential", &self.credential)
            .finish()
    }
}

/// The credential for an inline cluster. Its `Debug` shows no secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum InlineCredential {
    /// A bearer token; white space around it is trimmed.
    Token(SecretString),
    /// A client certificate and its private key, both base64 of PEM (line breaks are accepted).
    PrivateKey {
        /// The certificate.
        certificate_data: String,
        /// The key.
        key_data: SecretString,
    },
}

impl InlineCredential {
    /// This bearer token.
    #[must_use]
    pub fn token(token: impl Into<SecretString>) -> Self {
        Self::Token(token.into())
    }
}

impl fmt::Debug for InlineCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(..)",
            Self::PrivateKey { .. } => "PrivateKey { .. }",
        })
    }
}

/// What to do about a namespace whose pods may not be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnForbidden {
    /// Fail: an inventory that silently lacks images would be wrong.
    #[default]
    Fail,
    /// Leave the namespace out, and say so.
    Skip,
}

/// As settings name it: `fail` or `skip`.
impl fmt::Display for OnForbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Fail => "fail",
            Self::Skip => "skip",
        })
    }
}

/// How the pods of all namespaces are listed, where they are more than a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Split {
    /// By whichever of the two is cheaper: that follows from how many pods and namespaces there
    /// are.
    #[default]
    Cheapest,
    /// Page after page of one list.
    Pages,
    /// By a list for each namespace, several at a time.
    Namespaces,
}

/// Whether the API server is asked to compress its answers (with gzip, where they are long).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not in the cluster itself, on this machine, or where the kubeconfig disables it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

/// As settings name it: `auto`, `on` or `off`.
impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        })
    }
}

/// How a [`ClusterPodSource`](crate::ClusterPodSource) asks.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SourceOptions {
    /// How many objects one page of a list holds (0: no paging); `None`: 500, and 5,000 of one
    /// namespace's where the server has these in memory (Kubernetes 1.34 and later).
    pub page_size: Option<u32>,
    /// Within which time one GET, with all its attempts and waits, has to be complete, and one page of
    /// a list to get on by an object.
    pub request_timeout: Duration,
    /// How many requests are in flight at the most; `None`: 8 at first, and up to 32 while the time
    /// of an answer is that of a long line.
    pub max_in_flight: Option<NonZeroUsize>,
    /// How the pods of all namespaces are listed, where they are more than a page.
    pub split: Split,
    /// What to do about a namespace whose pods may not be listed.
    pub on_forbidden: OnForbidden,
    /// Whether the API server is asked to compress its answers.
    pub compression: Compression,
    /// The `User-Agent` of every request.
    pub user_agent: String,
    /// How long a credentials plugin may take.
    pub plugin_timeout: Duration,
    /// Whether a credentials plugin may ask questions.
    pub plugin_may_ask: bool,
    /// For how long a watch is asked for, until it is opened again; `None`: some 5 to 10 minutes.
    pub watch_time: Option<Duration>,
    /// The longest pause between two tries to open a watch, or to list everything; `None`: up to a
    /// minute, and longer where a server asks for it.
    pub pause_max: Option<Duration>,
    pub(crate) observer: Observer,
}

impl Default for SourceOptions {
    /// Pages and requests in flight as they are worth it, 60 seconds for each, and failing where a
    /// right lacks; 60 seconds for a credentials plugin, which may ask questions.
    fn default() -> Self {
        Self {
            page_size: None,
            request_timeout: Duration::from_secs(60),
            max_in_flight: None,
            split: Split::Cheapest,
            on_forbidden: OnForbidden::Fail,
            compression: Compression::Auto,
            user_agent: concat!("kai-k8s/", env!("CARGO_PKG_VERSION")).to_owned(),
            plugin_timeout: Duration::from_secs(60),
            plugin_may_ask: true,
            watch_time: None,
            pause_max: None,
            observer: Observer::default(),
        }
    }
}

impl SourceOptions {
    /// Sets how many objects one page of each list holds (0: no paging), or that it is kai's choice
    /// (`None`).
    #[must_use]
    pub fn page_size(mut self, objects: impl Into<Option<u32>>) -> Self {
        self.page_size = objects.into();
        self
    }

    /// Sets the time within which one GET, with all its attempts and waits, has to be complete, and
    /// one page of a list to get on by an object.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// Sets how many requests are in flight at the most, or that it is kai's choice (`None`).
    #[must_use]
    pub fn max_in_flight(mut self, requests: impl Into<Option<NonZeroUsize>>) -> Self {
        self.max_in_flight = requests.into();
        self
    }

    /// Sets how the pods of all namespaces are listed, where they are more than a page.
    #[must_use]
    pub fn split(mut self, choice: Split) -> Self {
        self.split = choice;
        self
    }

    /// Sets whether the API server is asked to compress its answers. A client of the caller's own
    /// decides by itself.
    #[must_use]
    pub fn compression(mut self, choice: Compression) -> Self {
        self.compression = choice;
        self
    }

    /// Sets what to do about a namespace whose pods may not be listed.
    #[must_use]
    pub fn on_forbidden(mut self, choice: OnForbidden) -> Self {
        self.on_forbidden = choice;
        self
    }

    /// Sets the `User-Agent` of every request. One that begins with `curl/` or `Mozilla` makes the
    /// API server indent its answers.
    #[must_use]
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = name.into();
        self
    }

    /// Sets the time that a credentials plugin may take, after which it is killed; five times as
    /// long where it may ask questions, since a person takes time to answer.
    #[must_use]
    pub fn plugin_timeout(mut self, timeout: Duration) -> Self {
        self.plugin_timeout = timeout;
        self
    }

    /// Sets whether a credentials plugin may ask questions, where its kubeconfig allows it and
    /// standard input is a terminal. Without anybody to answer, choose `false`.
    #[must_use]
    pub fn plugin_may_ask(mut self, allowed: bool) -> Self {
        self.plugin_may_ask = allowed;
        self
    }

    /// Sets for how long a watch is asked for (whole seconds), until it is opened again, or that it
    /// is kai's choice (`None`): for what lies between and ends connections earlier.
    #[must_use]
    pub fn watch_time(mut self, time: impl Into<Option<Duration>>) -> Self {
        self.watch_time = time.into();
        self
    }

    /// Sets the longest pause between two tries to open a watch, or to list everything. Clients in
    /// use leave it, so that they spare a server that has trouble.
    #[must_use]
    pub fn pause_max(mut self, pause: impl Into<Option<Duration>>) -> Self {
        self.pause_max = pause.into();
        self
    }

    /// Sets the observer of requests. By default there is none.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn RequestObserver>) -> Self {
        self.observer = Observer(Some(observer));
        self
    }
}
