//! Mode watch: follows a cluster, and reports what changes.

mod consumers;
mod verify;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use kai_core::{
    Change, ClusterReport, ClusterState, CollectOptions, Interruption, LivePodSource, Mark,
    SourceError, SourceErrorKind, Window,
};
use kai_k8s::CannotWatch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::{debug, info, warn};

use super::cycles::Cycles;
use super::failures::Failures;
use super::live::Live;
use super::mailbox::{PendingReport, Position};
use crate::error::{Error, one_line};
use crate::keys::ReportWindow;
use crate::logging::Level;
use crate::output::Reader;
use crate::settings::{Settings, Watch};
use crate::words::counted;
use consumers::{Consumers, Paces};
use verify::Verification;

/// How long reports are made in mode periodic, where watching is not possible, until it is tried
/// again.
const PERIODIC: Duration = Duration::from_secs(60 * 60);

/// Follows a cluster.
pub(crate) struct Watching {
    cycles: Cycles,
    watch: Watch,
    /// Whether pods are named in the log.
    keeps_names: bool,
    /// What is known, also while the source is opened again; `None`: nothing.
    known: Option<Known>,
    /// How many states there were.
    epochs: u64,
    touch: Failures,
    /// Whether it was logged that watching is not possible.
    told: bool,
    /// Since when everything is listed.
    began: Option<Instant>,
}

/// A state of the cluster, and who has which part of it.
struct Known {
    live: Arc<Live>,
    /// Which of the states it is.
    epoch: u64,
    consumers: Consumers,
    /// How many ends were lost so far.
    lost: u64,
}

/// Why following ended.
enum Ended {
    /// Stdout is closed.
    ReaderGone,
    Failed(Interruption),
    /// What is known is not what the cluster has.
    Drifted,
}

/// Reports of one state, each of another window.
type Made = Vec<(Window, Arc<ClusterReport>)>;

impl Watching {
    pub(crate) fn new(cycles: Cycles, watch: Watch, settings: &Settings) -> Self {
        Self {
            cycles,
            watch,
            keeps_names: settings.log.level >= Level::DEBUG,
            known: None,
            epochs: 0,
            touch: Failures::of("following the cluster"),
            told: false,
            began: None,
        }
    }

    /// Runs until stdout is closed.
    ///
    /// # Errors
    /// When the first attempt fails because the configuration can't be used.
    pub(crate) async fn run(&mut self) -> Result<(), Error> {
        loop {
            let started = Instant::now();
            let error = match self.cycles.connect().await {
                Ok(()) => match self.follow().await {
                    Ended::ReaderGone => return Ok(()),
                    Ended::Drifted => continue,
                    Ended::Failed(why) => why,
                },
                Err(error) => {
                    self.cycles.observer.cycle_ended(started.elapsed(), None);
                    sleep(self.cycles.failed(error)?).await;
                    continue;
                }
            };
            if let Some(why) = CannotWatch::of(error.error()) {
                self.tell_why(error.error(), &why);
                self.cycles.observer.watching(None);
                self.cycles.observer.in_touch(true);
                self.known = None;
                let again = Instant::now() + PERIODIC;
                if let Ok(ended) = timeout_at(again, self.cycles.run()).await {
                    return ended;
                }
            } else {
                let error = self.cycles.collector.failure(error.into());
                sleep(self.cycles.failed(error)?).await;
            }
        }
    }

    fn tell_why(&mut self, error: &SourceError, why: &CannotWatch) {
        let hint = match why {
            CannotWatch::Right(right) => format!(" (hint: grant `{right}`: {})", right.grant()),
            _ => String::new(),
        };
        if std::mem::replace(&mut self.told, true) {
            debug!("still in mode periodic: {}", one_line(error));
        } else {
            warn!("in mode periodic, as watching is not possible: {}{hint}", one_line(error));
        }
    }

    /// Follows the cluster, and reports, until that is no longer possible.
    async fn follow(&mut self) -> Ended {
        let collector = &self.cycles.collector;
        let source = match collector.live() {
            Ok(source) => source,
            Err(error) => return Ended::Failed(Interruption::new(error)),
        };
        let passes = collector.source();
        let options = collector.options().clone();
        let mut known = self.known.take().unwrap_or_else(|| self.nothing(&options));
        let live = Arc::clone(&known.live);
        let verification = self.watch.verify.zip(passes).map(|(interval, source)| {
            let options = options.clone();
            Verification { source, options, interval }
        });
        let drift = async {
            match &verification {
                Some(verification) => verification.drift(&live).await,
                None => std::future::pending().await,
            }
        };
        let mut drift = std::pin::pin!(drift);
        let mut changes = LivePodSource::follow(&source, options.query());
        let ended = loop {
            let due = live.look(|state| {
                let in_touch = state.interrupted().is_none();
                let all = state.is_synced().then(|| known.consumers.due(Instant::now(), in_touch));
                all.flatten()
            });
            tokio::select! {
                biased;
                change = changes.next() => match change {
                    Some(Ok(change)) => self.take_in(change, &mut known),
                    Some(Err(error)) => break Ended::Failed(Interruption::new(error)),
                    None => {
                        let why = SourceError::new(SourceErrorKind::Other, "the source ended");
                        break Ended::Failed(Interruption::new(why));
                    }
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    if self.report(&mut known).await == Reader::Gone {
                        break Ended::ReaderGone;
                    }
                }
                differences = &mut drift => {
                    self.cycles.observer.drifted(differences);
                    break Ended::Drifted;
                }
            }
        };
        if let Ended::Failed(why) = &ended {
            known.live.apply(Change::Interrupted(why.clone()), SystemTime::now());
            self.cycles.observer.in_touch(false);
        }
        self.known = Some(known);
        self.listing_failed();
        ended
    }

    /// A state of which nothing is known, and nobody has anything.
    fn nothing(&mut self, options: &CollectOptions) -> Known {
        self.epochs += 1;
        let Cycles { collector, printer, mailboxes, interval, .. } = &self.cycles;
        let live = Live::new(options, self.keeps_names, collector.cluster_name());
        let Watch { quiet, latest, .. } = self.watch;
        let paces = Paces { quiet, latest, interval: *interval };
        let consumers = Consumers::new(&paces, printer.prints(), mailboxes.len());
        Known { live: Arc::new(live), epoch: self.epochs, consumers, lost: 0 }
    }

    /// Puts a change into the state.
    fn take_in(&mut self, change: Change, known: &mut Known) {
        let live = &known.live;
        let now = Instant::now();
        match &change {
            Change::Began => {
                self.began = Some(now);
                self.cycles.observer.cycle_started();
            }
            Change::Interrupted(why) => {
                self.touch.failed(why.error());
                self.cycles.observer.in_touch(false);
                self.listing_failed();
            }
            Change::Resumed => self.back_in_touch(),
            _ => {}
        }
        let is_synced = matches!(change, Change::Synced(_));
        let is_proof = is_synced || matches!(change, Change::Progress);
        let effect = live.apply(change, SystemTime::now());
        if is_proof && let Some(through) = live.look(ClusterState::complete_through) {
            self.cycles.observer.complete_through(through);
        }
        if is_synced {
            self.synced(live);
        }
        if effect.is_news() {
            known.consumers.changed(now);
        }
    }

    fn synced(&mut self, live: &Arc<Live>) {
        self.back_in_touch();
        if std::mem::take(&mut self.told) {
            info!("watching is possible again");
        }
        let took = self.began.take().map_or(Duration::ZERO, |began| began.elapsed());
        let pods = live.look(ClusterState::pod_count);
        debug!(pods, seconds = took.as_secs_f64(), "everything was listed");
        let observer = &self.cycles.observer;
        observer.watching(Some(Arc::clone(live)));
        observer.synced();
    }

    fn back_in_touch(&mut self) {
        self.touch.succeeded();
        self.cycles.observer.in_touch(true);
    }

    /// Notes that lists failed, if everything was being listed.
    fn listing_failed(&mut self) {
        if let Some(began) = self.began.take() {
            self.cycles.observer.cycle_ended(began.elapsed(), None);
        }
    }

    /// Makes the reports that are due.
    async fn report(&mut self, known: &mut Known) -> Reader {
        let started = Instant::now();
        known.tell_lost();
        let Known { live, epoch, consumers, .. } = known;
        let (mark, in_touch) = live.look(|state| (state.mark(), state.interrupted().is_none()));
        let mut made = Made::new();
        for number in consumers.take_due(started, in_touch) {
            let has = self.cycles.mailboxes[number].mark(*epoch);
            if let Some(report) = self.make(live, has, &mut made) {
                let position = Position { epoch: *epoch, mark };
                let report = PendingReport::Fresh(report, Some(position));
                self.cycles.mailboxes[number].put(report);
            }
        }
        let has = consumers.take_reader_due(started, in_touch, mark);
        let to_print = has.and_then(|has| self.make(live, has, &mut made));
        if let Some((_, report)) = made.first() {
            if in_touch {
                self.cycles.recovered();
            }
            self.cycles.tell(report, started.elapsed());
        }
        drop(made);
        let delivered = self.cycles.mailboxes.iter().map(|mailbox| mailbox.mark(*epoch));
        let everybody_has = delivered.chain(consumers.reader_has()).min();
        live.forget(everybody_has.unwrap_or(mark));
        match to_print {
            Some(report) => self.cycles.print(report).await,
            None => Reader::There,
        }
    }

    /// The report for one who has what ended up to a mark.
    fn make(&mut self, live: &Live, has: Mark, made: &mut Made) -> Option<Arc<ClusterReport>> {
        let window = match self.watch.window {
            ReportWindow::Now => Window::Now,
            ReportWindow::SinceLast => Window::Since(has),
        };
        if let Some((_, report)) = made.iter().find(|(of, _)| *of == window) {
            return Some(Arc::clone(report));
        }
        let collector = &mut self.cycles.collector;
        let report = live.look(|state| {
            collector.take_of(state, window, Live::taken_at(state, SystemTime::now()))
        });
        match report {
            Ok(report) => {
                let report = Arc::new(report);
                made.push((window, Arc::clone(&report)));
                Some(report)
            }
            Err(error) => {
                self.cycles.failures.failed(&error);
                None
            }
        }
    }
}

impl Known {
    /// Warns of what no report will have.
    fn tell_lost(&mut self) {
        let lost = self.live.look(ClusterState::lost);
        if lost > self.lost {
            let more = usize::try_from(lost - self.lost).unwrap_or(usize::MAX);
            let what = counted(more, "container");
            warn!("{what} that ran and ended will be in no report: too many ended before one");
            self.lost = lost;
        }
    }
}
