//! One paged LIST with its cursor: each object exactly once, whatever breaks.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_stream::try_stream;
use futures_util::Stream;
use futures_util::future::BoxFuture;
use http::StatusCode;
use kai_core::Observed;

use crate::call::Call;
use crate::error::Failure;
use crate::request::{Answer, ApiClient, Budget};
use crate::wire::Found;
use crate::wire::page::{ACCEPT, PageReader};
use crate::wire::{Continuation, ListKind};

/// How often a list is begun anew that has expired without saying how to go on.
const RESTARTS: u32 = 3;
/// How many pages in a row may hold nothing new, or be refused as expired.
const IDLE_TURNS: u32 = 10;

/// A list, by its path, in pages.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    path: String,
    kind: ListKind,
    /// The namespace that all of it has to be of, where it is the list of one.
    namespace: Option<String>,
    page_size: u32,
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

/// What a list yields.
#[derive(Debug)]
pub(crate) enum Listed {
    Fact(Observed),
    /// What comes after the first page, where that says it before its objects.
    Head(Continuation),
    /// The end of a page after which the list goes on.
    Turn(Continuation),
}

impl Listed {
    /// The fact, where it is one.
    pub(crate) fn fact(self) -> Option<Observed> {
        match self {
            Self::Fact(fact) => Some(fact),
            Self::Head(_) | Self::Turn(_) => None,
        }
    }
}

impl Listing {
    /// The list that a call asks for, of this kind, in pages of so many objects (0: in one).
    pub(crate) fn new(call: &Call, kind: ListKind, page_size: u32) -> Self {
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
    pub(crate) fn read(self, api: Arc<ApiClient>) -> impl Stream<Item = Result<Listed, Failure>> {
        try_stream! {
            let mut cursor = Cursor::after(self.after.clone());
            let (mut next, mut turns) = (String::new(), Turns::default());
            let (mut headed, mut whole) = (false, self.whole);
            let mut asked = Asked::new(&api, self.page(&next));
            'pages: loop {
                let (mut answer, mut budget) = asked.answer().await;
                'attempts: loop {
                    let mut page = match answer {
                        Ok(answer) => Page::new(answer, self.kind),
                        Err(failure) => {
                            next = turns.anew(failure)?;
                            cursor.resume();
                            asked = Asked::new(&api, self.page(&next));
                            continue 'pages;
                        }
                    };
                    let mut ahead = None;
                    loop {
                        match page.step(&budget, &mut ahead).await {
                            Ok(Step::Head(head)) => {
                                if whole && !head.next.is_empty() {
                                    ahead = Some(Asked::new(&api, self.page(&head.next)));
                                }
                                if !std::mem::replace(&mut headed, true) {
                                    yield Listed::Head(head);
                                }
                            }
                            Ok(Step::Fact(fact)) => {
                                self.check_namespace(&fact)?;
                                if cursor.admits(&fact)? {
                                    turns.new_in_page = true;
                                    yield Listed::Fact(fact);
                                }
                            }
                            Ok(Step::End(end)) if end.next.is_empty() => {
                                api.progressed();
                                break 'pages;
                            }
                            Ok(Step::End(end)) => {
                                if turns.turn()? {
                                    api.progressed();
                                }
                                // Its place among the requests is for whoever comes next.
                                drop(page);
                                next.clone_from(&end.next);
                                yield Listed::Turn(end);
                                whole = true;
                                asked = ahead
                                    .unwrap_or_else(|| Asked::new(&api, self.page(&next)));
                                continue 'pages;
                            }
                            Err(failure) => {
                                drop(page);
                                // Where the page goes on may be elsewhere next time.
                                drop(ahead);
                                api.retry(&mut budget, failure).await?;
                                cursor.resume();
                                let path = self.page(&next);
                                answer = api.get(&path, ACCEPT, &mut budget).await;
                                continue 'attempts;
                            }
                        }
                    }
                }
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

    fn page(&self, next: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if self.page_size > 0 {
            query.append_pair("limit", &self.page_size.to_string());
        }
        if !next.is_empty() {
            query.append_pair("continue", next);
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

/// A page that was asked for.
enum Asked<'s> {
    Waiting(BoxFuture<'s, Got<'s>>),
    Answered(Box<Got<'s>>),
}

/// An answer, and what may still be spent on it.
type Got<'s> = (Result<Answer<'s>, Failure>, Budget);

impl<'s> Asked<'s> {
    fn new(api: &'s ApiClient, path: String) -> Self {
        Self::Waiting(Box::pin(async move {
            let mut budget = api.budget();
            (api.get(&path, ACCEPT, &mut budget).await, budget)
        }))
    }

    /// Gets on with asking.
    fn poll(&mut self, cx: &mut Context<'_>) {
        if let Self::Waiting(asking) = self
            && let Poll::Ready(got) = asking.as_mut().poll(cx)
        {
            *self = Self::Answered(Box::new(got));
        }
    }

    /// The answer. How long it lay unread is not counted.
    async fn answer(self) -> Got<'s> {
        match self {
            Self::Waiting(asking) => asking.await,
            Self::Answered(got) => {
                let (answer, mut budget) = *got;
                budget.restart();
                (answer, budget)
            }
        }
    }
}

/// The reading of one page.
struct Page<'s> {
    answer: Answer<'s>,
    reader: PageReader,
}

/// What the reading of a page comes to next.
enum Step {
    Head(Continuation),
    Fact(Observed),
    End(Continuation),
}

impl<'s> Page<'s> {
    fn new(answer: Answer<'s>, kind: ListKind) -> Self {
        let reader = PageReader::new(answer.encoding(), kind);
        Self { answer, reader }
    }

    async fn step(
        &mut self,
        budget: &Budget,
        ahead: &mut Option<Asked<'_>>,
    ) -> Result<Step, Failure> {
        loop {
            match self.reader.next()? {
                Some(Found::Head(head)) => return Ok(Step::Head(head)),
                Some(Found::Fact(fact)) => return Ok(Step::Fact(fact)),
                None => {}
            }
            let mut next = pin!(self.answer.next(budget));
            let piece = poll_fn(|cx| {
                let piece = next.as_mut().poll(cx);
                if piece.is_pending()
                    && let Some(ahead) = ahead
                {
                    ahead.poll(cx);
                }
                piece
            });
            match piece.await? {
                Some(piece) => self.reader.feed(piece),
                None => return self.reader.finish().map(Step::End).map_err(Failure::Cut),
            }
        }
    }
}
