//! Delivering: one POST at a time, of the newest report, until it was taken.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kai_anchore::Report;
use kai_core::{ReportError, Retry};
use kai_net::backoff::Backoff;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info};

use super::failures::Failures;
use super::former::Former;
use super::mailbox::{Mail, Mailbox};
use super::observer::{Observer, Outcome};
use super::spool::{Kept, Spool};
use crate::anchore::Outlet;
use crate::deliver::wait_after;
use crate::words::Took;

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
    /// How long a POST may take once there is a newer report.
    patience: Duration,
    /// Whether the first delivery was told, or is not to be.
    told: bool,
}

/// A report that is ready to be sent.
struct Parcel {
    content: Content,
    /// What the receiver believes once it has it.
    after: Former,
    /// Whether the spool holds it.
    is_kept: bool,
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// No POST is begun any more.
    AtOnce,
    /// What was not tried as yet is tried once.
    AfterOneTry,
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
        timeout: Option<Duration>,
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
            // Not the interval alone: where that is shorter than a POST, none would get through.
            patience: interval.max(WAIT_MAX).max(timeout.unwrap_or_default()),
            told: dry_run,
        }
    }

    /// Delivers what comes, until it is told to end: then a try that is under way is the last one,
    /// and what has come meanwhile is kept.
    pub(crate) async fn run(
        mut self,
        mailbox: Arc<Mailbox>,
        mut end: watch::Receiver<Option<End>>,
    ) {
        let (mut ready, mut at) = (None, Instant::now());
        let end = loop {
            tokio::select! {
                biased;
                end = ended(&mut end) => break end,
                // It is kept at once, and sent when it is time to.
                newer = mailbox.take() => {
                    self.replaced(ready.is_some());
                    ready = Some(self.prepare(newer, None).await);
                }
                () = sleep_until(at), if ready.is_some() => {
                    if let Some(parcel) = ready.take() {
                        (ready, at) = self.attempt(parcel, &mailbox).await;
                    }
                }
            }
        };
        if let Some(newer) = mailbox.look() {
            self.replaced(ready.is_some());
            ready = Some(self.prepare(newer, None).await);
        }
        if let (End::AfterOneTry, Some(parcel), true) = (end, ready, at <= Instant::now()) {
            self.attempt(parcel, &mailbox).await;
        }
    }

    /// Makes a report ready: what is gone is added to it, and it is kept. Where one is under way,
    /// the receiver may have that one before, or may not.
    async fn prepare(&mut self, mail: Mail, under_way: Option<&Parcel>) -> Parcel {
        let taken = match mail {
            Mail::Kept(kept) => {
                let after = Former::of(kept.namespaces.clone());
                return Parcel { content: Content::Kept(kept), after, is_kept: true };
            }
            Mail::Fresh(taken) => taken,
        };
        let mut believed = vec![&self.former];
        believed.extend(under_way.map(|parcel| &parcel.after));
        let after = Former::after(&believed, &taken);
        let report = Arc::new(Former::add_to(&believed, *taken).into_report());
        let mut is_kept = false;
        if let Some(spool) = &self.spool {
            match spool.keep(Arc::clone(&report), &after).await {
                Ok(kept) => {
                    self.spool_failures.succeeded();
                    is_kept = kept;
                }
                Err(error) => self.spool_failures.failed(&error),
            }
        }
        Parcel { content: Content::Fresh(report), after, is_kept }
    }

    /// Tries once, unless it is too late for that; what is to be sent then, and when.
    async fn attempt(&mut self, parcel: Parcel, mailbox: &Mailbox) -> (Option<Parcel>, Instant) {
        if parcel.is_too_old() {
            if let Some(spool) = &self.spool {
                spool.expire().await;
            }
            return (None, Instant::now());
        }
        let (tried, newer) = self.post(&parcel, mailbox).await;
        match tried.map_err(|error| self.failed(&error)) {
            Ok(()) => {
                self.delivered(&parcel, newer.as_ref()).await;
                (newer, Instant::now())
            }
            Err(Some(again)) => {
                self.replaced(newer.is_some());
                (newer.or(Some(parcel)), again)
            }
            Err(None) => (newer, Instant::now()),
        }
    }

    /// Sends a report, and makes the newest one ready that comes meanwhile. Once there is one, the
    /// older one is given up where it takes too long: a receiver that never answers would be the
    /// end of all deliveries.
    async fn post(
        &mut self,
        parcel: &Parcel,
        mailbox: &Mailbox,
    ) -> (Result<(), ReportError>, Option<Parcel>) {
        let outlet = Arc::clone(&self.outlet);
        let mut sent = pin!(parcel.send(outlet.as_ref()));
        let (too_long, mut newer) = (Instant::now() + self.patience, None);
        loop {
            tokio::select! {
                biased;
                tried = &mut sent => return (tried, newer),
                mail = mailbox.take() => {
                    self.replaced(newer.is_some());
                    newer = Some(self.prepare(mail, Some(parcel)).await);
                }
                () = sleep_until(too_long), if newer.is_some() => {
                    let why = format!("no answer within {}", Took(self.patience));
                    return (Err(ReportError::new(why, Retry::After(Duration::ZERO))), newer);
                }
            }
        }
    }

    async fn delivered(&mut self, parcel: &Parcel, newer: Option<&Parcel>) {
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
        if let Some(spool) = &self.spool
            && !newer.is_some_and(|newer| newer.is_kept)
        {
            spool.clear().await;
        }
    }

    /// Tells that a report was replaced, where one was.
    fn replaced(&self, was: bool) {
        if was {
            self.observer.delivered(Outcome::Replaced);
        }
    }

    fn failed(&mut self, error: &ReportError) -> Option<Instant> {
        self.failures.failed(error);
        let wait = wait_after(error, &mut self.backoff);
        self.observer.delivered(if wait.is_some() { Outcome::Failed } else { Outcome::Refused });
        wait.map(|wait| Instant::now() + wait)
    }
}

impl Parcel {
    async fn send(&self, outlet: &dyn Outlet) -> Result<(), ReportError> {
        match &self.content {
            Content::Fresh(report) => outlet.deliver(report.as_ref()).await,
            Content::Kept(kept) => outlet.deliver(&kept.report).await,
        }
    }

    fn is_too_old(&self) -> bool {
        matches!(&self.content, Content::Kept(kept) if kept.deadline <= Instant::now())
    }
}

async fn ended(end: &mut watch::Receiver<Option<End>>) -> End {
    let told = end.wait_for(Option::is_some).await;
    // Whoever could tell is gone with the process.
    told.ok().and_then(|end| *end).unwrap_or(End::AtOnce)
}
