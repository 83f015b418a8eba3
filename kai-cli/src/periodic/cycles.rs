//! Scheduled collection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use kai_core::ClusterReport;
use kai_net::backoff::Backoff;
use tokio::time::{Instant, sleep_until};
use tracing::info;

use super::failures::Failures;
use super::mailbox::{Mailbox, PendingReport};
use super::observer::{Figures, Observer, Shown};
use super::print::Printer;
use super::spool::Spool;
use crate::collect::Collector;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Reader;

/// Upper limit for the backoff after a failure, unless the interval is longer.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// At each interval, takes an inventory, prints it and passes it on.
pub(crate) struct Cycles {
    pub(super) collector: Collector,
    pub(super) interval: Duration,
    pub(super) printer: Printer,
    /// The mailboxes of the receivers.
    pub(super) mailboxes: Vec<Arc<Mailbox>>,
    /// Spools that may contain a report of an earlier process, until they were checked.
    spools: Vec<(Spool, Arc<Mailbox>)>,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) failures: Failures,
    print_failures: Failures,
    pub(super) backoff: Backoff,
    begun: bool,
}

impl Cycles {
    pub(crate) fn new(
        collector: Collector,
        interval: Duration,
        printer: Printer,
        mailboxes: Vec<Arc<Mailbox>>,
        spools: Vec<(Spool, Arc<Mailbox>)>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            collector,
            interval,
            printer,
            mailboxes,
            spools,
            observer,
            failures: Failures::of("the inventory"),
            print_failures: Failures::of("printing the report"),
            backoff: Backoff::up_to(interval.max(WAIT_MAX)),
            begun: false,
        }
    }

    /// Runs until stdout is closed.
    ///
    /// # Errors
    /// When the first cycle fails because the configuration can't be used.
    pub(crate) async fn run(&mut self) -> Result<(), Error> {
        loop {
            let started = Instant::now();
            self.observer.cycle_started();
            let taken = self.take().await;
            let took = started.elapsed();
            let next = match taken {
                Ok(taken) => {
                    self.recovered();
                    self.tell(&taken, took);
                    if self.pass_on(taken).await == Reader::Gone {
                        return Ok(());
                    }
                    // If overdue, the next cycle begins at once; missed ones are skipped.
                    started + self.interval
                }
                Err(error) => {
                    self.observer.cycle_ended(took, None);
                    Instant::now() + self.failed(error)?
                }
            };
            self.begun = true;
            sleep_until(next).await;
        }
    }

    /// Logs a failure, and returns how long to wait.
    ///
    /// # Errors
    /// When it is the first attempt, and the configuration can't be used.
    pub(super) fn failed(&mut self, error: Error) -> Result<Duration, Error> {
        if !self.begun && error.exit() == Exit::Usage {
            return Err(error);
        }
        self.begun = true;
        self.failures.failed(&error);
        Ok(self.backoff.wait())
    }

    async fn take(&mut self) -> Result<ClusterReport, Error> {
        self.connect().await?;
        self.collector.take().await
    }

    /// Connects, and passes on what an earlier process left.
    pub(super) async fn connect(&mut self) -> Result<(), Error> {
        self.collector.connect().await?;
        for (spool, mailbox) in std::mem::take(&mut self.spools) {
            if let Some(kept) = spool.look(self.collector.cluster_name()).await {
                mailbox.put(PendingReport::Kept(kept));
            }
        }
        Ok(())
    }

    /// Notes that the cluster could be read.
    pub(super) fn recovered(&mut self) {
        self.begun = true;
        self.failures.succeeded();
        self.backoff.reset();
    }

    /// Logs the result of a cycle in one line.
    pub(super) fn tell(&self, taken: &ClusterReport, took: Duration) {
        let figures = Figures {
            namespaces: taken.inventory.namespaces().len(),
            images: taken.inventory.image_count(),
            summary: taken.summary.clone(),
            skipped: taken.skipped.len(),
        };
        info!(
            namespaces = figures.namespaces,
            pods = figures.summary.pods,
            images = figures.images,
            left_out = figures.summary.left_out.values().sum::<usize>(),
            skipped = figures.skipped,
            seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0,
            "inventory taken",
        );
        self.observer.cycle_ended(took, Some(&figures));
    }

    /// Passes a report on, then prints it, so that a slow reader delays no delivery.
    async fn pass_on(&mut self, report: ClusterReport) -> Reader {
        if self.observer.wants_reports() {
            match Shown::of(&report) {
                Ok(shown) => self.observer.report(shown),
                Err(error) => self.print_failures.failed(&error),
            }
        }
        let report = Arc::new(report);
        for mailbox in &self.mailboxes {
            mailbox.put(PendingReport::Fresh(Arc::clone(&report), None));
        }
        self.print(report).await
    }

    /// Prints a report, if reports are printed.
    pub(super) async fn print(&mut self, report: Arc<ClusterReport>) -> Reader {
        if !self.printer.prints() {
            return Reader::There;
        }
        let printed = self.printer.print(report, self.interval).await;
        self.printed(printed)
    }

    fn printed(&mut self, printed: io::Result<Reader>) -> Reader {
        match printed {
            Ok(reader) => {
                self.print_failures.succeeded();
                reader
            }
            Err(error) => {
                self.print_failures.failed(&Error::Write(error));
                Reader::There
            }
        }
    }
}
