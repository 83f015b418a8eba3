//! Settings -> what kube connects with. The files and variables are read here, and nowhere else.

mod cluster;
mod restrict;
mod user;

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use http::Uri;
use kube::config::{
    AuthInfo, Cluster, Config, Context, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster,
    NamedContext,
};

use crate::credential::CredentialSource;
use crate::error::{ConnectError, Origin};
use crate::explain;
use crate::proxy;
use crate::settings::{ClusterSettings, InlineCluster, InlineCredential, Overrides};

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
                return of_kubeconfig(kubeconfig, origin, overrides);
            }
            let default_path = default_path();
            // What can't be looked at may exist: reading it says why not.
            if default_path.try_exists().unwrap_or(true) {
                return of_file(&default_path, overrides, Origin::File);
            }
            if env::var_os("KUBERNETES_SERVICE_HOST").is_none() {
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
        ClusterSettings::Inline(inline) => {
            of_kubeconfig(inline_kubeconfig(inline), Origin::Inline, &Overrides::default())
        }
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
    match Kubeconfig::read_from(path) {
        Ok(kubeconfig) => of_kubeconfig(kubeconfig, origin, overrides),
        Err(error) => Err(explain::kubeconfig(error, origin)),
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
        let unusable = |error| explain::kubeconfig(error, Origin::File(path.clone()));
        let next = match Kubeconfig::read_from(&path) {
            Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == ErrorKind::NotFound => {
                continue;
            }
            result => result.map_err(unusable)?,
        };
        merged = Some(match merged {
            Some(known) => known.merge(next).map_err(unusable)?,
            None => next,
        });
    }
    match merged {
        Some(kubeconfig) => Ok(Some((kubeconfig, Origin::Environment(shown)))),
        None => Err(ConnectError::NoSuchKubeconfig(shown)),
    }
}

fn of_kubeconfig(
    mut kubeconfig: Kubeconfig,
    origin: Origin,
    overrides: &Overrides,
) -> Result<Access, ConnectError> {
    kubeconfig.current_context = kubeconfig.current_context.filter(|name| !name.is_empty());
    let context = match context(&kubeconfig, &origin, overrides) {
        Ok(context) => context.clone(),
        // As kubectl has it: who names a cluster needs no context.
        Err(ConnectError::NoCurrentContext { .. }) if overrides.cluster.is_some() => {
            Context::default()
        }
        Err(error) => return Err(error),
    };
    let cluster_name = overrides.cluster.clone().unwrap_or(context.cluster);
    let user_name = overrides.user.clone().or(context.user).filter(|name| !name.is_empty());

    let mut named = kubeconfig.clusters.iter().filter(|named| named.name == cluster_name);
    let Some(cluster) = named.find_map(|named| named.cluster.clone()) else {
        let known = kubeconfig.clusters.into_iter().map(|named| named.name).collect();
        let (what, name) = ("cluster", cluster_name);
        return Err(ConnectError::NoSuchName { origin, what, name, known });
    };
    let mut named =
        kubeconfig.auth_infos.iter().filter(|named| Some(&named.name) == user_name.as_ref());
    let user = named.find_map(|named| named.auth_info.clone());
    match (&user, &user_name) {
        (None, Some(name)) if overrides.user.is_some() => {
            let known = kubeconfig.auth_infos.into_iter().map(|named| named.name).collect();
            return Err(ConnectError::NoSuchName {
                origin,
                what: "user",
                name: name.clone(),
                known,
            });
        }
        (None, Some(name)) => {
            tracing::warn!("the kubeconfig {origin} has no user `{name}`: asking anonymously");
        }
        _ => {}
    }
    let cluster = cluster::tidy(cluster);
    let mut user = user.unwrap_or_default();
    restrict::check(&cluster, &user, &origin)?;
    let mut config = cluster::config(&cluster, &origin)?;
    impersonate(&mut user, overrides);
    cluster::take_login(&mut config, &mut user);
    let (user, credential) = user::read(user, &cluster, &origin)?;
    config.auth_info = user;
    Ok(Access { config, credential, origin, cluster_name: Some(cluster_name), user_name })
}

fn context<'k>(
    kubeconfig: &'k Kubeconfig,
    origin: &Origin,
    overrides: &Overrides,
) -> Result<&'k Context, ConnectError> {
    let known = || kubeconfig.contexts.iter().map(|named| named.name.clone()).collect();
    let Some(name) = overrides.context.as_ref().or(kubeconfig.current_context.as_ref()) else {
        return Err(ConnectError::NoCurrentContext { origin: origin.clone(), known: known() });
    };
    let mut contexts = kubeconfig.contexts.iter().filter(|named| named.name == *name);
    contexts.find_map(|named| named.context.as_ref()).ok_or_else(|| ConnectError::NoSuchName {
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

/// Inline settings as the kubeconfig that says the same.
fn inline_kubeconfig(inline: &InlineCluster) -> Kubeconfig {
    const NAME: &str = "inline";
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
    let context =
        Context { cluster: NAME.to_owned(), user: Some(NAME.to_owned()), ..Context::default() };
    Kubeconfig {
        clusters: vec![NamedCluster {
            name: NAME.to_owned(),
            cluster: Some(cluster),
            ..NamedCluster::default()
        }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.to_owned(),
            auth_info: Some(user),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext {
            name: NAME.to_owned(),
            context: Some(context),
            ..NamedContext::default()
        }],
        current_context: Some(NAME.to_owned()),
        ..Kubeconfig::default()
    }
}

/// Whether a server is on this machine.
pub(crate) fn is_loopback(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}
