//! One of the two that are compared: a report, a list of pods, or the cluster.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kai_core::{Details, Inventory, InventoryDocument};
use tokio::task::spawn_blocking;
use tracing::info;

use super::is_stdin;
use crate::collect::Collector;
use crate::connect::open_inputs;
use crate::error::Error;
use crate::escape::Excerpt;
use crate::settings::{Input, Settings};

/// The keys of a report, of which one comes first.
const KEYS: [&str; 5] =
    ["timestamp", "results", "serverVersionMetadata", "cluster_name", "inventory_type"];
/// How many bytes tell a report from a list of pods.
const HEAD: usize = 4096;

/// What was read.
pub(super) struct Side {
    pub(super) inventory: Inventory,
    /// How many namespaces could not be read.
    pub(super) skipped: usize,
}

/// Reads a report or a list of pods; without a name, the source of the settings.
pub(super) async fn read(settings: &Arc<Settings>, name: Option<&OsStr>) -> Result<Side, Error> {
    let mut collector = Collector::new(Arc::clone(settings), Details::default());
    let Some(name) = name else { return taken(collector).await };
    let path = PathBuf::from(if is_stdin(name) { OsStr::new("/dev/stdin") } else { name });
    let opened = {
        let path = path.clone();
        spawn_blocking(move || report(&path))
            .await
            .map_err(|it| Error::Start(io::Error::other(it)))?
    };
    if let Some(inventory) = opened? {
        return Ok(Side { inventory, skipped: 0 });
    }
    collector.read(open_inputs(&[Input::File(path)]).await?);
    taken(collector).await
}

async fn taken(mut collector: Collector) -> Result<Side, Error> {
    let report = collector.take().await?;
    Ok(Side { skipped: report.skipped.len(), inventory: report.inventory })
}

/// The report in a file; `None`: it looks like none.
fn report(path: &Path) -> Result<Option<Inventory>, Error> {
    let failed = |source| Error::OpenReport { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    let mut file = BufReader::with_capacity(HEAD, file);
    match Look::of(file.fill_buf().map_err(failed)?) {
        Look::Report => {}
        Look::Pods => return Ok(None),
        Look::Other => return Err(Error::OtherFormat { path: path.to_owned() }),
    }
    let reports =
        read_all(file).map_err(|source| Error::NoReport { path: path.to_owned(), source })?;
    if reports.len() > 1 {
        info!(
            "`{}` has {} reports; the last one counts",
            Excerpt(&path.to_string_lossy()),
            reports.len()
        );
    }
    // There is one at least: the beginning looks like it.
    Ok(reports.into_iter().next_back())
}

fn read_all(file: impl Read) -> Result<Vec<Inventory>, serde_json::Error> {
    let documents = serde_json::Deserializer::from_reader(file);
    documents
        .into_iter::<InventoryDocument<'_>>()
        .map(|it| it.map(InventoryDocument::into_inventory))
        .collect()
}

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A report.
    Report,
    /// Another of kai's formats.
    Other,
    /// Something else: a list of pods, most likely.
    Pods,
}

impl Look {
    /// By its first bytes: a report is an object whose first key is one of a report's.
    pub(super) fn of(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let key = text.strip_prefix('{').and_then(|rest| rest.trim_start().strip_prefix('"'));
        let key = key.and_then(|rest| rest.split('"').next());
        let is_yaml = KEYS.iter().any(|key| text.starts_with(&format!("{key}:")));
        match key {
            Some(key) if KEYS.contains(&key) => Self::Report,
            Some("cluster" | "change" | "$schema") => Self::Other,
            None if is_yaml || text.starts_with("cluster,") => Self::Other,
            _ => Self::Pods,
        }
    }
}
