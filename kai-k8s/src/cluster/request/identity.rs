//! The current credential, shared by all requests, and its renewal: once, by the first request that
//! needs it.

use std::sync::Arc;

use kube::Client;
use tokio::sync::RwLock;

use crate::cluster::client::{Connection, Connector};
use crate::cluster::error::{ConnectError, Failure};

/// The client that all requests share, and how to get another.
pub(super) struct Identity {
    current: RwLock<Arc<Current>>,
    /// How to get another, where the credential can be read again.
    connector: Option<Connector>,
}

/// The client as it is now.
pub(super) struct Current {
    connection: Connection,
    /// How often another was asked for.
    renewals: u64,
    /// Why the last of them failed.
    failed: Option<Arc<ConnectError>>,
    /// Whether it is kept as there is no other, which was told.
    kept: bool,
}

/// Why another client is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    Due,
    Refused,
}

impl Current {
    pub(super) fn client(&self) -> &Client {
        &self.connection.client
    }
}

impl Identity {
    pub(super) fn new(connection: Connection, connector: Option<Connector>) -> Self {
        let current = Current { connection, renewals: 0, failed: None, kept: false };
        Self { current: RwLock::new(Arc::new(current)), connector }
    }

    /// Who asks, as a person knows it; `None` where the client is the caller's.
    pub(super) fn who(&self) -> Option<String> {
        self.connector.as_ref().and_then(Connector::who)
    }

    /// The client to ask with, renewed where it is time to.
    pub(super) async fn current(&self) -> Result<Arc<Current>, Failure> {
        let current = Arc::clone(&*self.current.read().await);
        match &self.connector {
            Some(connector) if current.connection.validity.is_due() => {
                self.another(&current, connector, Cause::Due).await
            }
            _ => Ok(current),
        }
    }

    /// Gets another client, as the server refuses this one; `false`: there is none to get.
    pub(super) async fn refused(&self, current: &Current) -> Result<bool, Failure> {
        let Some(connector) = &self.connector else { return Ok(false) };
        self.another(current, connector, Cause::Refused).await?;
        Ok(true)
    }

    async fn another(
        &self,
        seen: &Current,
        connector: &Connector,
        cause: Cause,
    ) -> Result<Arc<Current>, Failure> {
        let mut current = self.current.write().await;
        // Otherwise another request has asked meanwhile: what it got, holds for all that waited.
        if current.renewals == seen.renewals {
            *current = Arc::new(Self::renewed(&current, connector, cause).await);
        }
        match &current.failed {
            None => Ok(Arc::clone(&current)),
            Some(error) => Err(Failure::Renewal(Arc::clone(error))),
        }
    }

    async fn renewed(seen: &Current, connector: &Connector, cause: Cause) -> Current {
        let old = &seen.connection;
        let renewed = match cause {
            Cause::Due => connector.renew(old).await,
            Cause::Refused => {
                tracing::debug!("the server refuses the credential: getting it again");
                connector.reconnect(old).await
            }
        };
        let (connection, failed, kept) = match renewed {
            Ok(connection) => (connection, None, false),
            Err(error) if cause == Cause::Due && !old.validity.is_over() => {
                let error = told(&error);
                if seen.kept {
                    tracing::debug!("the credential still cannot be renewed: {error}");
                } else {
                    tracing::warn!("the credential is kept, as it cannot be renewed yet: {error}");
                }
                (old.postponed(), None, true)
            }
            Err(error) => (old.clone(), Some(Arc::new(error)), seen.kept),
        };
        Current { connection, renewals: seen.renewals + 1, failed, kept }
    }
}

/// An error with its causes, on one line.
fn told(error: &ConnectError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
