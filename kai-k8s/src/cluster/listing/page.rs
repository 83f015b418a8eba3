//! One page of a list: asked for, perhaps ahead of its time, and read.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kai_core::PodFields;
use tokio::time::Instant;

use crate::cluster::error::Failure;
use crate::cluster::request::{Answer, ApiClient, Budget};
use crate::wire::page::PageReader;
use crate::wire::{ListKind, PagePart};

/// How often at the most progress is noted for other requests, which wait for their turn.
const NOTE: Duration = Duration::from_secs(1);

/// A page that was asked for.
pub(super) struct Asked<'s> {
    asking: BoxFuture<'s, Got<'s>>,
    /// The answer that came before it was wanted.
    early: Option<Got<'s>>,
}

/// An answer, and what may still be spent on it.
pub(super) type Got<'s> = (Result<Answer<'s>, Failure>, Budget);

impl<'s> Asked<'s> {
    pub(super) fn new(api: &'s ApiClient, path: String, accept: &'static str) -> Self {
        let asking = async move {
            let mut budget = api.budget();
            (api.get(&path, accept, &mut budget).await, budget)
        };
        Self { asking: asking.boxed(), early: None }
    }

    /// Asks once more for what broke, where there may be another attempt.
    pub(super) fn again(
        api: &'s ApiClient,
        path: String,
        accept: &'static str,
        mut budget: Budget,
        failure: Failure,
    ) -> Self {
        let asking = async move {
            let answer = match api.retry(&mut budget, failure).await {
                Ok(()) => api.get(&path, accept, &mut budget).await,
                Err(failure) => Err(failure),
            };
            (answer, budget)
        };
        Self { asking: asking.boxed(), early: None }
    }

    /// Gets on with asking.
    fn poll(&mut self, cx: &mut Context<'_>) {
        if self.early.is_none()
            && let Poll::Ready(got) = self.asking.poll_unpin(cx)
        {
            self.early = Some(got);
        }
    }

    /// The answer. How long it lay unread is not counted.
    pub(super) async fn answer(&mut self) -> Got<'s> {
        match self.early.take() {
            Some((answer, mut budget)) => {
                budget.restart();
                (answer, budget)
            }
            None => (&mut self.asking).await,
        }
    }
}

/// A page that comes in.
pub(super) struct Page<'s> {
    answer: Answer<'s>,
    pub(super) budget: Budget,
    reader: PageReader,
    /// Whether it has got on by an object since the last piece.
    pub(super) got_on: bool,
    /// When progress was noted last, or it began.
    noted: Instant,
    /// The page after it, where that is known and wanted.
    pub(super) ahead: Option<Asked<'s>>,
}

impl<'s> Page<'s> {
    pub(super) fn new(
        answer: Answer<'s>,
        budget: Budget,
        kind: ListKind,
        fields: &Arc<PodFields>,
    ) -> Self {
        let reader = PageReader::new(answer.encoding(), kind, fields);
        Self { answer, budget, reader, got_on: false, noted: Instant::now(), ahead: None }
    }

    /// What comes next, while the page after it is asked for.
    pub(super) async fn next(&mut self, api: &ApiClient) -> Result<PagePart, Failure> {
        loop {
            if let Some(part) = self.reader.next()? {
                return Ok(part);
            }
            if std::mem::take(&mut self.got_on) {
                let now = Instant::now();
                self.budget.got_on(now);
                if now - self.noted >= NOTE {
                    self.noted = now;
                    api.progressed();
                }
            }
            let mut next = pin!(self.answer.next(&self.budget));
            let piece = poll_fn(|cx| {
                let piece = next.as_mut().poll(cx);
                if piece.is_pending()
                    && let Some(ahead) = &mut self.ahead
                {
                    ahead.poll(cx);
                }
                piece
            });
            match piece.await? {
                Some(piece) => self.reader.feed(piece),
                None => return self.reader.finish().map(PagePart::End).map_err(Failure::Cut),
            }
        }
    }
}
