//! The newest report that was not delivered, in a file that outlives the process.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use kai_anchore::{ApiVersion, KeptReport, Report};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use super::former::Former;
use crate::anchore::apis;
use crate::escape::Excerpt;
use crate::settings::Anchore;

/// Where the newest undelivered report is kept, and of whom one is taken.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    url: String,
    account: String,
    apis: &'static [ApiVersion],
    /// How old a report may be that is still sent.
    age_max: Duration,
}

/// A report that was kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) report: KeptReport,
    /// The namespaces that it tells of, with their uids.
    pub(crate) namespaces: BTreeMap<String, Option<String>>,
}

/// What stands before the bodies: of what they are the report.
#[derive(Debug, Serialize, Deserialize)]
struct Label {
    url: String,
    account: String,
    cluster: String,
    taken_at: Timestamp,
    namespaces: BTreeMap<String, Option<String>>,
    /// The length of the body for each API.
    v1: Option<u64>,
    v2: Option<u64>,
}

/// Why a report was not kept.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be written to `{}`", Excerpt(&folder.to_string_lossy()))]
pub(crate) struct SpoolError {
    folder: PathBuf,
    source: io::Error,
}

impl Spool {
    /// The spool that is configured, if one is.
    pub(crate) fn of(anchore: &Anchore, interval: Duration) -> Option<Self> {
        Some(Self {
            folder: anchore.spool.clone()?,
            url: anchore.url.to_string(),
            account: anchore.account.clone(),
            apis: apis(anchore),
            age_max: interval * 2,
        })
    }

    /// Keeps a report in the place of the last one.
    pub(crate) async fn keep(&self, report: Arc<Report>, after: &Former) -> Result<(), SpoolError> {
        let (spool, namespaces) = (self.clone(), after.uids().clone());
        let written = spawn_blocking(move || spool.write(&report, namespaces)).await;
        written
            .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
            .map_err(|source| SpoolError { folder: self.folder.clone(), source })
    }

    /// Takes the report away that is kept, as it was delivered.
    pub(crate) async fn clear(&self) {
        let spool = self.clone();
        let cleared = spawn_blocking(move || file::remove(&spool.folder)).await;
        if let Ok(Err(error)) = cleared {
            warn!("the report that was kept cannot be removed: {error}");
        }
    }

    /// The report that an earlier process has kept, if it is still worth sending; removed where it
    /// is not.
    pub(crate) async fn look(self, cluster: Option<&str>) -> Option<Kept> {
        let cluster = cluster.unwrap_or_default().to_owned();
        let looked = spawn_blocking(move || self.read(&cluster, SystemTime::now())).await;
        looked.ok().flatten()
    }

    fn write(
        &self,
        report: &Report,
        namespaces: BTreeMap<String, Option<String>>,
    ) -> io::Result<()> {
        let inventory = report.inventory();
        let length = |api| self.apis.contains(&api).then(|| length(report, api)).flatten();
        let label = Label {
            url: self.url.clone(),
            account: self.account.clone(),
            cluster: inventory.cluster_name().unwrap_or_default().to_owned(),
            taken_at: Timestamp::try_from(inventory.taken_at()).map_err(io::Error::other)?,
            namespaces,
            v1: length(ApiVersion::V1),
            v2: length(ApiVersion::V2),
        };
        let mut head = serde_json::to_vec(&label)?;
        head.push(b'\n');
        let bodies = label.apis().flat_map(|api| report.pieces_of(api).into_iter().flatten());
        let pieces = bodies.map(|piece| piece.map_err(io::Error::other));
        file::write(&self.folder, std::iter::once(Ok(head)).chain(pieces))
    }

    fn read(&self, cluster: &str, now: SystemTime) -> Option<Kept> {
        let why = match file::read(&self.folder) {
            Ok(None) => return None,
            Ok(Some(bytes)) => match Label::split(&bytes) {
                None => "it is not whole",
                Some((label, bodies)) => match self.refuse(&label, cluster, now) {
                    None => {
                        info!("a report of {} is left to be delivered", label.taken_at);
                        return Some(label.into_kept(bodies));
                    }
                    Some(why) => why,
                },
            },
            Err(error) => {
                warn!("a report that was kept cannot be read: {error}");
                return None;
            }
        };
        info!("a report that was kept is removed: {why}");
        if let Err(error) = file::remove(&self.folder) {
            warn!("the report that was kept cannot be removed: {error}");
        }
        None
    }

    /// Why a report is not to be sent.
    fn refuse(&self, label: &Label, cluster: &str, now: SystemTime) -> Option<&'static str> {
        let taken_at = SystemTime::from(label.taken_at);
        // A clock may have been set back.
        let apart = now.duration_since(taken_at).unwrap_or_else(|ahead| ahead.duration());
        if label.url != self.url {
            Some("it was for another Anchore")
        } else if label.account != self.account {
            Some("it was for another account")
        } else if label.cluster != cluster {
            Some("it is of another cluster")
        } else if apart >= self.age_max {
            Some("it is older than two intervals")
        } else {
            None
        }
    }
}

/// The length of a body; `None`: the report is none for this API.
fn length(report: &Report, api: ApiVersion) -> Option<u64> {
    let pieces = report.pieces_of(api).ok()?;
    pieces.map(|piece| piece.map(|piece| piece.len() as u64).ok()).sum()
}

impl Label {
    /// The APIs that there is a body for, in their order.
    fn apis(&self) -> impl Iterator<Item = ApiVersion> {
        let bodies = [(ApiVersion::V1, self.v1), (ApiVersion::V2, self.v2)];
        bodies.into_iter().filter_map(|(api, length)| length.map(|_| api))
    }

    /// The label, and the bodies behind it, where all of them are there.
    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let label: Self = serde_json::from_slice(&bytes[..end]).ok()?;
        let bodies = &bytes[end + 1..];
        let expected = label.v1.unwrap_or_default().checked_add(label.v2.unwrap_or_default())?;
        (expected > 0 && bodies.len() as u64 == expected).then_some((label, bodies))
    }

    fn into_kept(self, bodies: &[u8]) -> Kept {
        let mut report = KeptReport::default();
        let v1 = usize::try_from(self.v1.unwrap_or_default()).unwrap_or(bodies.len());
        let (first, second) = bodies.split_at(v1);
        if self.v1.is_some() {
            report = report.with_body(ApiVersion::V1, first.to_vec());
        }
        if self.v2.is_some() {
            report = report.with_body(ApiVersion::V2, second.to_vec());
        }
        Kept { report, namespaces: self.namespaces }
    }
}
