//! The spool: the newest undelivered report, in a file that survives a restart.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use kai_core::{Inventory, Payload};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::delivered::DeliveredNamespaces;
use crate::escape::Excerpt;
use crate::sinks::Receiver;

const TOO_OLD: &str = "it is older than two intervals";

/// The spool of a receiver, which only returns reports for that receiver.
#[derive(Clone, Debug)]
pub(crate) struct Spool {
    folder: PathBuf,
    url: String,
    account: String,
    /// Maximum age of a report to be sent.
    age_max: Duration,
    /// Locks the directory against other processes.
    _lock: Option<Arc<File>>,
}

/// A report from the spool.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Its bodies, which are read from the file.
    pub(crate) payload: Payload,
    /// Its namespaces, with their UIDs.
    pub(crate) namespaces: BTreeMap<String, Option<String>>,
    /// When it expires.
    pub(crate) deadline: Instant,
}

/// Metadata in a line after the bodies: what the report is of, and the lengths of the bodies, which
/// are only known once they are written.
#[derive(Debug, Serialize, Deserialize)]
struct Label {
    url: String,
    account: String,
    cluster: String,
    taken_at: Timestamp,
    namespaces: BTreeMap<String, Option<String>>,
    /// The length of the body in each form, in file order.
    #[serde(flatten)]
    forms: BTreeMap<String, u64>,
}

/// A report couldn't be stored.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be written to `{}`", Excerpt(&folder.to_string_lossy()))]
pub(crate) struct SpoolError {
    folder: PathBuf,
    source: io::Error,
}

impl Spool {
    /// The spool of a receiver, if configured, and unless another process uses it.
    pub(crate) fn of(receiver: &Receiver, interval: Duration) -> Option<Self> {
        let folder = receiver.spool.clone()?;
        let lock = match file::claim(&folder) {
            Ok(Some(lock)) => Some(Arc::new(lock)),
            Ok(None) => {
                warn!(
                    "the spool `{}` is another process's: reports are not kept",
                    Excerpt(&folder.to_string_lossy())
                );
                return None;
            }
            // Not every file system supports locks; whether it is writable will turn out later.
            Err(error) => {
                debug!("the spool cannot be locked: {error}");
                None
            }
        };
        Some(Self {
            folder,
            _lock: lock,
            url: receiver.url.clone(),
            account: receiver.account.clone(),
            age_max: interval * 2,
        })
    }

    /// Stores a report in place of the last one, and returns a payload that is read from the file;
    /// `None` if the report has no form that the receiver accepts, so that storing it is pointless.
    pub(crate) async fn keep(
        &self,
        payload: Payload,
        inventory: &Inventory,
        after: &DeliveredNamespaces,
    ) -> Result<Option<Payload>, SpoolError> {
        let failed = |source| SpoolError { folder: self.folder.clone(), source };
        let label = self.label(inventory, after.uids().clone()).map_err(failed)?;
        let spool = self.clone();
        let written = spawn_blocking(move || spool.write(&payload, label)).await;
        written.unwrap_or_else(|stopped| Err(io::Error::other(stopped))).map_err(failed)
    }

    fn label(
        &self,
        inventory: &Inventory,
        namespaces: BTreeMap<String, Option<String>>,
    ) -> io::Result<Label> {
        Ok(Label {
            url: self.url.clone(),
            account: self.account.clone(),
            cluster: inventory.cluster_name().unwrap_or_default().to_owned(),
            taken_at: Timestamp::try_from(inventory.taken_at()).map_err(io::Error::other)?,
            namespaces,
            forms: BTreeMap::new(),
        })
    }

    /// Removes the stored report after it was delivered.
    pub(crate) async fn clear(&self) {
        let spool = self.clone();
        let cleared = spawn_blocking(move || file::remove(&spool.folder)).await;
        if let Ok(Err(error)) = cleared {
            warn!("the report that was kept cannot be removed: {error}");
        }
    }

    /// Returns the report stored by an earlier process if it may still be sent; else removes it.
    pub(crate) async fn look(self, cluster: Option<&str>) -> Option<Kept> {
        let cluster = cluster.unwrap_or_default().to_owned();
        let looked = spawn_blocking(move || self.read(&cluster, SystemTime::now())).await;
        looked.ok().flatten()
    }

    fn write(&self, payload: &Payload, mut label: Label) -> io::Result<Option<Payload>> {
        let mut bodies: Vec<_> = payload
            .forms()
            .filter_map(|form| Some((form.to_owned(), payload.body(form).ok()?.into_pieces())))
            .collect();
        if bodies.is_empty() {
            return Ok(None);
        }
        bodies.sort_by(|(one, _), (other, _)| one.cmp(other));
        let file = file::write(&self.folder, |file| {
            for (form, pieces) in bodies {
                let length = label.forms.entry(form).or_insert(0);
                for piece in pieces {
                    let piece = piece.map_err(io::Error::other)?;
                    *length += piece.len() as u64;
                    file.write_all(&piece)?;
                }
            }
            file.write_all(b"\n")?;
            Ok(serde_json::to_writer(file, &label)?)
        })?;
        Ok(Some(label.payload(file)))
    }

    fn read(&self, cluster: &str, now: SystemTime) -> Option<Kept> {
        let opened = file::open(&self.folder)
            .and_then(|file| file.map(|mut file| Ok((Label::read(&mut file)?, file))).transpose());
        let why = match opened {
            Ok(None) => return None,
            Ok(Some((None, _))) => "it is not whole",
            Ok(Some((Some(label), file))) => match self.check(&label, cluster, now) {
                Ok(left) => {
                    info!("a report of {} is left to be delivered", label.taken_at);
                    let (payload, namespaces) = (label.payload(file), label.namespaces);
                    return Some(Kept { payload, namespaces, deadline: Instant::now() + left });
                }
                Err(why) => why,
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

    /// How much longer a report may be sent, or why it may not.
    fn check(
        &self,
        label: &Label,
        cluster: &str,
        now: SystemTime,
    ) -> Result<Duration, &'static str> {
        let taken_at = SystemTime::from(label.taken_at);
        // The clock may have been set back.
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

    /// Removes a report that has expired since it was loaded.
    pub(crate) async fn expire(&self) {
        info!("a report that was kept is removed: {TOO_OLD}");
        self.clear().await;
    }
}

impl Label {
    /// The metadata after the bodies, if the bodies are complete.
    fn read(file: &mut File) -> io::Result<Option<Self>> {
        let Some((line, start)) = file::last_line(file)? else { return Ok(None) };
        let Ok(label) = serde_json::from_slice::<Self>(&line) else { return Ok(None) };
        let lengths = label.forms.values();
        let bodies = lengths.copied().try_fold(0, |sum: u64, length| sum.checked_add(length));
        // A line break separates them.
        Ok((bodies.is_some_and(|bodies| bodies > 0 && bodies + 1 == start)).then_some(label))
    }

    /// The bodies, streamed from the file while they are sent.
    fn payload(&self, file: File) -> Payload {
        let (file, mut start) = (Arc::new(Mutex::new(file)), 0);
        self.forms.iter().fold(Payload::default(), |payload, (form, length)| {
            let range = start..start + length;
            start = range.end;
            let file = Arc::clone(&file);
            payload.with_form(form, move || Ok(file::body(&file, range.clone())))
        })
    }
}
