//! `--dry-run`: everything but the POST.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kai_anchore::{AnchoreSettings, AnchoreSink, ApiVersion, Destination};
use kai_core::{ClusterReport, Details, Payload, ReportError, Retry, Sink};
use tracing::{debug, info};

use crate::output;
use crate::words::counted;

/// Maximum number of body bytes logged.
const SHOWN_MAX: usize = 64 * 1024;

/// Determines where a report would be sent, and the size of its body; with `-v`, logs the body.
pub(crate) struct DryRun {
    anchore: AnchoreSink,
    account: String,
    user: String,
    /// The API for the last report.
    api: Mutex<Option<ApiVersion>>,
}

impl DryRun {
    pub(crate) fn new(anchore: AnchoreSink, settings: &AnchoreSettings) -> Self {
        let (account, user) = (settings.account.clone(), settings.user.clone());
        Self { anchore, account, user, api: Mutex::new(None) }
    }

    /// Prints what would be posted of a processed report: for API v1 the report itself, indented as
    /// usual, and for v2 the exact body.
    pub(crate) fn print(&self, report: &ClusterReport, payload: &Payload) -> io::Result<()> {
        match *self.api.lock().unwrap_or_else(PoisonError::into_inner) {
            None | Some(ApiVersion::V1) => {
                output::print(report, output::Format::Json, &output::View::default())
            }
            Some(api) => output::print_with(|out| {
                let body = payload.body(api.form()).map_err(io::Error::other)?;
                for piece in body.into_pieces() {
                    out.write_all(&piece.map_err(io::Error::other)?)?;
                }
                writeln!(out)
            }),
        }
    }

    fn look(&self, to: &Destination, payload: &Payload) -> Result<(), ReportError> {
        let (mut bytes, mut shown) = (0, Vec::new());
        for piece in payload.body(to.api.form())?.into_pieces() {
            let piece = piece?;
            bytes += piece.len();
            if tracing::enabled!(tracing::Level::DEBUG) {
                let room = SHOWN_MAX - shown.len();
                shown.extend_from_slice(&piece[..room.min(piece.len())]);
            }
        }
        *self.api.lock().unwrap_or_else(PoisonError::into_inner) = Some(to.api);
        self.log(to, payload.contents(to.api.form()), bytes, &shown);
        Ok(())
    }

    /// The error that a delivery of the report would return.
    fn failure(
        &self,
        retry: Retry,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> ReportError {
        let text = format!("the report would not be delivered to `{}`", self.anchore.url());
        let error = ReportError::new(text, retry);
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }

    fn log(&self, to: &Destination, contents: &str, bytes: usize, shown: &[u8]) {
        let account = &self.account;
        info!(
            "dry run: {bytes} bytes would be delivered to {} by API {} ({}) for account \
             `{account}`: {contents}",
            to.url, to.api, to.source,
        );
        debug!(
            "dry run: POST {} (content-type: application/json, x-anchore-account: {account}, \
             authorization: Basic, as user `{}`)",
            to.url, self.user
        );
        let cut = match bytes.checked_sub(shown.len()) {
            None | Some(0) => String::new(),
            Some(more) => format!("… and {more} bytes more, which -o json writes"),
        };
        // A character cut off in the middle is dropped.
        debug!("dry run: {}{cut}", String::from_utf8_lossy(shown).trim_end_matches('\u{fffd}'));
    }
}

/// Summarizes the content of a body.
fn contents(report: &ClusterReport, api: ApiVersion) -> String {
    match (api, &report.containers) {
        (ApiVersion::V2, Some(containers)) => format!(
            "{}, {}, {} and {}",
            counted(containers.nodes().len(), "node"),
            counted(containers.namespaces().len(), "namespace"),
            counted(containers.pod_count(), "pod"),
            counted(containers.container_count(), "container"),
        ),
        _ => format!(
            "{} and {}",
            counted(report.inventory.namespaces().len(), "namespace"),
            counted(report.inventory.image_count(), "distinct image"),
        ),
    }
}

#[async_trait]
impl Sink for DryRun {
    fn needs(&self) -> Details {
        self.anchore.needs()
    }

    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
        let encoded = self.anchore.encode(report);
        let payload = encoded.map_err(|error| self.failure(error.retry(), error.into_source()))?;
        let apis = [ApiVersion::V1, ApiVersion::V2];
        Ok(apis
            .into_iter()
            .fold(payload, |payload, api| payload.with_contents(api.form(), contents(report, api))))
    }

    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
        let to = self.anchore.destination().await;
        let to = to.map_err(|error| self.failure(error.retry(), Some(error.into())))?;
        let looked = self.look(&to, payload);
        looked.map_err(|error| self.failure(error.retry(), error.into_source()))
    }
}
