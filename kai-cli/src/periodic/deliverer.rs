//! Delivery: one POST at a time, of the newest report, until it is accepted.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use kai_core::{ClusterReport, Payload, ReportError, Retry, Sink};
use kai_net::backoff::Backoff;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info};

use super::delivered::DeliveredNamespaces;
use super::failures::Failures;
use super::mailbox::{Mailbox, PendingReport, Position};
use super::observer::{Observer, Outcome};
use super::spool::{Kept, Spool};
use crate::deliver::wait_after;
use crate::words::Took;

/// Upper limit for the backoff; delays requested by the receiver may be longer.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Delivers reports.
pub(crate) struct Deliverer {
    sink: Arc<dyn Sink>,
    spool: Option<Spool>,
    observer: Arc<dyn Observer>,
    delivered: DeliveredNamespaces,
    failures: Failures,
    spool_failures: Failures,
    backoff: Backoff,
    /// Timeout of a POST once there is a newer report.
    patience: Duration,
    /// Whether the first delivery was logged already, or isn't to be.
    told: bool,
}

/// A report that is ready to be sent.
struct PreparedReport {
    /// Whether it comes from this process or an earlier one.
    origin: Origin,
    content: Content,
    /// The receiver's namespaces after it was delivered.
    after: DeliveredNamespaces,
    /// Whether it is in the spool.
    is_kept: bool,
}

/// How to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Without starting another POST.
    AtOnce,
    /// After one attempt to send a report that was not tried yet.
    AfterOneTry,
}

enum Content {
    Encoded(Payload),
    /// It could not be encoded. The attempt to deliver it returns the error.
    Report(Arc<ClusterReport>),
}

enum Origin {
    /// With the position up to which it has what ended.
    Fresh(Option<Position>),
    /// Expires at this time.
    Kept(Instant),
}

impl Deliverer {
    pub(crate) fn new(
        sink: Arc<dyn Sink>,
        spool: Option<Spool>,
        interval: Duration,
        timeout: Option<Duration>,
        observer: Arc<dyn Observer>,
        dry_run: bool,
    ) -> Self {
        Self {
            sink,
            spool,
            observer,
            delivered: DeliveredNamespaces::default(),
            failures: Failures::of("the delivery"),
            spool_failures: Failures::of("keeping the report"),
            // After an interval there is a newer report, which is worth another attempt.
            backoff: Backoff::up_to(interval.min(WAIT_MAX)),
            // Not just the interval: if that is shorter than a POST, no POST would ever finish.
            patience: interval.max(WAIT_MAX).max(timeout.unwrap_or_default()),
            told: dry_run,
        }
    }

    /// Delivers reports until told to end: an attempt in progress is then the last one, and newer
    /// reports are kept in the spool.
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
                // It goes to the spool at once, and is sent when it is due.
                newer = mailbox.take() => {
                    self.replaced(ready.is_some());
                    ready = Some(self.prepare(newer, None).await);
                }
                () = sleep_until(at), if ready.is_some() => {
                    if let Some(prepared) = ready.take() {
                        (ready, at) = self.attempt(prepared, &mailbox).await;
                    }
                }
            }
        };
        if let Some(newer) = mailbox.look() {
            self.replaced(ready.is_some());
            ready = Some(self.prepare(newer, None).await);
        }
        if let (End::AfterOneTry, Some(prepared), true) = (end, ready, at <= Instant::now()) {
            self.attempt(prepared, &mailbox).await;
        }
    }

    /// Prepares a report: adds namespaces that are gone, encodes it, and stores it in the spool. If
    /// another one is in flight, the receiver may or may not have received that one before.
    async fn prepare(
        &mut self,
        report: PendingReport,
        under_way: Option<&PreparedReport>,
    ) -> PreparedReport {
        let (report, position) = match report {
            PendingReport::Kept(Kept { payload, namespaces, deadline }) => {
                let after = DeliveredNamespaces::new(namespaces);
                let origin = Origin::Kept(deadline);
                return PreparedReport {
                    origin,
                    content: Content::Encoded(payload),
                    after,
                    is_kept: true,
                };
            }
            PendingReport::Fresh(report, position) => (report, position),
        };
        let mut believed = vec![&self.delivered];
        believed.extend(under_way.map(|prepared| &prepared.after));
        let after = DeliveredNamespaces::after(&believed, &report);
        let report = DeliveredNamespaces::add_to(&believed, report);
        let (mut content, mut is_kept) = match self.sink.encode(&report) {
            Ok(payload) => (Content::Encoded(payload), false),
            Err(_) => (Content::Report(Arc::clone(&report)), false),
        };
        if let (Some(spool), Content::Encoded(payload)) = (&self.spool, &content) {
            match spool.keep(payload.clone(), &report.inventory, &after).await {
                Ok(kept) => {
                    self.spool_failures.succeeded();
                    // A stored report is sent from the file.
                    if let Some(kept) = kept {
                        (content, is_kept) = (Content::Encoded(kept), true);
                    }
                }
                Err(error) => self.spool_failures.failed(&error),
            }
        }
        PreparedReport { origin: Origin::Fresh(position), content, after, is_kept }
    }

    /// Makes one attempt, unless the report has expired; returns what to send next, and when.
    async fn attempt(
        &mut self,
        prepared: PreparedReport,
        mailbox: &Mailbox,
    ) -> (Option<PreparedReport>, Instant) {
        if prepared.is_too_old() {
            if let Some(spool) = &self.spool {
                spool.expire().await;
            }
            return (None, Instant::now());
        }
        let (tried, newer) = self.post(&prepared, mailbox).await;
        match tried.map_err(|error| self.failed(&error)) {
            Ok(()) => {
                if let Origin::Fresh(Some(position)) = &prepared.origin {
                    mailbox.acknowledge(*position);
                }
                self.delivered(&prepared, newer.as_ref()).await;
                (newer, Instant::now())
            }
            Err(Some(again)) => {
                self.replaced(newer.is_some());
                (newer.or(Some(prepared)), again)
            }
            Err(None) => (newer, Instant::now()),
        }
    }

    /// Sends a report, and meanwhile prepares newer ones. Once there is a newer one, the current
    /// POST is given up if it takes too long: a receiver that never responds would block all
    /// deliveries.
    async fn post(
        &mut self,
        prepared: &PreparedReport,
        mailbox: &Mailbox,
    ) -> (Result<(), ReportError>, Option<PreparedReport>) {
        let sink = Arc::clone(&self.sink);
        let mut sent = pin!(prepared.send(sink.as_ref()));
        let (too_long, mut newer) = (Instant::now() + self.patience, None);
        loop {
            tokio::select! {
                biased;
                tried = &mut sent => return (tried, newer),
                report = mailbox.take() => {
                    self.replaced(newer.is_some());
                    newer = Some(self.prepare(report, Some(prepared)).await);
                }
                () = sleep_until(too_long), if newer.is_some() => {
                    let why = format!("no answer within {}", Took(self.patience));
                    return (Err(ReportError::new(why, Retry::After(Duration::ZERO))), newer);
                }
            }
        }
    }

    async fn delivered(&mut self, prepared: &PreparedReport, newer: Option<&PreparedReport>) {
        self.failures.succeeded();
        self.backoff.reset();
        self.observer.delivered(Outcome::Delivered);
        match &prepared.origin {
            Origin::Kept(_) => info!("the report that was kept is delivered"),
            Origin::Fresh(_) if !self.told => info!("the first report is delivered"),
            Origin::Fresh(_) => debug!("delivered"),
        }
        self.told |= matches!(prepared.origin, Origin::Fresh(_));
        self.delivered = prepared.after.clone();
        if let Some(spool) = &self.spool
            && !newer.is_some_and(|newer| newer.is_kept)
        {
            spool.clear().await;
        }
    }

    /// Notifies the observer if a report was replaced.
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

impl PreparedReport {
    async fn send(&self, sink: &dyn Sink) -> Result<(), ReportError> {
        match &self.content {
            Content::Encoded(payload) => sink.deliver(payload).await,
            Content::Report(report) => sink.deliver(&sink.encode(report)?).await,
        }
    }

    fn is_too_old(&self) -> bool {
        matches!(&self.origin, Origin::Kept(deadline) if *deadline <= Instant::now())
    }
}

async fn ended(end: &mut watch::Receiver<Option<End>>) -> End {
    let told = end.wait_for(Option::is_some).await;
    // The sender is only dropped when the process ends.
    told.ok().and_then(|end| *end).unwrap_or(End::AtOnce)
}
