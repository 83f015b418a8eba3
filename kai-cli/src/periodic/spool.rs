//! The newest report that was not delivered, in a file that outlives the process.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::Timestamp;
use kai_anchore::{ApiVersion, KeptReport, Report};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::former::Former;
use crate::anchore::apis;
use crate::escape::Excerpt;
use crate::settings::Anchore;

const TOO_OLD: &str = "it is older than two intervals";

/// Where the newest undelivered report is kept, and of whom one is taken.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    url: String,
    account: String,
    apis: &'static [ApiVersion],
    /// How old a report may be that is still sent.
    age_max: Duration,
    /// Keeps other processes from the folder.
    _lock: Option<Arc<File>>,
}

/// A report that was kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) report: KeptReport,
    /// The namespaces that it tells of, with their uids.
    pub(crate) namespaces: BTreeMap<String, Option<String>>,
    /// When it is too old to be sent.
    pub(crate) deadline: Instant,
}

/// What stands behind the bodies, in a line of its own: of what they are the report, and how long
/// they are, which is known once they are written.
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
    /// The spool that is configured, if one is, and if no other process has it.
    pub(crate) fn of(anchore: &Anchore, interval: Duration) -> Option<Self> {
        let folder = anchore.spool.clone()?;
        let lock = match file::claim(&folder) {
            Ok(Some(lock)) => Some(Arc::new(lock)),
            Ok(None) => {
                warn!(
                    "the spool `{}` is another process's: reports are not kept",
                    Excerpt(&folder.to_string_lossy())
                );
                return None;
            }
            // Whether it can be written to at all will be seen; not every file system has locks.
            Err(error) => {
                debug!("the spool cannot be locked: {error}");
                None
            }
        };
        Some(Self {
            folder,
            _lock: lock,
            url: anchore.url.to_string(),
            account: anchore.account.clone(),
            apis: apis(anchore),
            age_max: interval * 2,
        })
    }

    /// Keeps a report in the place of the last one; whether it did: one that no API takes isn't
    /// worth the place.
    pub(crate) async fn keep(
        &self,
        report: Arc<Report>,
        after: &Former,
    ) -> Result<bool, SpoolError> {
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
    ) -> io::Result<bool> {
        let inventory = report.inventory();
        let bodies = self.apis.iter().filter_map(|api| Some((*api, report.pieces_of(*api).ok()?)));
        let bodies: Vec<_> = bodies.collect();
        if bodies.is_empty() {
            return Ok(false);
        }
        let mut label = Label {
            url: self.url.clone(),
            account: self.account.clone(),
            cluster: inventory.cluster_name().unwrap_or_default().to_owned(),
            taken_at: Timestamp::try_from(inventory.taken_at()).map_err(io::Error::other)?,
            namespaces,
            v1: None,
            v2: None,
        };
        file::write(&self.folder, |file| {
            for (api, pieces) in bodies {
                let length = label.length(api).insert(0);
                for piece in pieces {
                    let piece = piece.map_err(io::Error::other)?;
                    *length += piece.len() as u64;
                    file.write_all(&piece)?;
                }
            }
            file.write_all(b"\n")?;
            Ok(serde_json::to_writer(file, &label)?)
        })?;
        Ok(true)
    }

    fn read(&self, cluster: &str, now: SystemTime) -> Option<Kept> {
        let why = match file::read(&self.folder) {
            Ok(None) => return None,
            Ok(Some(bytes)) => match Label::split(&bytes.into()) {
                None => "it is not whole",
                Some((label, bodies)) => match self.check(&label, cluster, now) {
                    Ok(left) => {
                        info!("a report of {} is left to be delivered", label.taken_at);
                        return Some(label.into_kept(bodies, Instant::now() + left));
                    }
                    Err(why) => why,
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

    /// How long a report may still be sent, or why it is not to be.
    fn check(
        &self,
        label: &Label,
        cluster: &str,
        now: SystemTime,
    ) -> Result<Duration, &'static str> {
        let taken_at = SystemTime::from(label.taken_at);
        // A clock may have been set back.
        let apart = now.duration_since(taken_at).unwrap_or_else(|ahead| ahead.duration());
        if label.url != self.url {
            Err("it was for another Anchore")
        } else if label.account != self.account {
            Err("it was for another account")
        } else if label.cluster != cluster {
            Err("it is of another cluster")
        } else {
            let left = self.age_max.checked_sub(apart);
            left.filter(|left| !left.is_zero()).ok_or(TOO_OLD)
        }
    }

    /// Removes a report that was looked at and has become too old since.
    pub(crate) async fn expire(&self) {
        info!("a report that was kept is removed: {TOO_OLD}");
        self.clear().await;
    }
}

impl Label {
    /// The length of the body for an API.
    fn length(&mut self, api: ApiVersion) -> &mut Option<u64> {
        match api {
            ApiVersion::V1 => &mut self.v1,
            ApiVersion::V2 => &mut self.v2,
        }
    }

    /// The label, and the bodies before it, where all of them are there.
    fn split(bytes: &Bytes) -> Option<(Self, Bytes)> {
        let end = bytes.iter().rposition(|byte| *byte == b'\n')?;
        let label: Self = serde_json::from_slice(&bytes[end + 1..]).ok()?;
        let bodies = bytes.slice(..end);
        let expected = label.v1.unwrap_or_default().checked_add(label.v2.unwrap_or_default())?;
        (expected > 0 && bodies.len() as u64 == expected).then_some((label, bodies))
    }

    /// A report of the bodies, which stay in the memory that they were read into.
    fn into_kept(self, mut bodies: Bytes, deadline: Instant) -> Kept {
        let mut report = KeptReport::default();
        let v1 = usize::try_from(self.v1.unwrap_or_default()).unwrap_or(bodies.len());
        let first = bodies.split_to(v1);
        if self.v1.is_some() {
            report = report.with_body(ApiVersion::V1, first);
        }
        if self.v2.is_some() {
            report = report.with_body(ApiVersion::V2, bodies);
        }
        Kept { report, namespaces: self.namespaces, deadline }
    }
}
