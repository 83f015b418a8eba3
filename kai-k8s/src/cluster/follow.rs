//! The changes of a cluster: its lists, then watches that go on from there.

mod plan;
mod poll;
mod watch;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_stream::try_stream;
use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use kai_core::{Change, Interruption, Query, Retry, Revision, SourceError};
use kai_net::backoff::wait_after;
use tokio::time::{Instant, sleep, sleep_until};

use self::plan::Plan;
use crate::cluster::request::ApiClient;
use crate::cluster::settings::SourceOptions;
use crate::cluster::snapshot::Snapshot;
use crate::cluster::version;

/// How soon after one listing of everything another one may begin, at first and at the most: what
/// makes watches fail may do so again and again.
const RELIST: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(60)];
/// How long to wait after lists that failed, at first and at the most.
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(30)];
/// How long watches have to go on until lists may follow lists quickly again.
const CALM: Duration = Duration::from_secs(300);

/// Why everything is listed again where a server went back to an earlier state.
const RESTORED: &str = "restored";

/// What a watch, or a poll in its place, tells.
enum Told {
    Change(Change),
    /// The watch of this number lost touch.
    Lost(usize, Interruption),
    /// It has it again.
    Back(usize),
    /// All that happened was told, as far as the watch of this number tells it.
    UpToDate(usize),
    /// The watches of these numbers tell from here on, in place of all others.
    Instead(Range<usize>),
    /// It can't go on: everything has to be listed again, for this reason.
    Stale(&'static str),
    /// It can't go on, and waiting would not help.
    Failed(SourceError),
}

type ToldStream<'s> = BoxStream<'s, Told>;

/// Follows a cluster.
pub(crate) struct Follow<'s> {
    api: &'s Arc<ApiClient>,
    options: &'s SourceOptions,
    query: Query,
}

impl<'s> Follow<'s> {
    pub(crate) fn new(api: &'s Arc<ApiClient>, options: &'s SourceOptions, query: &Query) -> Self {
        Self { api, options, query: query.clone() }
    }

    /// A pause, within the longest one.
    fn pause(&self, pause: Duration) -> Duration {
        self.options.pause_max.map_or(pause, |max| pause.min(max))
    }

    /// The changes, for as long as they are wanted.
    pub(crate) fn changes(self) -> impl Stream<Item = Result<Change, SourceError>> + Send + 's {
        try_stream! {
            let (mut failures, mut relists) = (0, 0);
            loop {
                yield Change::Began;
                let begun = Instant::now();
                let snapshot = Snapshot::new(self.api, self.options, &self.query);
                let facts = snapshot.clone().facts();
                let mut facts = Box::pin(version::beside(facts, version::ask(self.api)));
                let mut failed = None;
                while let Some(fact) = facts.next().await {
                    match fact {
                        Ok((fact, revision)) => {
                            yield Change::Observed(fact, Revision::new(revision));
                        }
                        Err(error) => {
                            failed = Some(error);
                            break;
                        }
                    }
                }
                drop(facts);
                if let Some(error) = failed {
                    failures += 1;
                    let wait = wait_after_failed_lists(&error, failures);
                    let Some(wait) = wait.map(|wait| self.pause(wait)) else {
                        Err(error)?;
                        return;
                    };
                    yield Change::Interrupted(Interruption::new(error));
                    sleep(wait).await;
                    continue;
                }
                failures = 0;
                let plan = Plan::new(&self.query, &snapshot.revisions())?;
                yield Change::Synced(Revision::new(plan.synced));
                let mut numbers = plan.numbers();
                let mut pending: BTreeSet<usize> = numbers.clone().collect();
                let mut lost = BTreeSet::new();
                let mut told = stream::select_all(plan.follow(&snapshot, self.api));
                let reason = loop {
                    match told.next().await {
                        Some(Told::Change(change)) => yield change,
                        Some(Told::Lost(number, why)) => {
                            if lost.is_empty() {
                                yield Change::Interrupted(why);
                            }
                            lost.insert(number);
                        }
                        Some(Told::Back(number)) => {
                            if lost.remove(&number) && lost.is_empty() {
                                yield Change::Resumed;
                            }
                        }
                        Some(Told::UpToDate(number)) => {
                            pending.remove(&number);
                            if pending.is_empty() && lost.is_empty() {
                                pending = numbers.clone().collect();
                                yield Change::Progress;
                            }
                        }
                        Some(Told::Instead(others)) => {
                            pending = others.clone().collect();
                            numbers = others;
                        }
                        Some(Told::Stale(reason)) => break reason,
                        Some(Told::Failed(error)) => Err(error)?,
                        // A watch ends for one of these reasons only.
                        None => break "ended",
                    }
                };
                drop(told);
                tracing::debug!(reason, "listing everything again");
                self.api.observer().relisted(reason);
                if reason == RESTORED {
                    yield Change::Restored;
                }
                relists = if begun.elapsed() > CALM { 1 } else { relists + 1 };
                let pause = self.pause(wait_after(relists, RELIST[0], RELIST[1]));
                sleep_until(begun + pause).await;
            }
        }
    }
}

/// How long to wait after lists that failed so often; `None`: waiting would not help.
fn wait_after_failed_lists(error: &SourceError, failures: u32) -> Option<Duration> {
    let least = wait_after(failures, RETRY[0], RETRY[1]);
    match error.retry() {
        Retry::Backoff => Some(least),
        Retry::After(wait) => Some(wait.max(least)),
        _ => None,
    }
}
