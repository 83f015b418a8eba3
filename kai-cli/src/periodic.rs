//! The modes periodic and watch: take an inventory at each interval, or at changes, and print or
//! deliver it.
//!
//! Collection is one task, and delivery one more per receiver: an unavailable receiver delays
//! neither inventories nor other receivers. The collecting task puts each report into the mailbox
//! of each receiver, where it replaces an older one.

mod cycles;
mod delivered;
mod deliverer;
mod document;
mod failures;
mod live;
mod mailbox;
mod observer;
mod pace;
mod print;
#[cfg(test)]
mod soak;
mod spool;
#[cfg(test)]
pub(crate) mod tests;
mod watching;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use kai_k8s::RequestObserver;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tracing::info;

use crate::collect::Collector;
use crate::error::Error;
use crate::output::html;
use crate::settings::{Schedule, Settings};
use crate::signals::Signals;
use crate::sinks::{self, Receiver};
use cycles::Cycles;
use deliverer::{Deliverer, End};
use mailbox::Mailbox;
use print::Printer;
use spool::Spool;
use watching::Watching;

pub(crate) use document::Document;
pub(crate) use live::Live;
pub(crate) use observer::{Figures, Observer, Outcome, Shown};

/// Interval of the scheduler's heartbeat.
const BEAT: Duration = Duration::from_secs(5);
/// Grace period for a POST, or for printing a report, during shutdown.
const GRACE: Duration = Duration::from_millis(4500);

/// The observers of mode periodic.
pub(crate) struct Observers {
    /// Is notified of each request to the cluster.
    pub(crate) requests: Arc<dyn RequestObserver>,
    /// Is notified of each cycle and each delivery.
    pub(crate) schedule: Arc<dyn Observer>,
}

/// Runs until a signal is received, or until stdout is closed.
pub(crate) async fn run(
    settings: Arc<Settings>,
    signals: Signals,
    observers: Option<Observers>,
) -> Result<(), Error> {
    let receivers = sinks::receivers(&settings)?;
    let prints = prints(&settings, &receivers);
    let needs = sinks::needs(&receivers);
    let needs = if prints { needs.union(settings.output.needs(&settings.view)) } else { needs };
    let collector = Collector::new(Arc::clone(&settings), needs);
    let shows = observers.as_ref().is_some_and(|observers| observers.schedule.wants_reports());
    let collector =
        if shows { collector.also_collecting(html::needs(&settings.view)) } else { collector };
    let (collector, observer) = match observers {
        Some(Observers { requests, schedule }) => (collector.observed_by(requests), schedule),
        None => (collector, Arc::new(()) as Arc<dyn Observer>),
    };
    Periodic::new(collector, &settings, receivers, observer).run(signals.ended()).await
}

/// The scheduler.
struct Periodic {
    producer: Producer,
    observer: Arc<dyn Observer>,
    printer: Printer,
    deliveries: Vec<Delivery>,
}

/// What makes reports.
enum Producer {
    Cycles(Box<Cycles>),
    Watching(Box<Watching>),
}

impl Producer {
    async fn run(&mut self) -> Result<(), Error> {
        match self {
            Self::Cycles(cycles) => cycles.run().await,
            Self::Watching(watching) => watching.run().await,
        }
    }
}

/// The delivery task of one receiver.
struct Delivery {
    task: JoinHandle<()>,
    /// Tells it to shut down.
    end: watch::Sender<Option<End>>,
}

impl Periodic {
    /// Starts the delivery tasks; the source is connected in the first cycle.
    fn new(
        collector: Collector,
        settings: &Settings,
        receivers: Vec<Receiver>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let interval = interval_of(settings);
        let printer = Printer::new(
            prints(settings, &receivers).then(|| (settings.output, settings.view.clone())),
        );
        // In a dry run nothing is delivered.
        let heard: Arc<dyn Observer> =
            if settings.dry_run { Arc::new(()) } else { Arc::clone(&observer) };
        let (mut mailboxes, mut spools, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
        for receiver in receivers {
            let mailbox = Arc::new(Mailbox::new(Arc::clone(&heard)));
            let spool = if settings.dry_run { None } else { Spool::of(&receiver, interval) };
            spools.extend(spool.clone().map(|spool| (spool, Arc::clone(&mailbox))));
            let Receiver { sink, timeout, .. } = receiver;
            let (heard, dry_run) = (Arc::clone(&heard), settings.dry_run);
            let deliverer = Deliverer::new(sink, spool, interval, timeout, heard, dry_run);
            deliveries.push(Delivery::start(deliverer, &mailbox));
            mailboxes.push(mailbox);
        }
        let cycles = Cycles::new(
            collector,
            interval,
            printer.clone(),
            mailboxes,
            spools,
            Arc::clone(&observer),
        );
        let producer = match &settings.schedule {
            Schedule::Periodic { watch: Some(watch), .. } => {
                Producer::Watching(Box::new(Watching::new(cycles, *watch, settings)))
            }
            _ => Producer::Cycles(Box::new(cycles)),
        };
        Self { producer, observer, printer, deliveries }
    }

    /// Runs until `end` resolves, or until the cycles end.
    async fn run(mut self, end: impl Future<Output = ()>) -> Result<(), Error> {
        let (ended, how) = tokio::select! {
            biased;
            () = end => (Ok(()), End::AtOnce),
            ended = beating(self.observer.as_ref(), self.producer.run()) => (ended, End::AfterOneTry),
        };
        let deadline = Instant::now() + GRACE;
        let deliveries = std::mem::take(&mut self.deliveries);
        let delivered = join_all(deliveries.into_iter().map(|it| it.end(how, deadline)));
        // A report that is being printed is not cut off, unless its reader is stuck.
        let _ = tokio::join!(timeout_at(deadline, self.printer.rest()), delivered);
        if ended.is_ok() {
            info!("ended");
        }
        ended
    }
}

/// Whether reports are printed: if configured, or if there are no receivers.
fn prints(settings: &Settings, receivers: &[Receiver]) -> bool {
    settings.print.unwrap_or(receivers.is_empty())
}

fn interval_of(settings: &Settings) -> Duration {
    match settings.schedule {
        Schedule::Periodic { interval, .. } => interval,
        Schedule::Adhoc => Duration::ZERO,
    }
}

impl Delivery {
    fn start(deliverer: Deliverer, mailbox: &Arc<Mailbox>) -> Self {
        let (end, to_end) = watch::channel(None);
        let task = tokio::spawn(deliverer.run(Arc::clone(mailbox), to_end));
        Self { task, end }
    }

    /// Lets the task finish its current work, until a deadline.
    async fn end(mut self, how: End, deadline: Instant) {
        let _ = self.end.send(Some(how));
        if timeout_at(deadline, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Sends heartbeats to an observer while a future runs.
async fn beating<T>(observer: &dyn Observer, run: impl Future<Output = T>) -> T {
    let mut run = std::pin::pin!(run);
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = beats.tick() => observer.beat(),
            done = &mut run => return done,
        }
    }
}
