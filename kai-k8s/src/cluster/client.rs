//! Builds the client from the settings; no other file builds one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::header::USER_AGENT;
use http::{HeaderValue, Uri};
use kai_net::secrets;
use kai_net::url::is_loopback;
use kube::{Client, Config};
use secrecy::{ExposeSecret, SecretString};

use crate::cluster::credential::{Credential, CredentialSource, Validity};
use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::exec::PluginTimeout;
use crate::cluster::explain;
use crate::cluster::fips;
use crate::cluster::kubeconfig::{self, Access};
use crate::cluster::settings::{ClusterSettings, Compression, SourceOptions};
use crate::cluster::tls;
use crate::cluster::token::same_token;
use crate::cluster::transport;

/// A client, and how long it is good for.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) validity: Validity,
    /// What it shows, where that was read from a file or issued by a plugin.
    token: Option<SecretString>,
    roots: Roots,
}

/// The certificates to trust; `None`: those of the system.
type Roots = Option<Vec<Vec<u8>>>;

impl Connection {
    /// A client of the caller's, whose credentials are renewed by the caller.
    pub(crate) fn of(client: Client) -> Self {
        Self { client, validity: Validity::default(), token: None, roots: None }
    }

    /// The same, to be renewed later.
    pub(crate) fn postponed(&self) -> Self {
        Self { validity: self.validity.postponed(), ..self.clone() }
    }
}

/// Connects to one cluster as often as it takes: again when a credential ends, or is refused.
pub(crate) struct Connector {
    settings: ClusterSettings,
    user_agent: HeaderValue,
    patience: PluginTimeout,
    compression: Compression,
    access: Access,
}

impl Connector {
    /// Reads the settings, and what they point to.
    pub(crate) fn new(
        settings: &ClusterSettings,
        options: &SourceOptions,
    ) -> Result<Self, ConnectError> {
        fips::check_provider(&tls::provider())?;
        let mut access = kubeconfig::load(settings)?;
        let user_agent =
            HeaderValue::from_str(&options.user_agent).map_err(|error| ConnectError::Value {
                origin: access.origin.clone(),
                what: "User-Agent",
                why: error.to_string(),
            })?;
        adjust(&mut access, options.compression);
        let patience =
            PluginTimeout { timeout: options.plugin_timeout, may_ask: options.plugin_may_ask };
        let (settings, compression) = (settings.clone(), options.compression);
        Ok(Self { settings, user_agent, patience, compression, access })
    }

    pub(crate) fn server(&self) -> &Uri {
        &self.access.config.cluster_url
    }

    /// Who asks, as a person knows it.
    pub(crate) fn who(&self) -> Option<String> {
        self.access.who()
    }

    pub(crate) fn cluster_name(&self) -> Option<&str> {
        self.access.cluster_name.as_deref()
    }

    /// Gets a credential and makes a client of it. Sends nothing to the server.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        let credential = self.obtain(&self.access, &Validity::default()).await?;
        self.open(&self.access, credential, self.access.config.root_cert.clone())
    }

    /// Connects again, as the server refuses the credential. One that stands in a kubeconfig may be
    /// another by now; where that leads elsewhere by now, or is gone, the old one stays.
    pub(crate) async fn reconnect(&self, old: &Connection) -> Result<Connection, ConnectError> {
        let read = match self.access.credential {
            CredentialSource::Settings => kubeconfig::load(&self.settings).ok(),
            _ => None,
        };
        let read = read.filter(|read| read.is_as(&self.access)).map(|mut read| {
            adjust(&mut read, self.compression);
            read
        });
        let access = read.as_ref().unwrap_or(&self.access);
        let credential = self.obtain(access, &old.validity).await?;
        let roots = match &read {
            Some(read) => read.config.root_cert.clone(),
            None => self.roots(old),
        };
        self.open(access, credential, roots)
    }

    /// Connects again, as it is time to look for another credential; with the old client where it
    /// is the same.
    pub(crate) async fn renew(&self, old: &Connection) -> Result<Connection, ConnectError> {
        let credential = self.obtain(&self.access, &old.validity).await?;
        let roots = self.roots(old);
        let file = matches!(self.access.credential, CredentialSource::TokenFile { .. });
        let same = same_token(credential.token.as_ref(), old.token.as_ref()) && roots == old.roots;
        if file && same {
            return Ok(Connection { validity: credential.validity, ..old.clone() });
        }
        tracing::debug!("the credential is renewed");
        self.open(&self.access, credential, roots)
    }

    /// The certificates to trust as they are now: those of a service account change while its pod
    /// runs. Where they can't be read, or belong to another server by now, the old ones stay.
    fn roots(&self, old: &Connection) -> Roots {
        let read = kubeconfig::load(&self.settings).ok().filter(|read| read.is_as(&self.access));
        read.map_or_else(|| old.roots.clone(), |read| read.config.root_cert)
    }

    async fn obtain(&self, access: &Access, before: &Validity) -> Result<Credential, ConnectError> {
        access.credential.obtain(before, self.patience, &access.origin).await
    }

    fn open(
        &self,
        access: &Access,
        credential: Credential,
        roots: Roots,
    ) -> Result<Connection, ConnectError> {
        let Credential { token, certificate, validity } = credential;
        let mut config = access.config.clone();
        config.root_cert.clone_from(&roots);
        config.headers.push((USER_AGENT, self.user_agent.clone()));
        if token.is_some() {
            config.auth_info.token.clone_from(&token);
        }
        let issued = certificate.is_some();
        if let Some((certificate, key)) = certificate {
            config.auth_info.client_certificate_data = Some(BASE64.encode(certificate));
            config.auth_info.client_key_data = Some(BASE64.encode(key.expose_secret()).into());
        }
        register(&config);
        let client = transport::client(&config).map_err(|error| match &access.credential {
            CredentialSource::Plugin(plugin) if issued => plugin.failed(explain::identity(error)),
            _ => explain::client(error, access.origin.clone()),
        })?;
        Ok(Connection { client, validity, token, roots })
    }
}

/// Masks from here on, wherever foreign text is shown, what the server is shown.
fn register(config: &Config) {
    let user = &config.auth_info;
    if let Some(token) = &user.token {
        secrets::register(token.expose_secret());
    }
    if let (Some(name), Some(password)) = (&user.username, &user.password) {
        secrets::register_login(name, password.expose_secret());
    }
    if let Some(key) = &user.client_key_data {
        let encoded = key.expose_secret();
        secrets::register(encoded);
        let decoded = BASE64.decode(encoded).ok().and_then(|pem| String::from_utf8(pem).ok());
        secrets::register(&decoded.unwrap_or_default());
    }
    if let Some(proxy) = &config.proxy_url {
        secrets::register_url(&proxy.to_string());
    }
}

fn adjust(access: &mut Access, compression: Compression) {
    let config = &mut access.config;
    config.disable_compression = match compression {
        Compression::On => false,
        Compression::Off => true,
        Compression::Auto => {
            let host = config.cluster_url.host().unwrap_or_default();
            // No API server speaks plain HTTP: there is a proxy, as kubectl's, and the server may be
            // anywhere.
            let proxied = config.cluster_url.scheme_str() == Some("http");
            let near = access.origin == Origin::InCluster || (is_loopback(host) && !proxied);
            near || config.disable_compression
        }
    };
}
