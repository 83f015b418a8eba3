//! Settings -> what kube connects with. The files and variables are read here, and nowhere else.

use std::env;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use http::Uri;
use kube::config::{
    AuthInfo, Cluster, Config, Context, KubeConfigOptions, Kubeconfig, KubeconfigError,
    NamedAuthInfo, NamedCluster, NamedContext,
};
use secrecy::{ExposeSecret, SecretString};

use crate::error::{ConnectError, Origin};
use crate::explain;
use crate::proxy;
use crate::settings::{ClusterSettings, InlineCluster, InlineCredential, Overrides};

/// What kube connects with, and what is known besides.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) origin: Origin,
    /// The context's cluster, where there is a context.
    pub(crate) cluster_name: Option<String>,
}

/// Reads what the settings point to.
pub(crate) async fn load(settings: &ClusterSettings) -> Result<Loaded, ConnectError> {
    match settings {
        ClusterSettings::Default(overrides) => {
            if let Some((kubeconfig, origin)) = from_environment()? {
                return of_kubeconfig(kubeconfig, origin, overrides).await;
            }
            let default_path = default_path();
            if default_path.exists() {
                return of_file(&default_path, overrides).await;
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
        ClusterSettings::Kubeconfig { path, overrides } => of_file(path, overrides).await,
        ClusterSettings::InCluster => in_cluster(&Overrides::default()),
        ClusterSettings::Inline(inline) => {
            of_kubeconfig(inline_kubeconfig(inline), Origin::Inline, &Overrides::default()).await
        }
    }
}

/// `~/.kube/config`, where there is a home.
pub(crate) fn default_path() -> PathBuf {
    let home = env::home_dir().unwrap_or_else(|| PathBuf::from("~"));
    home.join(".kube").join("config")
}

async fn of_file(path: &Path, overrides: &Overrides) -> Result<Loaded, ConnectError> {
    let origin = Origin::File(path.to_owned());
    match Kubeconfig::read_from(path) {
        Ok(kubeconfig) => of_kubeconfig(kubeconfig, origin, overrides).await,
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

async fn of_kubeconfig(
    mut kubeconfig: Kubeconfig,
    origin: Origin,
    overrides: &Overrides,
) -> Result<Loaded, ConnectError> {
    kubeconfig.current_context = kubeconfig.current_context.filter(|name| !name.is_empty());
    let context = context(&kubeconfig, &origin, overrides)?.clone();
    let cluster_name = overrides.cluster.clone().unwrap_or(context.cluster);
    let user_name = overrides.user.clone().or(context.user);

    let clusters = kubeconfig.clusters.iter_mut();
    let cluster = clusters
        .filter(|named| named.name == cluster_name)
        .find_map(|named| named.cluster.as_mut());
    let Some(cluster) = cluster else {
        let known = kubeconfig.clusters.into_iter().map(|named| named.name).collect();
        return Err(ConnectError::NoSuchName {
            origin,
            what: "cluster",
            name: cluster_name,
            known,
        });
    };
    let own_proxy = tidy_cluster(cluster);
    let user = user_name.as_ref().and_then(|name| {
        let users = kubeconfig.auth_infos.iter_mut();
        users.filter(|named| named.name == *name).find_map(|named| named.auth_info.as_mut())
    });
    match (user, user_name) {
        (Some(user), _) => tidy_user(user, &origin)?,
        (None, Some(name)) if overrides.user.is_some() => {
            let known = kubeconfig.auth_infos.into_iter().map(|named| named.name).collect();
            return Err(ConnectError::NoSuchName { origin, what: "user", name, known });
        }
        (None, Some(name)) if !name.is_empty() => {
            tracing::warn!("the kubeconfig {origin} has no user `{name}`: asking anonymously");
        }
        (None, _) => {}
    }

    let options = KubeConfigOptions {
        context: overrides.context.clone(),
        cluster: overrides.cluster.clone(),
        user: overrides.user.clone(),
    };
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &options)
        .await
        .map_err(|error| explain::kubeconfig(error, origin.clone()))?;
    if !matches!(config.cluster_url.scheme_str(), Some("http" | "https")) {
        let why = "it has no scheme; a URL begins with `https://` or `http://`".to_owned();
        return Err(ConnectError::Value { origin, what: "server", why });
    }
    // kube matches NO_PROXY against the proxy's own host, so the choice is made here.
    config.proxy_url = match own_proxy {
        Some(_) => config.proxy_url,
        None => proxy::from_environment(&config.cluster_url)?,
    };
    impersonate(&mut config.auth_info, overrides);
    read_token_file(&mut config.auth_info, &origin)?;
    Ok(Loaded { config, origin, cluster_name: Some(cluster_name) })
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

/// Makes what Go accepts acceptable to kube: line breaks in base64, and empty texts that mean
/// nothing. Returns the cluster's own proxy.
fn tidy_cluster(cluster: &mut Cluster) -> Option<String> {
    let data = cluster.certificate_authority_data.take();
    cluster.certificate_authority_data =
        data.map(without_white_space).filter(|data| !data.is_empty());
    for text in
        [&mut cluster.certificate_authority, &mut cluster.proxy_url, &mut cluster.tls_server_name]
    {
        *text = text.take().filter(|text| !text.is_empty());
    }
    cluster.proxy_url.clone()
}

fn tidy_user(user: &mut AuthInfo, origin: &Origin) -> Result<(), ConnectError> {
    user.client_certificate_data = user.client_certificate_data.take().map(without_white_space);
    user.client_key_data = user
        .client_key_data
        .take()
        .map(|data| without_white_space(data.expose_secret().to_owned()).into());
    user.token = match user.token.take() {
        Some(token) => checked_token(token.expose_secret(), "users[].user.token", origin)?,
        None => None,
    };
    Ok(())
}

fn impersonate(user: &mut AuthInfo, overrides: &Overrides) {
    if let Some(name) = &overrides.impersonate {
        user.impersonate = Some(name.clone());
    }
    if !overrides.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(overrides.impersonate_groups.clone());
    }
}

/// Reads a token file as client-go does, trimmed; kube would send its trailing line break. A token
/// that has changed since is read when the server refuses this one.
fn read_token_file(user: &mut AuthInfo, origin: &Origin) -> Result<(), ConnectError> {
    let Some(path) = user.token_file.clone().filter(|_| user.token.is_none()) else {
        return Ok(());
    };
    let unreadable = |why| ConnectError::Value { origin: origin.clone(), what: "tokenFile", why };
    let token =
        std::fs::read_to_string(&path).map_err(|error| unreadable(format!("`{path}`: {error}")))?;
    user.token = checked_token(&token, "tokenFile", origin)?;
    user.token_file = None;
    if user.token.is_none() { Err(unreadable(format!("`{path}` is empty"))) } else { Ok(()) }
}

/// A token trimmed, `None` where it is empty; what can't stand in a header is an error.
fn checked_token(
    token: &str,
    what: &'static str,
    origin: &Origin,
) -> Result<Option<SecretString>, ConnectError> {
    let token = token.trim();
    if token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok((!token.is_empty()).then(|| token.to_owned().into()));
    }
    let inside = if token.contains(['\n', '\r']) {
        "a line break"
    } else {
        "white space or a control character"
    };
    let why = format!("there is {inside} inside the token; a token is one word");
    Err(ConnectError::Value { origin: origin.clone(), what, why })
}

fn without_white_space(mut text: String) -> String {
    text.retain(|character| !character.is_whitespace());
    text
}

fn in_cluster(overrides: &Overrides) -> Result<Loaded, ConnectError> {
    let mut config = Config::incluster().map_err(ConnectError::InCluster)?;
    config.proxy_url = proxy::from_environment(&config.cluster_url)?;
    impersonate(&mut config.auth_info, overrides);
    read_token_file(&mut config.auth_info, &Origin::InCluster)?;
    Ok(Loaded { config, origin: Origin::InCluster, cluster_name: None })
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
