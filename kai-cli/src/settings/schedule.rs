//! When reports are taken, and the status endpoint.

use std::time::Duration;

use super::layers::Layers;
use super::{Notice, Origin, SettingsError, unused};
use crate::keys::{self, Listen, Mode, ReportWindow};

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
        /// Where changes are followed: how.
        watch: Option<Watch>,
    },
}

/// How changes are followed, and when they are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// Time without changes after which a report is made.
    pub(crate) quiet: Duration,
    /// Time after the first change at which a report is made at the latest.
    pub(crate) latest: Duration,
    /// Interval at which all is compared with a pass; `None`: never.
    pub(crate) verify: Option<Duration>,
    /// What a report contains.
    pub(crate) window: ReportWindow,
}

impl Watch {
    fn from(layers: &Layers<'_>) -> Result<Self, SettingsError> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        let verify = layers.required(&keys::WATCH_VERIFY)?;
        Ok(Self {
            quiet: seconds(layers.required(&keys::WATCH_QUIET)?.get()),
            latest: seconds(layers.required(&keys::WATCH_LATEST)?.get()),
            verify: (verify > 0).then(|| seconds(verify)),
            window: layers.required(&keys::REPORT_WINDOW)?,
        })
    }

    /// Notices about values that have no effect in another mode.
    fn unused(layers: &Layers<'_>, notices: &mut Vec<Notice>) {
        let wrong = [
            layers.optional(&keys::WATCH_QUIET).err(),
            layers.optional(&keys::WATCH_LATEST).err(),
            layers.optional(&keys::WATCH_VERIFY).err(),
            layers.optional(&keys::REPORT_WINDOW).err(),
        ];
        Notice::tell_unused(&wrong, "only mode watch uses it", notices);
    }
}

impl Schedule {
    /// Builds the schedule.
    pub(super) fn from(
        layers: &Layers<'_>,
        notices: &mut Vec<Notice>,
    ) -> Result<Self, SettingsError> {
        let mode = layers.found(&keys::MODE)?;
        let typed = mode.as_ref().is_some_and(|found| matches!(found.origin, Origin::Flag(_)));
        let mode = mode.map_or(Mode::Adhoc, |found| found.value);
        let name = match mode {
            Mode::Adhoc => None,
            Mode::Periodic => Some("periodic"),
            Mode::Watch => Some("watch"),
        };
        let (is_input, follows) = (!layers.args().filename.is_empty(), layers.args().watch);
        match (name, is_input || follows) {
            (Some(name), true) if typed && follows => Err(SettingsError::FollowedMode(name)),
            (Some(name), true) if typed => Err(SettingsError::PeriodicFile(name)),
            (Some(_), false) => {
                let listen = layers.optional(&keys::LISTEN)?;
                let listen_inventory = layers.required(&keys::LISTEN_INVENTORY)?;
                notices.extend(listen.filter(|_| listen_inventory).and_then(exposed));
                let interval = layers.required(&keys::POLLING_INTERVAL)?.get();
                let interval = Duration::from_secs(interval.into());
                let watch = if mode == Mode::Watch {
                    Some(Watch::from(layers)?)
                } else {
                    Watch::unused(layers, notices);
                    None
                };
                Ok(Self::Periodic { interval, listen, listen_inventory, watch })
            }
            _ => {
                let (why, wrong) = (
                    "only the modes periodic and watch use it",
                    [
                        layers.optional(&keys::POLLING_INTERVAL).err(),
                        layers.optional(&keys::LISTEN).err(),
                        layers.optional(&keys::LISTEN_INVENTORY).err(),
                    ],
                );
                Notice::tell_unused(&wrong, why, notices);
                Watch::unused(layers, notices);
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
