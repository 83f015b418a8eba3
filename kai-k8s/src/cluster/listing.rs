//! One paged LIST with its cursor: each object exactly once, whatever breaks.

mod cursor;
mod page;
mod turns;

use std::sync::Arc;

use async_stream::try_stream;
use futures_util::Stream;
use kai_core::{LabelSelector, Observed, PodFields};

use self::cursor::Cursor;
use self::page::{Asked, Page};
use self::turns::Turns;
use crate::cluster::call::Call;
use crate::cluster::error::Failure;
use crate::cluster::request::ApiClient;
use crate::wire::{Continuation, ListKind, PagePart};

/// How many objects a page holds.
pub(crate) const PAGE: u32 = 500;
/// How many objects a page of one namespace holds, where the server has these in memory.
const LONG_PAGE: u32 = 5000;
/// How often pages of a list may break until they are short ones.
const BREAKS: u32 = 2;

/// A list, by its path, in pages.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    path: String,
    kind: ListKind,
    /// The namespace that all of it has to be of, where it is the list of one.
    namespace: Option<String>,
    /// Which of the objects, as a label selector; empty: all.
    selector: String,
    /// Which fields of pods are read besides those that always are.
    fields: Arc<PodFields>,
    /// `None`: what suits the server.
    page_size: Option<u32>,
    /// The last key that is known already.
    after: String,
    /// Whether it is clear from the start that all of it is wanted.
    whole: bool,
}

impl Listing {
    /// The list that a call asks for, of this kind, in pages of so many objects (0: in one), or as
    /// suits the server.
    pub(crate) fn new(call: &Call, kind: ListKind, page_size: Option<u32>) -> Self {
        let namespace = call.namespace().map(str::to_owned);
        Self {
            path: call.path(),
            kind,
            namespace,
            selector: String::new(),
            fields: Arc::default(),
            page_size,
            after: String::new(),
            whole: true,
        }
    }

    /// The same list of the objects that a label selector selects, with these fields of pods.
    pub(crate) fn select(mut self, selector: &LabelSelector, fields: &Arc<PodFields>) -> Self {
        self.selector = selector.to_string();
        self.fields = Arc::clone(fields);
        self
    }

    /// Of which kind its objects are.
    pub(crate) fn kind(&self) -> ListKind {
        self.kind
    }

    /// The namespace that it is of, where it is of one.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
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
            (Observed::Controller(it), Some(namespace)) if *it.namespace != **namespace => {
                let (namespace, name) = (it.namespace.to_string(), it.object.name.to_string());
                Err(Failure::OfAnotherNamespace(namespace, name))
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
        if !self.selector.is_empty() {
            query.append_pair("labelSelector", &self.selector);
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
    Page(Box<Page<'s>>),
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
            state: State::Asked(Asked::new(
                api,
                listing.page("", page_size),
                listing.kind.accept(),
            )),
        }
    }

    /// What comes next; `None` at the end of the list. An error is final.
    async fn next(&mut self) -> Result<Option<PagePart>, Failure> {
        loop {
            let part = match &mut self.state {
                State::Asked(asked) => {
                    let (answer, budget) = asked.answer().await;
                    match answer {
                        Ok(answer) => {
                            let page =
                                Page::new(answer, budget, self.listing.kind, &self.listing.fields);
                            self.state = State::Page(Box::new(page));
                        }
                        Err(failure) => self.expired(failure)?,
                    }
                    continue;
                }
                State::Page(page) => page.next(self.api).await,
                State::Ended => return Ok(None),
            };
            let part = match part {
                Ok(PagePart::Head(head)) => self.begun(head),
                Ok(PagePart::Fact(fact, revision)) => self.admit(fact, revision)?,
                Ok(PagePart::End(end)) => Some(self.ended(end)?),
                Err(failure) => {
                    self.broke(failure);
                    None
                }
            };
            if part.is_some() {
                return Ok(part);
            }
        }
    }

    /// Asks for the page that begins at a token.
    fn ask(&self, token: &str) -> Asked<'s> {
        let path = self.listing.page(token, self.page_size);
        Asked::new(self.api, path, self.listing.kind.accept())
    }

    /// The list has expired, or its failure is final.
    fn expired(&mut self, failure: Failure) -> Result<(), Failure> {
        let token = self.turns.anew(failure)?;
        self.cursor.resume();
        if token.is_empty() {
            self.page_size = self.listing.page_size(self.api, self.breaks);
        }
        self.state = State::Asked(self.ask(&token));
        self.token = token;
        Ok(())
    }

    /// The page broke off: it is asked for again. Where it goes on may be elsewhere then, so that the
    /// page after it is given up.
    ///
    /// A long page that breaks again and again gets nowhere, and may be too much for what is between:
    /// then the list is begun anew in short ones, since a token is good for pages of its own length.
    fn broke(&mut self, failure: Failure) {
        let State::Page(page) = std::mem::replace(&mut self.state, State::Ended) else { return };
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
        let path = self.listing.page(&self.token, self.page_size);
        let accept = self.listing.kind.accept();
        self.state = State::Asked(Asked::again(self.api, path, accept, page.budget, failure));
    }

    /// The page says what comes after it, before its objects.
    fn begun(&mut self, head: Continuation) -> Option<PagePart> {
        let ahead = (self.whole && !head.next.is_empty()).then(|| self.ask(&head.next));
        if let State::Page(page) = &mut self.state {
            page.ahead = ahead;
        }
        let first = !std::mem::replace(&mut self.headed, true);
        first.then_some(PagePart::Head(head))
    }

    /// An object of the page: given out where it is new.
    fn admit(&mut self, fact: Observed, revision: u64) -> Result<Option<PagePart>, Failure> {
        self.listing.check_namespace(&fact)?;
        let new = self.cursor.admits(&fact)?;
        self.turns.new_in_page |= new;
        // What is known already is read again for as long as it takes, but not again and again.
        if let State::Page(page) = &mut self.state {
            page.got_on |= new || self.breaks < BREAKS;
        }
        Ok(new.then_some(PagePart::Fact(fact, revision)))
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
                State::Page(page) => page.ahead,
                State::Asked(_) | State::Ended => None,
            };
            self.state = State::Asked(ahead.unwrap_or_else(|| self.ask(&end.next)));
            self.token.clone_from(&end.next);
        }
        Ok(PagePart::End(end))
    }
}
