//! The cluster section of a kubeconfig.

use http::Uri;
use http::uri::Authority;
use kai_core::Excerpt;
use kube::config::{AuthInfo, Cluster, Config, ExecAuthCluster};
use percent_encoding::percent_decode_str;
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::data::{load_file, without_white_space};
use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::{explain, fips, proxy};

/// Makes what Go accepts acceptable to kube: line breaks in base64, and empty texts that mean
/// nothing.
pub(super) fn tidy(cluster: &mut Cluster) {
    let data = &mut cluster.certificate_authority_data;
    *data = data.take().map(without_white_space);
    let texts = [
        data,
        &mut cluster.server,
        &mut cluster.certificate_authority,
        &mut cluster.proxy_url,
        &mut cluster.tls_server_name,
    ];
    for text in texts {
        *text = text.take().filter(|text| !text.is_empty());
    }
}

/// What kube connects with, nobody as yet. Made by hand: kube would ask the environment for a
/// proxy, and match `NO_PROXY` against the proxy's own host.
pub(super) fn config(cluster: &mut Cluster, origin: &Origin) -> Result<Config, ConnectError> {
    let mut config = Config::new(server(cluster, origin)?);
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or_default();
    let authority = &cluster.certificate_authority_data;
    if config.accept_invalid_certs
        && (authority.is_some() || cluster.certificate_authority.is_some())
    {
        let why = "there is a `certificate-authority` as well, and only one of them can be meant";
        let (origin, what) = (origin.clone(), "insecure-skip-tls-verify");
        return Err(ConnectError::Value { origin, what, why: why.to_owned() });
    }
    fips::check_verification(config.accept_invalid_certs, origin)?;
    config.disable_compression = cluster.disable_compression.unwrap_or_default();
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    // As client-go has it, none are read where nothing is to be verified.
    if config.cluster_url.scheme_str() == Some("https") {
        load_file(
            "certificate-authority",
            &mut cluster.certificate_authority_data,
            &mut cluster.certificate_authority,
            origin,
        )?;
        config.root_cert = roots(cluster, origin)?;
    }
    config.proxy_url = match &cluster.proxy_url {
        Some(url) => Some(proxy::of_kubeconfig(url, origin)?),
        None => proxy::from_environment(&config.cluster_url)?,
    };
    Ok(config)
}

fn server(cluster: &Cluster, origin: &Origin) -> Result<Uri, ConnectError> {
    const EXAMPLE: &str = "`https://10.0.0.1:6443`";
    let invalid = |why| ConnectError::Value { origin: origin.clone(), what: "server", why };
    let Some(server) = &cluster.server else {
        let why = format!("it is missing; it is the URL of the API server, as {EXAMPLE}");
        return Err(invalid(why));
    };
    // As kubectl has it: without a scheme, it is plain HTTP.
    let server = if server.contains("://") { server.clone() } else { format!("http://{server}") };
    let url: Uri =
        server.parse().map_err(|error| invalid(format!("it is no URL, as {EXAMPLE}: {error}")))?;
    if let Some(why) = proxy::wrong_port(&url) {
        return Err(invalid(why));
    }
    match url.scheme_str() {
        Some("http" | "https") => Ok(url),
        other => {
            let other = Excerpt(other.unwrap_or_default());
            Err(invalid(format!("its scheme is `{other}`, and can be `https` or `http`")))
        }
    }
}

/// The certificates to trust; `None`: those of the system.
fn roots(cluster: &Cluster, origin: &Origin) -> Result<Option<Vec<Vec<u8>>>, ConnectError> {
    let read = ExecAuthCluster::try_from(cluster);
    let read = read.map_err(|error| explain::kubeconfig(error, origin.clone()))?;
    let Some(pem) = read.certificate_authority_data else { return Ok(None) };
    let invalid =
        |why| ConnectError::Value { origin: origin.clone(), what: "certificate-authority", why };
    // As Go has it: what is no certificate is passed over, if there is one besides.
    let (mut roots, mut broken) = (Vec::new(), 0);
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        match certificate {
            Ok(der) if RootCertStore::empty().add(der.clone()).is_ok() => roots.push(der.to_vec()),
            _ => broken += 1,
        }
    }
    if broken > 0 && !roots.is_empty() {
        tracing::warn!(
            "{broken} of the certificates of `certificate-authority` in {origin} cannot be read: \
             passed over"
        );
    }
    if roots.is_empty() && broken > 0 {
        return Err(invalid("it is no PEM of certificates".to_owned()));
    }
    if roots.is_empty() {
        return Err(invalid("there is no certificate in it; it is one or more, as PEM".to_owned()));
    }
    Ok(Some(roots))
}

/// Moves a login from the server's URL to the user, where that has none, as Go sends it; in the URL
/// it would be logged.
pub(super) fn take_login(config: &mut Config, user: &mut AuthInfo) {
    let mut parts = config.cluster_url.clone().into_parts();
    let authority = parts.authority.as_ref().map_or("", Authority::as_str);
    let Some((login, host)) = authority.rsplit_once('@') else { return };
    let (name, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let named = user.token.is_some() || user.token_file.is_some() || user.username.is_some();
    if !named && user.exec.is_none() && user.auth_provider.is_none() {
        user.username = Some(decoded(name));
        user.password = Some(decoded(password).into());
    }
    // What is left of a URL is one, too.
    parts.authority = host.parse().ok();
    if let Ok(url) = Uri::from_parts(parts) {
        config.cluster_url = url;
    }
}
