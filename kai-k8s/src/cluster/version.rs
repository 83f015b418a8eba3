//! The server's version, requested in parallel with a pass; a pass waits for it briefly at its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use kai_core::{Detail, Missing, Observed, ServerVersion, SourceError};
use tokio::time::{Sleep, sleep};

use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::request::{ApiClient, Named, SMALL_BODY_MAX};
use crate::cluster::snapshot::FactStream;
use crate::wire::WireError;

/// How long the answer is waited for after the pass beside it has ended.
const GRACE: Duration = Duration::from_secs(2);

/// The first minor version whose lists of one namespace come from memory, page for page, and are
/// encoded one object after another ([KEP-4988], [KEP-5116]): before, pages after the first come from
/// etcd, and an answer is in the server's memory whole.
///
/// [KEP-4988]: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4988-snapshottable-api-server-cache
/// [KEP-5116]: https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/5116-streaming-response-encoding
const LONG_PAGES_SINCE: (u32, u32) = (1, 34);

/// Whether a long page of a namespace's list costs a server little.
pub(crate) fn has_long_pages(version: &ServerVersion) -> bool {
    let number = |text: &str| {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..digits].parse::<u32>().ok()
    };
    number(&version.major).zip(number(&version.minor)).is_some_and(|it| it >= LONG_PAGES_SINCE)
}

/// Asks for the version, and notes it for the lists.
pub(crate) async fn ask(api: &ApiClient) -> Result<ServerVersion, SourceError> {
    let mut budget = api.budget();
    let body = api.get_whole(&Call::Version.path(), &mut budget, SMALL_BODY_MAX).await;
    let version = body.and_then(|body| {
        serde_json::from_slice(&body).map_err(|error| {
            let (what, why) = ("the version".to_owned(), error.to_string());
            Failure::Malformed(WireError::Invalid { at: 0, what, why })
        })
    });
    version.inspect(|version| api.set_long_pages(has_long_pages(version))).named(&Call::Version)
}

/// The facts of a pass, and the version that comes beside them; where that fails, or is late, that
/// it is missing.
pub(crate) fn beside<'s>(
    facts: FactStream<'s>,
    version: impl Future<Output = Result<ServerVersion, SourceError>> + Send + 's,
) -> impl Stream<Item = Result<(Observed, u64), SourceError>> + Send + 's {
    let mut pass = Pass { facts: Some(facts), version: Some(Box::pin(version)), grace: None };
    stream::poll_fn(move |cx| pass.poll_next(cx))
}

struct Pass<'s, V> {
    /// `None`: they have ended.
    facts: Option<FactStream<'s>>,
    /// `None`: it has come.
    version: Option<Pin<Box<V>>>,
    /// Begins with the end of the facts.
    grace: Option<Pin<Box<Sleep>>>,
}

impl<V: Future<Output = Result<ServerVersion, SourceError>>> Pass<'_, V> {
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Observed, u64), SourceError>>> {
        if let Some(facts) = &mut self.facts {
            match facts.poll_next_unpin(cx) {
                Poll::Ready(Some(Err(error))) => {
                    (self.facts, self.version) = (None, None);
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Ready(Some(fact)) => return Poll::Ready(Some(fact)),
                Poll::Ready(None) => self.facts = None,
                Poll::Pending => {}
            }
        }
        let Some(version) = &mut self.version else {
            return if self.facts.is_some() { Poll::Pending } else { Poll::Ready(None) };
        };
        let told = match version.poll_unpin(cx) {
            Poll::Ready(told) => told,
            Poll::Pending if self.facts.is_some() => return Poll::Pending,
            Poll::Pending => {
                let grace = self.grace.get_or_insert_with(|| Box::pin(sleep(GRACE)));
                ready!(grace.poll_unpin(cx));
                Err(Failure::Late(GRACE).of(&Call::Version))
            }
        };
        self.version = None;
        Poll::Ready(Some(Ok((fact_of(told), 0))))
    }
}

/// The version as a fact, or that it is missing.
pub(crate) fn fact_of(told: Result<ServerVersion, SourceError>) -> Observed {
    told.map_or_else(
        |error| Observed::Missing(Missing::new(Detail::ServerVersion, error)),
        |version| Observed::Server(Box::new(version)),
    )
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use kai_core::{Namespace, SourceErrorKind};
    use tokio::time::Instant;

    use super::*;

    fn fact() -> Observed {
        Observed::Namespace(Namespace::new("shop"))
    }

    /// A pass that yields this, after 30 seconds.
    fn slow(fact: Result<Observed, SourceError>) -> FactStream<'static> {
        let slept = async {
            sleep(Duration::from_secs(30)).await;
            fact.map(|fact| (fact, 7))
        };
        stream::once(slept).boxed()
    }

    async fn version(after: u64) -> Result<ServerVersion, SourceError> {
        sleep(Duration::from_secs(after)).await;
        Ok(ServerVersion::default())
    }

    /// What comes, and after how many seconds all of it was there.
    async fn told(
        facts: FactStream<'static>,
        version: impl Future<Output = Result<ServerVersion, SourceError>> + Send,
    ) -> (Vec<String>, u64) {
        let start = Instant::now();
        let lines = beside(facts, version).map(|fact| match fact {
            Ok((Observed::Server(_), _)) => "version".to_owned(),
            Ok((Observed::Missing(missing), _)) => {
                format!("no version, {:?}", missing.error().kind())
            }
            Ok(_) => "fact".to_owned(),
            Err(error) => error.to_string(),
        });
        (lines.collect().await, start.elapsed().as_secs())
    }

    #[test]
    fn long_pages_are_for_servers_of_1_34_and_later() {
        let rows = [
            ("1", "33", false),
            ("1", "34", true),
            ("1", "34+", true),
            ("1", "36", true),
            ("1", "100", true),
            ("2", "0", true),
            ("0", "99", false),
            ("1", "", false),
            ("", "34", false),
            ("1", "x34", false),
            ("1", "99999999999", false),
        ];
        for (major, minor, expected) in rows {
            let mut version = ServerVersion::default();
            (version.major, version.minor) = (major.to_owned(), minor.to_owned());
            assert_eq!(has_long_pages(&version), expected, "{version:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_version_is_late_two_seconds_after_the_end_of_the_pass() {
        let late = told(slow(Ok(fact())), pending()).await;
        assert_eq!(late, (vec!["fact".to_owned(), "no version, Timeout".to_owned()], 32));
        let just = told(slow(Ok(fact())), version(31)).await;
        assert_eq!(just, (vec!["fact".to_owned(), "version".to_owned()], 31));
    }

    #[tokio::test(start_paused = true)]
    async fn a_version_is_asked_for_beside_the_pods() {
        let early = told(slow(Ok(fact())), version(1)).await;
        assert_eq!(early, (vec!["version".to_owned(), "fact".to_owned()], 30));
    }

    #[tokio::test(start_paused = true)]
    async fn failing_pods_do_not_wait_for_a_version_that_never_comes() {
        let broken = SourceError::new(SourceErrorKind::Unreachable, "no pods");
        assert_eq!(told(slow(Err(broken)), pending()).await, (vec!["no pods".to_owned()], 30));
    }
}
