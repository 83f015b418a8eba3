//! One paged LIST with its cursor: each object exactly once, whatever breaks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_stream::try_stream;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, Stream};
use http::StatusCode;
use kai_core::Observed;
use tokio::time::Instant;

use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::request::{Answer, ApiClient, Budget};
use crate::wire::page::{ACCEPT, PageReader};
use crate::wire::{Continuation, ListKind, PagePart};

/// How often a list is begun anew that has expired without saying how to go on.
const RESTARTS: u32 = 3;
/// How many pages in a row may hold nothing new, or be refused as expired.
const IDLE_TURNS: u32 = 10;

/// How many objects a page holds.
pub(crate) const PAGE: u32 = 500;
/// How many objects a page of one namespace holds, where the server has these in memory.
const LONG_PAGE: u32 = 5000;
/// How often pages of a list may break until they are short ones.
const BREAKS: u32 = 2;

/// How often others are told at the most that a page gets on: those that wait for their turn.
const TELL: Duration = Duration::from_secs(1);

/// A list, by its path, in pages.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    path: String,
    kind: ListKind,
    /// The namespace that all of it has to be of, where it is the list of one.
    namespace: Option<String>,
    /// `None`: what suits the server.
    page_size: Option<u32>,
    /// The last key that is known already.
    after: String,
    /// Whether it is clear from the start that all of it is wanted.
    whole: bool,
}

/// What was given out so far, so that every recovery resumes strictly after it.
///
/// Keys are compared as etcd orders them: `namespace/name` as one text.
#[derive(Debug, Default)]
struct Cursor {
    last: String,
    key: String,
    /// Whether what comes may have been given out already.
    resuming: bool,
}

impl Cursor {
    fn after(last: String) -> Self {
        Self { resuming: !last.is_empty(), last, ..Self::default() }
    }

    /// Whether an object is new. One that comes out of order could be either, and is an error.
    fn admits(&mut self, fact: &Observed) -> Result<bool, Failure> {
        self.key.clear();
        match fact {
            Observed::Pod(pod) => self.key.extend([&pod.namespace, "/", &pod.name]),
            Observed::Namespace(namespace) => self.key.push_str(&namespace.name),
            Observed::Node(node) => self.key.push_str(&node.name),
            // No list has any other.
            _ => return Ok(true),
        }
        if self.key > self.last {
            self.resuming = false;
            std::mem::swap(&mut self.key, &mut self.last);
            Ok(true)
        } else if self.resuming {
            Ok(false)
        } else {
            Err(Failure::Unordered(self.key.clone(), self.last.clone()))
        }
    }

    fn resume(&mut self) {
        self.resuming = !self.last.is_empty();
    }
}

impl Listing {
    /// The list that a call asks for, of this kind, in pages of so many objects (0: in one), or as
    /// suits the server.
    pub(crate) fn new(call: &Call, kind: ListKind, page_size: Option<u32>) -> Self {
        let namespace = call.namespace().map(str::to_owned);
        Self { path: call.path(), kind, namespace, page_size, after: String::new(), whole: true }
    }

    /// The same list, strictly after a key.
    pub(crate) fn after(mut self, key: impl Into<String>) -> Self {
        self.after = key.into();
        self
    }

    /// The same list, of which the first page may be all that is wanted.
    pub(crate) fn first_page_alone(mut self) -> Self {
        self.whole = false;
        self
    }

    /// Reads the list, page after page: each is asked for as soon as the one before says where it
    /// goes on, and is read after it. Whoever wants no further page drops the stream.
    pub(crate) fn read(self, api: Arc<ApiClient>) -> impl Stream<Item = Result<PagePart, Failure>> {
        try_stream! {
            let mut reading = Reading::new(&self, &api);
            while let Some(part) = reading.next().await? {
                yield part;
            }
        }
    }

    /// Passes a fact of the namespace that the list is of.
    fn check_namespace(&self, fact: &Observed) -> Result<(), Failure> {
        match (fact, &self.namespace) {
            (Observed::Pod(pod), Some(namespace)) if pod.namespace != *namespace => {
                Err(Failure::OfAnotherNamespace(pod.namespace.clone(), pod.name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// How many objects a page holds after so many breaks. The list of all namespaces has short pages,
    /// since the first one may be all that is wanted of it.
    fn page_size(&self, api: &ApiClient, breaks: u32) -> u32 {
        match self.page_size {
            Some(size) => size,
            None if self.namespace.is_some() && api.has_long_pages() && breaks < BREAKS => {
                LONG_PAGE
            }
            None => PAGE,
        }
    }

    fn page(&self, token: &str, page_size: u32) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if page_size > 0 {
            query.append_pair("limit", &page_size.to_string());
        }
        if !token.is_empty() {
            query.append_pair("continue", token);
        }
        match query.finish() {
            query if query.is_empty() => self.path.clone(),
            query => format!("{}?{query}", self.path),
        }
    }
}

/// How often a list has turned to another page without getting on.
#[derive(Debug, Default)]
struct Turns {
    /// Whether the page at hand has held anything new so far.
    new_in_page: bool,
    /// Pages that held something new.
    productive: u32,
    /// Pages that are known and are read again.
    again: u32,
    /// Pages without anything new, in a row.
    idle: u32,
    /// To a token that a refusal carried, since the last new object.
    expired: u32,
    /// From the beginning.
    restarts: u32,
}

impl Turns {
    /// Turns to another page; whether the one that ends held anything new. A server that answers
    /// with nothing but where to ask next is given up.
    fn turn(&mut self) -> Result<bool, Failure> {
        if std::mem::take(&mut self.new_in_page) {
            self.productive += 1;
            (self.idle, self.expired) = (0, 0);
            return Ok(true);
        }
        match self.again.checked_sub(1) {
            Some(left) => self.again = left,
            None => self.idle += 1,
        }
        if self.idle > IDLE_TURNS { Err(Failure::NoProgress(self.idle)) } else { Ok(false) }
    }

    /// The list is begun anew in pages of which so many make up one of those before.
    fn anew_in_shorter_pages(&mut self, parts: u32) {
        self.productive += u32::from(std::mem::take(&mut self.new_in_page));
        self.again = (self.productive + 1).saturating_mul(parts);
    }

    /// Where a list goes on that has expired: after the token that the refusal carries, else from
    /// its beginning, a few times. Any other failure is final.
    fn anew(&mut self, failure: Failure) -> Result<String, Failure> {
        let Failure::Status { code: StatusCode::GONE, next, .. } = failure else {
            return Err(failure);
        };
        if std::mem::take(&mut self.new_in_page) {
            self.productive += 1;
            self.expired = 0;
        }
        match next {
            Some(token) => {
                self.expired += 1;
                if self.expired > IDLE_TURNS {
                    return Err(Failure::Expired(self.expired));
                }
                tracing::debug!("the list has expired: going on with the token of the refusal");
                Ok(token)
            }
            None if self.restarts < RESTARTS => {
                self.restarts += 1;
                self.again = self.productive;
                tracing::debug!(
                    "the list has expired: beginning anew, and going on after the last key"
                );
                Ok(String::new())
            }
            None => Err(Failure::Expired(self.restarts + 1)),
        }
    }
}

/// The reading of a list: a page is asked for, comes in, and ends, and then the next one is asked
/// for; what breaks on the way is asked for again.
struct Reading<'s> {
    listing: &'s Listing,
    api: &'s ApiClient,
    cursor: Cursor,
    turns: Turns,
    /// How many objects a page holds: all of a list's hold as many, until it is begun anew.
    page_size: u32,
    /// How often pages have broken off.
    breaks: u32,
    /// Where the page at hand begins; empty for the first one.
    token: String,
    /// Whether what comes after the page at hand is wanted for sure.
    whole: bool,
    /// Whether what comes after the first page was given out.
    headed: bool,
    state: State<'s>,
}

enum State<'s> {
    Asked(Asked<'s>),
    Reading(Box<Page<'s>>),
    Ended,
}

impl<'s> Reading<'s> {
    fn new(listing: &'s Listing, api: &'s ApiClient) -> Self {
        let page_size = listing.page_size(api, 0);
        Self {
            listing,
            api,
            page_size,
            breaks: 0,
            cursor: Cursor::after(listing.after.clone()),
            turns: Turns::default(),
            token: String::new(),
            whole: listing.whole,
            headed: false,
            state: State::Asked(Asked::new(api, listing.page("", page_size))),
        }
    }

    /// What comes next; `None` at the end of the list. An error is final.
    async fn next(&mut self) -> Result<Option<PagePart>, Failure> {
        loop {
            let part = match &mut self.state {
                State::Asked(asked) => match asked.answer().await {
                    (Ok(answer), budget) => {
                        let page = Page::new(answer, budget, self.listing.kind);
                        self.state = State::Reading(Box::new(page));
                        continue;
                    }
                    (Err(failure), _) => {
                        self.expired(failure)?;
                        continue;
                    }
                },
                State::Reading(page) => match page.next(self.api).await {
                    Ok(part) => part,
                    Err(failure) => {
                        let budget = std::mem::replace(&mut page.budget, self.api.budget());
                        self.broke(failure, budget);
                        continue;
                    }
                },
                State::Ended => return Ok(None),
            };
            let part = match part {
                PagePart::Head(head) => self.begun(head),
                PagePart::Fact(fact) => self.admit(fact)?,
                PagePart::End(end) => Some(self.ended(end)?),
            };
            if part.is_some() {
                return Ok(part);
            }
        }
    }

    /// Asks for the page that begins at a token.
    fn ask(&mut self, token: String) {
        self.state = State::Asked(Asked::new(self.api, self.path(&token)));
        self.token = token;
    }

    fn path(&self, token: &str) -> String {
        self.listing.page(token, self.page_size)
    }

    /// The list has expired, or its failure is final.
    fn expired(&mut self, failure: Failure) -> Result<(), Failure> {
        let token = self.turns.anew(failure)?;
        self.cursor.resume();
        if token.is_empty() {
            self.page_size = self.listing.page_size(self.api, self.breaks);
        }
        self.ask(token);
        Ok(())
    }

    /// The page broke off: it is asked for again. Where it goes on may be elsewhere then, so that the
    /// page after it is given up.
    ///
    /// A long page that breaks again and again gets nowhere, and may be too much for what is between:
    /// then the list is begun anew in short ones, since a token is good for pages of its own length.
    fn broke(&mut self, failure: Failure, budget: Budget) {
        self.cursor.resume();
        self.breaks += 1;
        let page_size = self.listing.page_size(self.api, self.breaks);
        if page_size < self.page_size {
            tracing::debug!(
                "pages of {} break: going on with pages of {page_size}",
                self.page_size
            );
            self.turns.anew_in_shorter_pages(self.page_size.div_ceil(page_size));
            self.page_size = page_size;
            self.token.clear();
        }
        let path = self.path(&self.token);
        self.state = State::Asked(Asked::again(self.api, path, budget, failure));
    }

    /// The page says what comes after it, before its objects.
    fn begun(&mut self, head: Continuation) -> Option<PagePart> {
        if let State::Reading(page) = &mut self.state
            && self.whole
            && !head.next.is_empty()
        {
            page.ahead = Some(Asked::new(self.api, self.listing.page(&head.next, self.page_size)));
        }
        let first = !std::mem::replace(&mut self.headed, true);
        first.then_some(PagePart::Head(head))
    }

    /// An object of the page: given out where it is new.
    fn admit(&mut self, fact: Observed) -> Result<Option<PagePart>, Failure> {
        self.listing.check_namespace(&fact)?;
        let new = self.cursor.admits(&fact)?;
        self.turns.new_in_page |= new;
        // What is known already is read again for as long as it takes, but not again and again.
        if let State::Reading(page) = &mut self.state {
            page.got_on |= new || self.breaks < BREAKS;
        }
        Ok(new.then_some(PagePart::Fact(fact)))
    }

    /// The page has ended, and its place among the requests is free.
    fn ended(&mut self, end: Continuation) -> Result<PagePart, Failure> {
        let ended = std::mem::replace(&mut self.state, State::Ended);
        let goes_on = !end.next.is_empty();
        if !goes_on || self.turns.turn()? {
            self.api.progressed();
        }
        if goes_on {
            self.whole = true;
            let ahead = match ended {
                State::Reading(page) => page.ahead,
                State::Asked(_) | State::Ended => None,
            };
            match ahead {
                Some(ahead) => {
                    self.token.clone_from(&end.next);
                    self.state = State::Asked(ahead);
                }
                None => self.ask(end.next.clone()),
            }
        }
        Ok(PagePart::End(end))
    }
}

/// A page that was asked for.
struct Asked<'s> {
    asking: BoxFuture<'s, Got<'s>>,
    /// The answer that came before it was wanted.
    early: Option<Got<'s>>,
}

/// An answer, and what may still be spent on it.
type Got<'s> = (Result<Answer<'s>, Failure>, Budget);

impl<'s> Asked<'s> {
    fn new(api: &'s ApiClient, path: String) -> Self {
        let asking = async move {
            let mut budget = api.budget();
            (api.get(&path, ACCEPT, &mut budget).await, budget)
        };
        Self { asking: asking.boxed(), early: None }
    }

    /// Asks once more for what broke, where there may be another attempt.
    fn again(api: &'s ApiClient, path: String, mut budget: Budget, failure: Failure) -> Self {
        let asking = async move {
            let answer = match api.retry(&mut budget, failure).await {
                Ok(()) => api.get(&path, ACCEPT, &mut budget).await,
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
    async fn answer(&mut self) -> Got<'s> {
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
struct Page<'s> {
    answer: Answer<'s>,
    budget: Budget,
    reader: PageReader,
    /// Whether it has got on by an object since the last piece.
    got_on: bool,
    /// When others were told so, or it began.
    told: Instant,
    /// The page after it, where that is known and wanted.
    ahead: Option<Asked<'s>>,
}

impl<'s> Page<'s> {
    fn new(answer: Answer<'s>, budget: Budget, kind: ListKind) -> Self {
        let reader = PageReader::new(answer.encoding(), kind);
        Self { answer, budget, reader, got_on: false, told: Instant::now(), ahead: None }
    }

    /// What comes next, while the page after it is asked for.
    async fn next(&mut self, api: &ApiClient) -> Result<PagePart, Failure> {
        loop {
            if let Some(part) = self.reader.next()? {
                return Ok(part);
            }
            if std::mem::take(&mut self.got_on) {
                let now = Instant::now();
                self.budget.got_on(now);
                if now - self.told >= TELL {
                    self.told = now;
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
