//! Mode adhoc: takes one inventory, prints and delivers it.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;
use kai_core::{ClusterReport, Details, LeftOutReason, ReportError, Sink, Summary};
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use crate::collect::Collector;
use crate::deliver::deliver;
use crate::dry_run::DryRun;
use crate::error::{Error, one_line};
use crate::output;
use crate::settings::{Settings, Source};
use crate::signals::Signals;
use crate::sinks::{self, Receiver};
use crate::words::{Took, counted};

/// Takes one inventory, prints it completely or not at all, and delivers it.
pub(crate) async fn run(settings: Arc<Settings>, mut signals: Signals) -> Result<(), Error> {
    let (shown, receivers) = if settings.shows_body() {
        (sinks::dry_runs(&settings)?, Vec::new())
    } else {
        (Vec::new(), sinks::receivers(&settings)?)
    };
    let needs = sinks::needs(&receivers).union(settings.output.needs(&settings.view));
    let needs = shown.iter().fold(needs, |needs, dry_run| needs.union(dry_run.needs()));
    let taken = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        taken = take(&settings, needs) => taken,
    };
    // A signal received while the thread was busy.
    if let Some(signal) = signals.received() {
        return Err(Error::Signal(signal));
    }
    let taken = taken?;
    let skipped = taken.skipped.len();
    let report = Arc::new(taken);
    if !shown.is_empty() {
        for dry_run in shown {
            show(dry_run, &report, &mut signals).await?;
        }
        return end(&mut signals, skipped);
    }
    let print = || output::print(&report, settings.output, &settings.view).map_err(Error::Write);

    if receivers.is_empty() {
        print()?;
        return end(&mut signals, skipped);
    }
    let printed = if settings.print == Some(false) { None } else { Some(print()) };
    let delivered = tokio::select! {
        biased;
        signal = signals.first() => Err(Error::Signal(signal)),
        delivered = deliver_to_all(&receivers, &report, settings.dry_run) => {
            delivered.map_err(Error::Delivery)
        }
    };
    // An undelivered report is printed, so that it isn't lost.
    let is_lost = delivered.is_err() || settings.dry_run;
    let printed = printed.unwrap_or_else(|| if is_lost { print() } else { Ok(()) });
    match (printed, delivered) {
        (_, Err(signal @ Error::Signal(_))) => Err(signal),
        (Err(write), Err(delivery)) => {
            delivery.tell(&settings.log);
            Err(write)
        }
        (Err(error), Ok(())) | (Ok(()), Err(error)) => {
            if skipped > 0 {
                Error::Skipped { count: skipped }.tell(&settings.log);
            }
            Err(error)
        }
        (Ok(()), Ok(())) => end(&mut signals, skipped),
    }
}

/// Prints the request body instead of the report: completely, or not at all if it can't be
/// determined.
async fn show(
    dry_run: DryRun,
    report: &Arc<ClusterReport>,
    signals: &mut Signals,
) -> Result<(), Error> {
    let report = Arc::clone(report);
    let payload = dry_run.encode(&report).map_err(Error::Delivery)?;
    tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        looked = deliver(&dry_run, &payload) => looked.map_err(Error::Delivery)?,
    };
    // The reader may be slow, and signals must still be handled.
    let printed = tokio::select! {
        biased;
        signal = signals.first() => return Err(Error::Signal(signal)),
        printed = spawn_blocking(move || dry_run.print(&report, &payload)) => printed,
    };
    printed.map_err(io::Error::other).flatten().map_err(Error::Write)
}

/// Delivers to all receivers concurrently. A failure doesn't affect the other deliveries; the first
/// one becomes the error of the run.
async fn deliver_to_all(
    receivers: &[Receiver],
    report: &Arc<ClusterReport>,
    dry_run: bool,
) -> Result<(), ReportError> {
    let deliveries = receivers.iter().map(async |Receiver { sink, url, .. }| {
        deliver(sink.as_ref(), &sink.encode(report)?).await?;
        if !dry_run {
            info!("delivered to {url}");
        }
        Ok(())
    });
    let mut failures = join_all(deliveries).await.into_iter().filter_map(Result::err);
    let Some(first) = failures.next() else { return Ok(()) };
    failures.for_each(|failure| warn!("{}", one_line(&failure)));
    Err(first)
}

/// The result of a run whose report was printed and, if configured, delivered.
fn end(signals: &mut Signals, skipped: usize) -> Result<(), Error> {
    match (signals.received(), skipped) {
        (Some(signal), _) => Err(Error::Signal(signal)),
        (None, 0) => Ok(()),
        (None, count) => Err(Error::Skipped { count }),
    }
}

async fn take(settings: &Arc<Settings>, needs: Details) -> Result<ClusterReport, Error> {
    let started = Instant::now();
    let mut collector = Collector::new(Arc::clone(settings), needs);
    collector.connect().await?;
    let taken = collector.take().await?;
    summarize(&taken, started);
    let is_input = !matches!(settings.source, Source::Cluster(_));
    if is_input && taken.summary.pods == 0 {
        let selector = settings.collect.selector();
        let some = selector.included().is_some() || selector.excludes_any();
        warn!("the input holds no pods{}", if some { " of the selected namespaces" } else { "" });
    }
    Ok(taken)
}

pub(crate) fn summarize(taken: &ClusterReport, started: Instant) {
    info!(
        "{}, {} and {} in {}",
        counted(taken.inventory.namespaces().len(), "namespace"),
        counted(taken.summary.pods, "pod"),
        counted(taken.inventory.image_count(), "distinct image"),
        Took(started.elapsed()),
    );
    left_out(&taken.summary);
}

fn left_out(summary: &Summary) {
    for (reason, count) in &summary.left_out {
        let why = match reason {
            LeftOutReason::Phase => "nothing of the pod runs",
            LeftOutReason::Policy => "the image has no tag, and the policy is `drop`",
            LeftOutReason::Filter => "a filter of pods or images",
            LeftOutReason::Parse => "no text of the image names a repository",
            _ => "kai-core says so",
        };
        info!("left out {}: {why}", counted(*count, "container"));
    }
}
