//! One watch, opened again and again: a server ends each after some minutes.

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use futures_util::stream::{Stream, StreamExt};
use http::StatusCode;
use kai_core::{Change, Interruption, LabelSelector, PodFields, Revision};
use kai_net::backoff::wait_after;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::{RESTORED, Told, ToldStream};
use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::listing::Listing;
use crate::cluster::request::{ApiClient, EventBody};
use crate::cluster::settings::SourceOptions;
use crate::cluster::snapshot::Span;
use crate::wire::watch::{WatchEvent, WatchReader};
use crate::wire::{ListKind, PagePart, WireError};

/// After how many seconds a server ends a watch: client-go asks for 300 to 600, so that the watches
/// of many clients do not end together.
const LIFE: std::ops::RangeInclusive<u64> = 290..=590;
/// How long a watch that was lost has to stay open to count as back, where it tells nothing.
const SETTLED: Duration = Duration::from_secs(1);
/// How long after its end a watch is taken for one that nobody will end.
const OVERDUE: Duration = Duration::from_secs(15);
/// How much before its time an end is one that the server chose, as it stops.
const EARLY: Duration = Duration::from_secs(5);
/// How long to wait until a watch is opened again that broke, at first and at the most.
const REOPEN: [Duration; 2] = [Duration::from_millis(800), Duration::from_secs(30)];
/// How long a server may take to say which revision is its newest.
const PROBE: Duration = Duration::from_secs(5);
/// How often a watch may tell what can't be read, without anything new between.
const UNREADABLE: u32 = 5;
/// How often it may fail until that is worth a word.
const FAILURES: u32 = 2;

/// A watch of a resource, and how far it has come.
pub(super) struct Watch<'s> {
    api: &'s Arc<ApiClient>,
    call: Call,
    kind: ListKind,
    selector: String,
    fields: Arc<PodFields>,
    number: usize,
    /// For how long it is asked for; `None`: by chance.
    life: Option<Duration>,
    /// The longest pause before it is opened again.
    pause_max: Duration,
    /// The revision of the last change that it told.
    revision: u64,
    /// From which revision on all that lists told is known to be no newer.
    proven: u64,
}

/// What came of opening a watch.
enum Opened {
    Body(EventBody),
    /// It can't go on from its revision, for this reason.
    Stale(&'static str),
    /// Waiting would not help.
    Refused(Failure),
    NotYet(Failure),
}

/// The next of what came so far.
enum Read {
    Change(Change),
    /// The revision alone got on.
    Bookmark,
    /// There is no more of it.
    Nothing,
    End(End),
}

/// How a body ended.
enum End {
    /// In its time, or as the server chose.
    Clean,
    Broken(Failure),
    /// It can't go on from its revision.
    Expired,
}

impl End {
    /// The reason and the failure to open it again for; `None`: its revision has expired. An early
    /// end is one that the server chose, as it stops.
    fn told(self, early: bool) -> Option<(&'static str, Option<Failure>)> {
        match self {
            Self::Clean if early => {
                Some(("closed", Some(Failure::Transport("closed before its time".to_owned()))))
            }
            Self::Clean => Some(("end", None)),
            Self::Broken(failure) => Some(("broken", Some(failure))),
            Self::Expired => None,
        }
    }
}

/// How it went so far.
#[derive(Default)]
struct Tries {
    /// How often it failed, since it told something or lasted for a while.
    failures: u32,
    /// How often it was unreadable, since it told something.
    unreadable: u32,
    /// Whether it was ever open.
    opened: bool,
    is_lost: bool,
}

impl Tries {
    /// Notes a failure; whether touch is lost by it.
    fn failed(&mut self) -> bool {
        self.failures += 1;
        self.failures >= FAILURES && !std::mem::replace(&mut self.is_lost, true)
    }

    /// Notes that it told something, or lasted for a while; whether touch is back by that.
    fn went_on(&mut self) -> bool {
        self.failures = 0;
        std::mem::take(&mut self.is_lost)
    }
}

impl<'s> Watch<'s> {
    /// A watch that goes on from lists of these revisions.
    pub(super) fn new(api: &'s Arc<ApiClient>, call: &Call, kind: ListKind, lists: Span) -> Self {
        Self {
            api,
            call: call.clone(),
            kind,
            selector: String::new(),
            fields: Arc::default(),
            number: 0,
            life: None,
            pause_max: Duration::MAX,
            revision: lists.least,
            proven: lists.greatest,
        }
    }

    /// The same watch of what a label selector selects, with these fields of pods.
    pub(super) fn select(mut self, selector: &LabelSelector, fields: &Arc<PodFields>) -> Self {
        self.selector = selector.to_string();
        self.fields = Arc::clone(fields);
        self
    }

    /// The same watch, under a number.
    pub(super) fn numbered(mut self, number: usize) -> Self {
        self.number = number;
        self
    }

    /// The same watch, with the times of these options.
    pub(super) fn timed_by(mut self, options: &SourceOptions) -> Self {
        self.life = options.watch_time;
        self.pause_max = options.pause_max.unwrap_or(Duration::MAX);
        self
    }

    /// What it tells. Where it may not be watched, what stands in its place does, if there is
    /// something.
    pub(super) fn told(
        mut self,
        instead: Option<ToldStream<'s>>,
    ) -> impl Stream<Item = Told> + Send + 's {
        stream! {
            let mut tries = Tries::default();
            loop {
                let life = self.life.unwrap_or_else(|| Duration::from_secs(fastrand::u64(LIFE)));
                let mut body = match self.open(life, &tries).await {
                    Opened::Body(body) => body,
                    Opened::Stale(reason) => {
                        yield Told::Stale(reason);
                        return;
                    }
                    Opened::Refused(failure) => {
                        let forbidden = failure.is_status(StatusCode::FORBIDDEN);
                        let Some(mut instead) = instead.filter(|_| forbidden) else {
                            yield Told::Failed(failure.of(&self.call));
                            return;
                        };
                        if tries.went_on() {
                            yield Told::Back(self.number);
                        }
                        tracing::debug!(%failure, "told otherwise instead");
                        while let Some(told) = instead.next().await {
                            yield told;
                        }
                        return;
                    }
                    Opened::NotYet(failure) => {
                        self.api.observer().reopened("refused");
                        let is_lost = tries.failed();
                        let wait = wait(&failure, tries.failures).min(self.pause_max);
                        tracing::debug!(%failure, ?wait, "cannot {} yet", self.call);
                        if is_lost {
                            let why = Interruption::new(failure.of(&self.call));
                            yield Told::Lost(self.number, why);
                        }
                        sleep(wait).await;
                        continue;
                    }
                };
                tries.opened = true;
                let opened = Instant::now();
                let mut reader = WatchReader::new(self.kind, Arc::clone(&self.fields));
                let end = 'body: loop {
                    let mut got_on = false;
                    loop {
                        let change = match self.read(&mut reader) {
                            Read::Change(change) => Some(change),
                            Read::Bookmark => None,
                            Read::Nothing => break,
                            Read::End(end) => break 'body end,
                        };
                        (got_on, tries.unreadable) = (true, 0);
                        if tries.went_on() {
                            yield Told::Back(self.number);
                        }
                        if let Some(change) = change {
                            yield Told::Change(change);
                        }
                    }
                    if got_on && self.revision >= self.proven {
                        yield Told::UpToDate(self.number);
                    }
                    let wait = if tries.is_lost { SETTLED } else { life + OVERDUE };
                    match timeout_at(opened + wait, self.more(&mut body, &mut reader)).await {
                        Ok(None) => {}
                        Ok(Some(end)) => break end,
                        Err(_) if std::mem::take(&mut tries.is_lost) => yield Told::Back(self.number),
                        Err(_) => break End::Broken(Failure::Deadline(wait)),
                    }
                };
                let early = opened.elapsed() + EARLY < life;
                let Some((reason, failure)) = end.told(early) else {
                    yield Told::Stale("expired");
                    return;
                };
                self.api.observer().reopened(reason);
                tracing::debug!(reason, failure = failure.as_ref().map(tracing::field::display),
                    revision = self.revision, "{} again", self.call);
                if matches!(failure, Some(Failure::Malformed(_))) {
                    tries.unreadable += 1;
                    if tries.unreadable > UNREADABLE {
                        yield Told::Stale("unreadable");
                        return;
                    }
                }
                // What lasted for a while did not fail again and again.
                let lasted = failure.is_none() || opened.elapsed() > REOPEN[1];
                if lasted && tries.went_on() {
                    yield Told::Back(self.number);
                }
                if let Some(failure) = failure {
                    // A server that stops, or a connection that breaks, is not back at once.
                    if tries.failed() {
                        yield Told::Lost(self.number, Interruption::new(failure.of(&self.call)));
                    }
                    let wait = wait_after(tries.failures, REOPEN[0], REOPEN[1]);
                    sleep(wait.min(self.pause_max)).await;
                }
            }
        }
    }

    /// Opens the watch from where it is.
    async fn open(&self, life: Duration, tries: &Tries) -> Opened {
        match self.try_open(life, tries.opened).await {
            Ok(Some(body)) => Opened::Body(body),
            Ok(None) => Opened::Stale(RESTORED),
            Err(failure) if failure.is_status(StatusCode::GONE) => Opened::Stale("expired"),
            // It spoke protobuf before: something between may answer for it, for a while.
            Err(failure @ Failure::NotProtobuf) if tries.opened && tries.failures < UNREADABLE => {
                Opened::NotYet(failure)
            }
            Err(failure) if !failure.may_pass() => Opened::Refused(failure),
            Err(failure) => Opened::NotYet(failure),
        }
    }

    /// The same; `None`: its revision is from the future, since the server was restored to a state
    /// before it. A watch would stay silent then.
    async fn try_open(&self, life: Duration, again: bool) -> Result<Option<EventBody>, Failure> {
        // It is opened first, in one attempt: whether the server is there is known at once then.
        let body = self.api.watch(&self.path(life)).await?;
        if again {
            let newest = timeout(PROBE, self.newest()).await;
            if newest.map_err(|_| Failure::Stalled(PROBE))?? < self.revision {
                return Ok(None);
            }
        }
        Ok(Some(body))
    }

    fn path(&self, life: Duration) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("watch", "true");
        query.append_pair("allowWatchBookmarks", "true");
        query.append_pair("resourceVersion", &self.revision.to_string());
        query.append_pair("timeoutSeconds", &life.as_secs().max(1).to_string());
        if !self.selector.is_empty() {
            query.append_pair("labelSelector", &self.selector);
        }
        format!("{}?{}", self.call.path(), query.finish())
    }

    /// The newest revision that the server has.
    async fn newest(&self) -> Result<u64, Failure> {
        let list = Listing::new(&self.call, self.kind, Some(1)).first_page_alone();
        let mut parts = Box::pin(list.read(Arc::clone(self.api)));
        while let Some(part) = parts.next().await {
            if let PagePart::Head(page) | PagePart::End(page) = part? {
                return Ok(page.revision);
            }
        }
        Ok(u64::MAX)
    }

    /// The next event of what came so far.
    fn read(&mut self, reader: &mut WatchReader) -> Read {
        let event = match reader.next() {
            Ok(Some(event)) => event,
            Ok(None) => return Read::Nothing,
            Err(error) => return Read::End(End::Broken(Failure::Malformed(error))),
        };
        let (name, revision, read) = match event {
            WatchEvent::Set(fact, revision) => {
                ("set", revision, Read::Change(Change::Observed(fact, Revision::new(revision))))
            }
            WatchEvent::Gone(fact, revision) => {
                ("gone", revision, Read::Change(Change::Gone(fact, Revision::new(revision))))
            }
            WatchEvent::Bookmark(revision) => ("bookmark", revision, Read::Bookmark),
            WatchEvent::Failed(status) if status.code == StatusCode::GONE.as_u16() => {
                return Read::End(End::Expired);
            }
            WatchEvent::Failed(status) => {
                return Read::End(End::Broken(WireError::Refused(status).into()));
            }
        };
        self.api.observer().watched(name);
        self.revision = self.revision.max(revision);
        read
    }

    /// Waits for more of the body; `Some`: it has ended.
    async fn more(&self, body: &mut EventBody, reader: &mut WatchReader) -> Option<End> {
        match body.next().await {
            Ok(Some(piece)) => {
                reader.feed(piece);
                None
            }
            Ok(None) => Some(match reader.finish() {
                Ok(()) => End::Clean,
                Err(error) => End::Broken(Failure::Cut(error)),
            }),
            Err(failure) => Some(End::Broken(failure)),
        }
    }
}

/// How long to wait after a failure to open a watch.
fn wait(failure: &Failure, failures: u32) -> Duration {
    let least = wait_after(failures, REOPEN[0], REOPEN[1]);
    match failure {
        Failure::Status { retry_after: Some(wait), .. } => least.max(*wait),
        _ => least,
    }
}
