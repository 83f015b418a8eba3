//! Settings -> client: the only file that builds one.

use std::error::Error as StdError;

use http::header::USER_AGENT;
use http::{HeaderValue, Uri};
use kube::Client;
use kube::config::{Config, ExecConfig};

use crate::error::{ConnectError, Origin};
use crate::explain;
use crate::kubeconfig::{self, Loaded, is_loopback};
use crate::settings::ClusterSettings;

/// A client, and what is known of where it leads.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) server: Uri,
    pub(crate) cluster_name: Option<String>,
}

/// Connects as often as it takes: again when the server refuses a credential.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    pub(crate) settings: ClusterSettings,
    pub(crate) user_agent: String,
}

impl Connector {
    /// Reads the settings' files, gets credentials, and makes a client of them. Sends nothing.
    pub(crate) async fn connect(&self) -> Result<Connection, ConnectError> {
        let Loaded { mut config, origin, cluster_name } = kubeconfig::load(&self.settings).await?;
        // Retries are the listing's business, which knows the deadline of a page.
        config.default_retry = false;
        config.disable_compression |=
            origin == Origin::InCluster || is_loopback(&config.cluster_url);
        let name =
            HeaderValue::from_str(&self.user_agent).map_err(|error| ConnectError::Value {
                origin: origin.clone(),
                what: "User-Agent",
                why: error.to_string(),
            })?;
        config.headers.push((USER_AGENT, name));

        let server = config.cluster_url.clone();
        let exec = config.auth_info.exec.clone();
        let client = build(config).await.map_err(|error| failed(error, origin, exec))?;
        Ok(Connection { client, server, cluster_name })
    }
}

/// Builds the client on a thread where blocking is fine: kube runs a credentials plugin meanwhile.
async fn build(config: Config) -> Result<Client, Box<dyn StdError + Send + Sync>> {
    match tokio::task::spawn_blocking(move || Client::try_from(config)).await {
        Ok(result) => result.map_err(Into::into),
        Err(panicked) => Err(panicked.into()),
    }
}

fn failed(
    error: Box<dyn StdError + Send + Sync>,
    origin: Origin,
    exec: Option<ExecConfig>,
) -> ConnectError {
    match error.downcast::<kube::Error>() {
        Ok(error) => explain::client(*error, origin, exec),
        Err(source) => ConnectError::Client { origin, source },
    }
}
