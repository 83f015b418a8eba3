//! The composition root for delivery: from settings to sinks.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kai_anchore::{AnchoreSettings, AnchoreSink};
use kai_core::{Details, Sink};
use tracing::info;

use crate::dry_run::DryRun;
use crate::error::Error;
use crate::settings::{Anchore, Settings};
use crate::version;

/// A receiver of reports, and its delivery options.
#[derive(Clone)]
pub(crate) struct Receiver {
    /// The sink.
    pub(crate) sink: Arc<dyn Sink>,
    /// Its URL.
    pub(crate) url: String,
    /// The account that the reports belong to.
    pub(crate) account: String,
    /// Timeout of a request; `None` means no limit.
    pub(crate) timeout: Option<Duration>,
    /// The spool directory for undelivered reports.
    pub(crate) spool: Option<PathBuf>,
}

/// The configured receivers. Reads their passwords, to verify that they are readable.
pub(crate) fn receivers(settings: &Settings) -> Result<Vec<Receiver>, Error> {
    if settings.dry_run && settings.anchore.is_empty() {
        info!("nothing would be delivered");
    }
    let receivers = settings.anchore.iter().map(|anchore| {
        let sink = anchore_sink(&anchore.settings)?;
        let sink: Arc<dyn Sink> = if settings.dry_run {
            Arc::new(DryRun::new(sink, &anchore.settings))
        } else {
            Arc::new(sink)
        };
        Ok(Receiver::of(sink, anchore))
    });
    receivers.collect()
}

/// The configured receivers as dry runs; empty: no delivery.
pub(crate) fn dry_runs(settings: &Settings) -> Result<Vec<DryRun>, Error> {
    if settings.anchore.is_empty() {
        info!("nothing would be delivered");
    }
    let settings = settings.anchore.iter().map(|anchore| &anchore.settings);
    settings.map(|settings| Ok(DryRun::new(anchore_sink(settings)?, settings))).collect()
}

/// The details that reports must contain for these receivers.
pub(crate) fn needs(receivers: &[Receiver]) -> Details {
    let needs = receivers.iter().map(|receiver| receiver.sink.needs());
    needs.fold(Details::default(), Details::union)
}

fn anchore_sink(settings: &AnchoreSettings) -> Result<AnchoreSink, Error> {
    Ok(AnchoreSink::new(&settings.clone().user_agent(version::user_agent()))?)
}

impl Receiver {
    /// A receiver for the configured Anchore.
    pub(crate) fn of(sink: Arc<dyn Sink>, Anchore { settings, spool }: &Anchore) -> Self {
        Self {
            sink,
            url: settings.url.to_string(),
            account: settings.account.clone(),
            timeout: settings.timeout,
            spool: spool.clone(),
        }
    }
}
