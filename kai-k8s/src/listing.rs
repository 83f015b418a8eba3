//! One paged LIST with its cursor: each object exactly once, whatever breaks.

use std::sync::Arc;

use async_stream::try_stream;
use futures_util::Stream;
use http::StatusCode;
use kai_core::{Excerpt, Observed};

use crate::error::Failure;
use crate::request::{Answer, Budget, Session};
use crate::wire::WireError;
use crate::wire::item::{self, Envelope, Item};
use crate::wire::json::{Found, JsonReader};

/// How often a list is begun anew that has expired without saying how to go on.
const RESTARTS: u32 = 3;
/// How many pages in a row may hold nothing, or be refused as expired.
const IDLE_TURNS: u32 = 10;

/// A list, by its path, in pages.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    path: String,
    page_size: u32,
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
    /// Whether an object is new. One that comes out of order could be either, and is an error.
    fn admits(&mut self, fact: &Observed) -> Result<bool, Failure> {
        self.key.clear();
        match fact {
            Observed::Pod(pod) => self.key.extend([&pod.namespace, "/", &pod.name]),
            Observed::Namespace(namespace) => self.key.push_str(&namespace.name),
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
    /// The list at a path, in pages of this many objects (0: in one).
    pub(crate) fn new(path: String, page_size: u32) -> Self {
        Self { path, page_size }
    }

    /// Reads the list, page after page.
    pub(crate) fn read(
        self,
        session: Arc<Session>,
    ) -> impl Stream<Item = Result<Observed, Failure>> {
        try_stream! {
            let mut cursor = Cursor::default();
            let (mut next, mut turns) = (String::new(), Turns::default());
            'pages: loop {
                let mut budget = session.budget();
                let path = self.page(&next);
                'attempts: loop {
                    let mut answer = match session.get(&path, &mut budget).await {
                        Ok(answer) => answer,
                        Err(failure) => {
                            next = turns.anew(failure)?;
                            cursor.resume();
                            continue 'pages;
                        }
                    };
                    let mut page = Page::default();
                    loop {
                        match page.step(&mut answer, &budget).await {
                            Ok(Step::Fact(fact)) => {
                                turns.idle = 0;
                                if cursor.admits(&fact)? {
                                    turns.expired = 0;
                                    yield fact;
                                }
                            }
                            Ok(Step::End { next: end }) if end.is_empty() => break 'pages,
                            Ok(Step::End { next: token }) => {
                                turns.turn()?;
                                next = token;
                                continue 'pages;
                            }
                            Err(failure) => {
                                drop(answer);
                                session.retry(&mut budget, failure).await?;
                                cursor.resume();
                                continue 'attempts;
                            }
                        }
                    }
                }
            }
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
    /// To pages without any object, in a row.
    idle: u32,
    /// To a token that a refusal carried, since the last new object.
    expired: u32,
    /// From the beginning.
    restarts: u32,
}

impl Turns {
    /// Turns to another page; a server that tells of nothing but further pages is given up.
    fn turn(&mut self) -> Result<(), Failure> {
        self.idle += 1;
        if self.idle > IDLE_TURNS { Err(Failure::NoProgress(self.idle)) } else { Ok(()) }
    }

    /// Where a list goes on that has expired: after the token that the refusal carries, else from
    /// its beginning, a few times. Any other failure is final.
    fn anew(&mut self, failure: Failure) -> Result<String, Failure> {
        let Failure::Status { code: StatusCode::GONE, next, .. } = failure else {
            return Err(failure);
        };
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
                tracing::debug!(
                    "the list has expired: beginning anew, and going on after the last key"
                );
                Ok(String::new())
            }
            None => Err(Failure::Expired(self.restarts + 1)),
        }
    }
}

/// The reading of one page.
#[derive(Default)]
struct Page {
    reader: JsonReader,
    /// The page's end was read; only blanks may follow.
    end: Option<String>,
}

enum Step {
    Fact(Observed),
    /// The page is read; what continues the list, empty at its end.
    End {
        next: String,
    },
}

impl Page {
    async fn step(&mut self, answer: &mut Answer<'_>, budget: &Budget) -> Result<Step, Failure> {
        loop {
            if let Some(fact) = self.next_fact()? {
                return Ok(Step::Fact(fact));
            }
            if let Some(piece) = answer.next(budget).await? {
                self.reader.feed(&piece);
                continue;
            }
            self.reader.finish().map_err(Failure::Cut)?;
            let nothing = WireError::Cut { at: 0, expected: "a list" };
            return self.end.take().map(|next| Step::End { next }).ok_or(Failure::Cut(nothing));
        }
    }

    fn next_fact(&mut self) -> Result<Option<Observed>, Failure> {
        while let Some(found) = self.reader.next().map_err(Failure::Malformed)? {
            if self.end.is_some() {
                return Err(Failure::Malformed(second_document()));
            }
            match found {
                Found::Item { json, at, list_kind } => {
                    match item::read(json, at, list_kind).map_err(Failure::Malformed)? {
                        Item::Fact { fact, .. } => return Ok(Some(fact)),
                        Item::Other => {
                            return Err(Failure::Malformed(not_a_list(
                                list_kind.unwrap_or_default(),
                            )));
                        }
                    }
                }
                Found::Document(document) => {
                    let envelope = Envelope::read(document).map_err(Failure::Malformed)?;
                    if !matches!(&*envelope.kind, "PodList" | "NamespaceList") {
                        return Err(Failure::Malformed(not_a_list(&envelope.kind)));
                    }
                    self.end = Some(envelope.next().to_owned());
                }
            }
        }
        Ok(None)
    }
}

fn second_document() -> WireError {
    WireError::Unexpected { at: 0, expected: "one list", found: "a second one after it".to_owned() }
}

fn not_a_list(kind: &str) -> WireError {
    let found = if kind.is_empty() {
        "an object of no kind".to_owned()
    } else {
        format!("a `{}`", Excerpt(kind))
    };
    WireError::Unexpected { at: 0, expected: "a `PodList` or `NamespaceList`", found }
}
