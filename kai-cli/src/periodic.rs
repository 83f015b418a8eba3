//! Mode periodic: an inventory again and again, each printed or delivered.
//!
//! Collecting and delivering are two tasks: a receiver that is down delays no inventory. The one
//! that collects hands each report to the one that delivers, where it takes the place of an older
//! one.

mod cycles;
mod deliverer;
mod failures;
mod former;
mod mailbox;
mod observer;
mod print;
#[cfg(test)]
mod soak;
mod spool;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tracing::info;

use crate::anchore::{self, Outlet};
use crate::collect::Collector;
use crate::error::Error;
use crate::settings::{Schedule, Settings};
use crate::signals::Signals;
use crate::status::State;
use cycles::Cycles;
use deliverer::Deliverer;
use mailbox::Mailbox;
use print::Printer;
use spool::Spool;

pub(crate) use observer::{Figures, Observer, Outcome};

/// How often the observer is told that the scheduler is alive.
const BEAT: Duration = Duration::from_secs(5);
/// How long a POST, or a report that is being printed, may take once kai is to end.
const GRACE: Duration = Duration::from_millis(4500);

/// Reports until a signal comes, or nobody reads stdout any more.
pub(crate) async fn run(
    settings: Arc<Settings>,
    signals: Signals,
    status: Option<Arc<State>>,
) -> Result<(), Error> {
    let outlet = anchore::outlet(&settings)?;
    let collector = Collector::new(Arc::clone(&settings));
    let (collector, observer): (_, Arc<dyn Observer>) = match status {
        Some(state) => (collector.observed_by(Arc::clone(&state) as _), state),
        None => (collector, Arc::new(())),
    };
    Periodic::new(collector, &settings, outlet, observer).run(signals.ended()).await
}

/// What reports by a schedule.
struct Periodic {
    cycles: Cycles,
    observer: Arc<dyn Observer>,
    printer: Printer,
    delivery: Option<Delivery>,
}

/// The task that delivers.
struct Delivery {
    task: JoinHandle<()>,
    /// Tells it to come to an end.
    end: watch::Sender<bool>,
}

impl Periodic {
    /// Begins to deliver; it is connected to what is collected of in the first cycle.
    fn new(
        collector: Collector,
        settings: &Settings,
        outlet: Option<Arc<dyn Outlet>>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        let interval = interval_of(settings);
        let print = settings.print.unwrap_or(outlet.is_none());
        let printer = Printer::new(print.then_some(settings.output));
        let (mailbox, mut spool) = (Arc::new(Mailbox::default()), None);
        let delivery = outlet.map(|outlet| {
            if !settings.dry_run {
                spool = settings.anchore.as_ref().and_then(|to| Spool::of(to, interval));
            }
            let spool = spool.clone();
            let observer = Arc::clone(&observer);
            Delivery::start(
                Deliverer::new(outlet, spool, interval, observer, settings.dry_run),
                &mailbox,
            )
        });
        let mailbox = delivery.is_some().then_some(mailbox);
        let cycles = Cycles::new(
            collector,
            interval,
            printer.clone(),
            mailbox,
            spool,
            Arc::clone(&observer),
        );
        Self { cycles, observer, printer, delivery }
    }

    /// Runs until it is to end.
    async fn run(mut self, end: impl Future<Output = ()>) -> Result<(), Error> {
        let ended = tokio::select! {
            biased;
            () = end => Ok(()),
            ended = beating(self.observer.as_ref(), self.cycles.run()) => ended,
        };
        let deadline = Instant::now() + GRACE;
        // A line that is being printed is not cut, unless nobody takes it.
        let _ = timeout_at(deadline, self.printer.rest()).await;
        if let Some(delivery) = self.delivery.take() {
            delivery.end(deadline).await;
        }
        if ended.is_ok() {
            info!("ended");
        }
        ended
    }
}

fn interval_of(settings: &Settings) -> Duration {
    match settings.schedule {
        Schedule::Periodic { interval, .. } => interval,
        Schedule::Adhoc => Duration::ZERO,
    }
}

impl Delivery {
    fn start(deliverer: Deliverer, mailbox: &Arc<Mailbox>) -> Self {
        let (end, to_end) = watch::channel(false);
        let task = tokio::spawn(deliverer.run(Arc::clone(mailbox), to_end));
        Self { task, end }
    }

    /// Lets what is under way come to its end, until a deadline.
    async fn end(mut self, deadline: Instant) {
        let _ = self.end.send(true);
        if timeout_at(deadline, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Tells an observer again and again that somebody is alive, while something runs.
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
