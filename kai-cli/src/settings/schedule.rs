//! When reports are taken, and the status endpoint.

use std::time::Duration;

use super::layers::Layers;
use super::{Notice, Origin, SettingsError, unused};
use crate::keys::{self, Listen, Mode};

/// When reports are taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Schedule {
    /// Once.
    Adhoc,
    /// Repeatedly.
    Periodic {
        /// Time between the starts of two cycles.
        interval: Duration,
        /// The listen address of the status endpoint.
        listen: Option<Listen>,
        /// Whether the endpoint serves the report.
        listen_inventory: bool,
    },
}

impl Schedule {
    /// Builds the schedule.
    pub(super) fn from(
        layers: &Layers<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, SettingsError> {
        let mode = layers.found(&keys::MODE)?;
        let periodic = mode.as_ref().is_some_and(|found| found.value == Mode::Periodic);
        let typed = mode.is_some_and(|found| matches!(found.origin, Origin::Flag(_)));
        let is_input = !layers.args().filename.is_empty();
        match (periodic, is_input) {
            (true, true) if typed => Err(SettingsError::PeriodicFile),
            (true, false) => {
                let listen = layers.optional(&keys::LISTEN)?;
                let listen_inventory = layers.required(&keys::LISTEN_INVENTORY)?;
                notices.extend(listen.filter(|_| listen_inventory).and_then(exposed));
                let interval = layers.required(&keys::POLLING_INTERVAL)?.get();
                let interval = Duration::from_secs(interval.into());
                Ok(Self::Periodic { interval, listen, listen_inventory })
            }
            _ => {
                let (why, wrong) = (
                    "only mode periodic uses it",
                    [
                        layers.optional(&keys::POLLING_INTERVAL).err(),
                        layers.optional(&keys::LISTEN).err(),
                        layers.optional(&keys::LISTEN_INVENTORY).err(),
                    ],
                );
                Notice::tell_unused(&wrong, why, notices);
                notices.extend(unused::typed(layers, &keys::POLLING_INTERVAL, why));
                notices.extend(unused::typed(layers, &keys::LISTEN, why));
                Ok(Self::Adhoc)
            }
        }
    }
}

/// A warning if other machines may read the report.
fn exposed(listen: Listen) -> Option<Notice> {
    let key = keys::LISTEN_INVENTORY.key.name;
    let text = format!(
        "`{key}` is true: whoever can connect to `{listen}` gets a map of every image of the cluster"
    );
    (!listen.is_loopback()).then_some(Notice::Warning(text))
}
