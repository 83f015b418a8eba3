//! From settings to kube's configuration. Kubeconfigs and variables are read here and nowhere
//! else.

mod cluster;
mod data;
mod document;
mod restrict;
mod tree;
mod user;

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kai_core::Excerpt;
use kube::config::{AuthInfo, Cluster, Config, Context};

use self::document::{Kubeconfig, ReadError, names};
use crate::cluster::credential::CredentialSource;
use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::proxy;
use crate::cluster::settings::{ClusterSettings, InlineCluster, InlineCredential, Overrides};

/// What kube connects with, and what is known besides.
pub(crate) struct Access {
    /// Without the credential that its source gives, and never with anything that kube would run.
    pub(crate) config: Config,
    pub(crate) credential: CredentialSource,
    pub(crate) origin: Origin,
    /// The context's cluster, where there is a context.
    pub(crate) cluster_name: Option<String>,
    user_name: Option<String>,
}

impl Access {
    /// The client's identity, as a person knows it; `None`: none in particular.
    pub(crate) fn who(&self) -> Option<String> {
        match (&self.origin, &self.user_name) {
            (Origin::InCluster | Origin::Inline, _) => Some(self.origin.to_string()),
            (origin, Some(name)) => Some(format!(
                "user `{}` of {origin}; log in again, or choose another user",
                Excerpt(name)
            )),
            (_, None) => None,
        }
    }

    /// Whether it leads to the same place as the same user: a kubeconfig may name another context
    /// by now.
    pub(crate) fn is_as(&self, other: &Self) -> bool {
        self.config.cluster_url == other.config.cluster_url
            && self.cluster_name == other.cluster_name
            && self.user_name == other.user_name
    }
}

/// Reads what the settings point to.
pub(crate) fn load(settings: &ClusterSettings) -> Result<Access, ConnectError> {
    match settings {
        ClusterSettings::Default(overrides) => {
            if let Some((kubeconfig, origin)) = from_environment()? {
                return of_kubeconfig(&kubeconfig, origin, overrides);
            }
            let default_path = default_path();
            // What can't be looked at may exist: reading it says why not.
            if default_path.try_exists().unwrap_or(true) {
                return of_file(&default_path, overrides, Origin::File);
            }
            if env::var_os("KUBERNETES_SERVICE_HOST").is_none_or(|host| host.is_empty()) {
                return Err(ConnectError::NoCluster { default_path });
            }
            for (what, name) in overrides.names() {
                if let Some(name) = name.clone() {
                    return Err(ConnectError::NoKubeconfig { default_path, what, name });
                }
            }
            in_cluster(overrides)
        }
        ClusterSettings::Kubeconfig { path, overrides } => of_file(path, overrides, Origin::File),
        ClusterSettings::Restricted { path, overrides } => {
            of_file(path, overrides, Origin::Restricted)
        }
        ClusterSettings::InCluster => in_cluster(&Overrides::default()),
        ClusterSettings::Inline(inline) => of_inline(inline),
    }
}

/// `~/.kube/config`, where there is a home.
pub(crate) fn default_path() -> PathBuf {
    let home = env::home_dir().unwrap_or_else(|| PathBuf::from("~"));
    home.join(".kube").join("config")
}

fn of_file(
    path: &Path,
    overrides: &Overrides,
    origin: fn(PathBuf) -> Origin,
) -> Result<Access, ConnectError> {
    let origin = origin(path.to_owned());
    of_kubeconfig(&read(path, &origin)?, origin, overrides)
}

/// Reads one kubeconfig.
pub(crate) fn read(path: &Path, origin: &Origin) -> Result<Kubeconfig, ConnectError> {
    Kubeconfig::read(path, origin).map_err(|error| error.of(origin.clone()))
}

/// Reads a text as a kubeconfig, with each entry of its lists; what it leads to is not touched.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn read_all(text: &[u8]) {
    let origin = Origin::File(PathBuf::from("/nowhere/config"));
    let Ok((kubeconfig, _)) = Kubeconfig::parse(text, &origin) else { return };
    for entry in &kubeconfig.contexts {
        let _ = entry.read(document::context);
    }
    for entry in &kubeconfig.clusters {
        let _ = entry.read(document::cluster);
    }
    for entry in &kubeconfig.users {
        let _ = entry.read(document::user);
    }
}

/// The files of `KUBECONFIG` merged, the first to say a thing winning; those that don't exist are
/// passed over, as kubectl does.
pub(crate) fn from_environment() -> Result<Option<(Kubeconfig, Origin)>, ConnectError> {
    let Some(value) = env::var_os("KUBECONFIG").filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    let shown = value.to_string_lossy().into_owned();
    let mut merged: Option<Kubeconfig> = None;
    for path in env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()) {
        let origin = Origin::File(path.clone());
        match Kubeconfig::read(&path, &origin) {
            Err(ReadError::Io(error)) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.of(origin)),
            Ok(next) => merged.get_or_insert_default().merge(next),
        }
    }
    match merged {
        Some(kubeconfig) => Ok(Some((kubeconfig, Origin::Environment(shown)))),
        None => Err(ConnectError::NoSuchKubeconfig(shown)),
    }
}

/// What is used of a kubeconfig. Nothing else in it is judged.
fn of_kubeconfig(
    kubeconfig: &Kubeconfig,
    origin: Origin,
    overrides: &Overrides,
) -> Result<Access, ConnectError> {
    let context = match context(kubeconfig, &origin, overrides) {
        // As kubectl has it: who names a cluster needs no context.
        Err(ConnectError::NoCurrentContext { .. }) if overrides.cluster.is_some() => {
            Context::default()
        }
        result => result?,
    };
    let cluster_name = overrides.cluster.clone().unwrap_or(context.cluster);
    let user_name = overrides.user.clone().or(context.user).filter(|name| !name.is_empty());

    let entry = kubeconfig.clusters.iter().find(|entry| entry.name == cluster_name);
    let Some((entry, cluster)) = entry
        .map(|entry| Ok((entry, entry.read(document::cluster)?)))
        .transpose()?
        .and_then(|(entry, cluster)| Some((entry, cluster?)))
    else {
        let (known, what, name) = (names(&kubeconfig.clusters), "cluster", cluster_name);
        return Err(ConnectError::NoSuchName { origin, what, name, known });
    };
    let cluster = Said { what: cluster, origin: entry.origin.clone() };

    let entry = kubeconfig.users.iter().find(|entry| Some(&entry.name) == user_name.as_ref());
    let user = match entry {
        Some(entry) => entry.read(document::user)?.map(|user| (user, entry.origin.clone())),
        None => None,
    };
    let user = match (user, &user_name) {
        (Some((user, origin)), _) => Said { what: user, origin },
        (None, Some(name)) if overrides.user.is_some() => {
            let (known, what, name) = (names(&kubeconfig.users), "user", name.clone());
            return Err(ConnectError::NoSuchName { origin, what, name, known });
        }
        (None, name) => {
            if let Some(name) = name {
                tracing::warn!("the kubeconfig {origin} has no user `{name}`: asking anonymously");
            }
            Said { what: AuthInfo::default(), origin: origin.clone() }
        }
    };
    let mut access = access(cluster, user, overrides)?;
    (access.origin, access.cluster_name) = (origin, Some(cluster_name));
    access.user_name = user_name;
    Ok(access)
}

/// A value, and its origin.
struct Said<T> {
    what: T,
    origin: Origin,
}

/// What is said of a cluster and a user, as what kube connects with.
fn access(
    cluster: Said<Cluster>,
    user: Said<AuthInfo>,
    overrides: &Overrides,
) -> Result<Access, ConnectError> {
    let Said { what: mut user, origin: user_origin } = user;
    let Said { what: mut cluster, origin } = cluster;
    restrict::check(&cluster, &user, &origin)?;
    cluster::tidy(&mut cluster);
    let mut config = cluster::config(&mut cluster, &origin)?;
    impersonate(&mut user, overrides);
    if config.cluster_url.scheme_str() != Some("https") {
        user = unauthenticated(user, &user_origin);
    }
    cluster::take_login(&mut config, &mut user);
    let (user, credential) = user::read(user, &cluster, &user_origin)?;
    config.auth_info = user;
    Ok(Access { config, credential, origin, cluster_name: None, user_name: None })
}

/// A user without credentials: as client-go has it, none are read, and no plugin is run, for a
/// server that is not asked over TLS. A proxy that `kubectl proxy` starts needs none.
fn unauthenticated(user: AuthInfo, origin: &Origin) -> AuthInfo {
    let bare = AuthInfo {
        impersonate: user.impersonate,
        impersonate_uid: user.impersonate_uid,
        impersonate_groups: user.impersonate_groups,
        impersonate_user_extra: user.impersonate_user_extra,
        ..AuthInfo::default()
    };
    let said = "the server is asked over plain HTTP: no credential is sent to it";
    if *origin == Origin::Inline {
        tracing::warn!("{said}");
    } else {
        tracing::debug!("{said}");
    }
    bare
}

fn context(
    kubeconfig: &Kubeconfig,
    origin: &Origin,
    overrides: &Overrides,
) -> Result<Context, ConnectError> {
    let known = || names(&kubeconfig.contexts);
    let Some(name) = overrides.context.as_ref().or(kubeconfig.current_context.as_ref()) else {
        return Err(ConnectError::NoCurrentContext { origin: origin.clone(), known: known() });
    };
    let entry = kubeconfig.contexts.iter().find(|entry| entry.name == *name);
    let context = entry.map(|entry| entry.read(document::context)).transpose()?.flatten();
    context.ok_or_else(|| ConnectError::NoSuchName {
        origin: origin.clone(),
        what: "context",
        name: name.clone(),
        known: known(),
    })
}

fn impersonate(user: &mut AuthInfo, overrides: &Overrides) {
    if let Some(name) = &overrides.impersonate {
        user.impersonate = Some(name.clone());
    }
    if !overrides.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(overrides.impersonate_groups.clone());
    }
}

fn in_cluster(overrides: &Overrides) -> Result<Access, ConnectError> {
    let mut config = Config::incluster().map_err(ConnectError::InCluster)?;
    config.proxy_url = proxy::from_environment(&config.cluster_url)?;
    let (origin, cluster) = (Origin::InCluster, Cluster::default());
    impersonate(&mut config.auth_info, overrides);
    let (user, credential) = user::read(config.auth_info, &cluster, &origin)?;
    config.auth_info = user;
    Ok(Access { config, credential, origin, cluster_name: None, user_name: None })
}

/// Inline settings as what kube connects with.
fn of_inline(inline: &InlineCluster) -> Result<Access, ConnectError> {
    let user = match &inline.credential {
        InlineCredential::Token(token) => {
            AuthInfo { token: Some(token.clone()), ..AuthInfo::default() }
        }
        InlineCredential::PrivateKey { certificate_data, key_data } => AuthInfo {
            client_certificate_data: Some(certificate_data.clone()),
            client_key_data: Some(key_data.clone()),
            ..AuthInfo::default()
        },
    };
    let cluster = Cluster {
        server: Some(inline.server.clone()),
        certificate_authority_data: inline.certificate_authority_data.clone(),
        ..Cluster::default()
    };
    let cluster = Said { what: cluster, origin: Origin::Inline };
    let user = Said { what: user, origin: Origin::Inline };
    let access = access(cluster, user, &Overrides::default())?;
    Ok(Access { cluster_name: Some("inline".to_owned()), ..access })
}
