//! Delivering: one POST at a time, of the newest report, until it was taken.

use std::sync::Arc;
use std::time::Duration;

use kai_anchore::Report;
use kai_core::ReportError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info};

use super::failures::Failures;
use super::former::Former;
use super::mailbox::{Mail, Mailbox};
use super::observer::{Observer, Outcome};
use super::spool::{Kept, Spool};
use crate::anchore::Outlet;
use crate::backoff::Backoff;
use crate::deliver::wait_after;

/// The longest wait between two tries that nobody asked for.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Delivers reports.
pub(crate) struct Deliverer {
    outlet: Arc<dyn Outlet>,
    spool: Option<Spool>,
    observer: Arc<dyn Observer>,
    former: Former,
    failures: Failures,
    spool_failures: Failures,
    backoff: Backoff,
    /// Whether the first delivery was told, or is not to be.
    told: bool,
}

/// A report that is ready to be sent.
struct Parcel {
    content: Content,
    /// What the receiver believes once it has it.
    after: Former,
}

enum Content {
    Fresh(Arc<Report>),
    Kept(Kept),
}

impl Deliverer {
    pub(crate) fn new(
        outlet: Arc<dyn Outlet>,
        spool: Option<Spool>,
        interval: Duration,
        observer: Arc<dyn Observer>,
        dry_run: bool,
    ) -> Self {
        Self {
            outlet,
            spool,
            observer,
            former: Former::default(),
            failures: Failures::of("the delivery"),
            spool_failures: Failures::of("keeping the report"),
            // By then there is a newer report, for which it is worth another try.
            backoff: Backoff::up_to(interval.min(WAIT_MAX)),
            told: dry_run,
        }
    }

    /// Delivers what comes, until it is told to end: then a try that is under way is the last one,
    /// and what has come meanwhile is kept.
    pub(crate) async fn run(mut self, mailbox: Arc<Mailbox>, mut end: watch::Receiver<bool>) {
        loop {
            let mail = tokio::select! {
                biased;
                mail = mailbox.take() => mail,
                () = ended(&mut end) => return,
            };
            let mut parcel = self.prepare(mail).await;
            while let Some(until) = self.attempt(&parcel).await {
                loop {
                    tokio::select! {
                        biased;
                        // It is kept at once, and sent when it is time to.
                        newer = mailbox.take() => {
                            self.observer.delivered(Outcome::Replaced);
                            parcel = self.prepare(newer).await;
                        }
                        () = ended(&mut end) => return,
                        () = sleep_until(until) => break,
                    }
                }
            }
        }
    }

    /// Makes a report ready: what is gone is added to it, and it is kept.
    async fn prepare(&mut self, mail: Mail) -> Parcel {
        let taken = match mail {
            Mail::Kept(kept) => {
                let after = Former::of(kept.namespaces.clone());
                return Parcel { content: Content::Kept(kept), after };
            }
            Mail::Fresh(taken) => taken,
        };
        let after = self.former.after(&taken);
        let report = Arc::new(self.former.add_to(*taken).into_report());
        if let Some(spool) = &self.spool {
            match spool.keep(Arc::clone(&report), &after).await {
                Ok(()) => self.spool_failures.succeeded(),
                Err(error) => self.spool_failures.failed(&error),
            }
        }
        Parcel { content: Content::Fresh(report), after }
    }

    /// Tries once; when to try again, where that may help.
    async fn attempt(&mut self, parcel: &Parcel) -> Option<Instant> {
        let tried = match &parcel.content {
            Content::Fresh(report) => self.outlet.deliver(report.as_ref()).await,
            Content::Kept(kept) => self.outlet.deliver(&kept.report).await,
        };
        match tried {
            Ok(()) => {
                self.delivered(parcel).await;
                None
            }
            Err(error) => self.failed(&error),
        }
    }

    async fn delivered(&mut self, parcel: &Parcel) {
        self.failures.succeeded();
        self.backoff.reset();
        self.observer.delivered(Outcome::Delivered);
        match &parcel.content {
            Content::Kept(_) => info!("the report that was kept is delivered"),
            Content::Fresh(_) if !self.told => info!("the first report is delivered"),
            Content::Fresh(_) => debug!("delivered"),
        }
        self.told |= matches!(parcel.content, Content::Fresh(_));
        self.former = Former::of(parcel.after.uids().clone());
        if let Some(spool) = &self.spool {
            spool.clear().await;
        }
    }

    fn failed(&mut self, error: &ReportError) -> Option<Instant> {
        self.failures.failed(error);
        let wait = wait_after(error, &mut self.backoff);
        self.observer.delivered(if wait.is_some() { Outcome::Failed } else { Outcome::Refused });
        wait.map(|wait| Instant::now() + wait)
    }
}

async fn ended(end: &mut watch::Receiver<bool>) {
    // Whoever could tell is gone with the process.
    let _ = end.wait_for(|end| *end).await;
}
