//! `--dry-run`: everything but the POST.

use std::io;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use kai_anchore::{AnchoreReporter, ApiVersion, DeliveryError, Destination, KeptReport, Report};
use kai_core::{ReportError, Reporter};
use tracing::{debug, info};

use crate::output;
use crate::settings::Anchore;
use crate::words::counted;

/// How much of a body the log shows.
const SHOWN_MAX: usize = 64 * 1024;

/// Looks where a report would go, and how long it would be; with `-v`, what it would be.
pub(crate) struct DryRun {
    reporter: AnchoreReporter,
    account: String,
    user: String,
    /// The API of the last report.
    api: Mutex<Option<ApiVersion>>,
}

impl DryRun {
    pub(crate) fn new(reporter: AnchoreReporter, anchore: &Anchore) -> Self {
        let (account, user) = (anchore.account.clone(), anchore.user.clone());
        Self { reporter, account, user, api: Mutex::new(None) }
    }

    /// Writes to stdout what would be posted of a report that was looked at: for API v1 that is the
    /// report itself, which is indented as ever, and for v2 the very bytes.
    pub(crate) fn print(&self, report: &Report) -> io::Result<()> {
        match *self.api.lock().unwrap_or_else(PoisonError::into_inner) {
            None | Some(ApiVersion::V1) => output::print(report.inventory(), output::Format::Json),
            Some(api) => output::print_with(|out| {
                for piece in report.pieces_of(api).map_err(io::Error::other)? {
                    out.write_all(&piece.map_err(io::Error::other)?)?;
                }
                writeln!(out)
            }),
        }
    }

    async fn look(&self, report: &Report) -> Result<(), DeliveryError> {
        let to = self.reporter.destination().await?;
        let (mut bytes, mut shown) = (0, Vec::new());
        for piece in report.pieces_of(to.api)? {
            let piece = piece?;
            bytes += piece.len();
            if tracing::enabled!(tracing::Level::DEBUG) {
                let room = SHOWN_MAX - shown.len();
                shown.extend_from_slice(&piece[..room.min(piece.len())]);
            }
        }
        *self.api.lock().unwrap_or_else(PoisonError::into_inner) = Some(to.api);
        self.tell(&to, report, bytes, &shown);
        Ok(())
    }

    fn tell(&self, to: &Destination, report: &Report, bytes: usize, shown: &[u8]) {
        let account = &self.account;
        info!(
            "dry run: {bytes} bytes would be delivered to {} by API {} ({}) for account \
             `{account}`: {}",
            to.url,
            to.api,
            to.source,
            contents(report, to.api)
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
        // What was cut in the middle of a character has no other end.
        debug!("dry run: {}{cut}", String::from_utf8_lossy(shown).trim_end_matches('\u{fffd}'));
    }
}

/// How much is in a body.
fn contents(report: &Report, api: ApiVersion) -> String {
    match (api, report.kubernetes()) {
        (ApiVersion::V2, Some(kubernetes)) => format!(
            "{}, {}, {} and {}",
            counted(kubernetes.nodes().len(), "node"),
            counted(kubernetes.namespaces().len(), "namespace"),
            counted(kubernetes.pods(), "pod"),
            counted(kubernetes.containers(), "container"),
        ),
        _ => format!(
            "{} and {}",
            counted(report.inventory().namespaces().len(), "namespace"),
            counted(report.inventory().image_count(), "distinct image"),
        ),
    }
}

#[async_trait]
impl Reporter<Report> for DryRun {
    async fn deliver(&self, report: &Report) -> Result<(), ReportError> {
        self.look(report).await.map_err(|error| {
            let text = format!("the report would not be delivered to `{}`", self.reporter.url());
            ReportError::new(text, error.retry()).with_source(error)
        })
    }
}

/// Nothing is kept of what is not meant to be sent.
#[async_trait]
impl Reporter<KeptReport> for DryRun {
    async fn deliver(&self, _: &KeptReport) -> Result<(), ReportError> {
        Ok(())
    }
}
