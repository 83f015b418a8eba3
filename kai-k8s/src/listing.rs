//! One paged LIST with its cursor: each object exactly once, whatever breaks.

use std::cmp::Ordering;
use std::sync::Arc;

use async_stream::try_stream;
use futures_util::Stream;
use http::StatusCode;
use kai_core::Observed;

use crate::error::Failure;
use crate::request::{Answer, Budget, Session};
use crate::wire::WireError;
use crate::wire::item::{self, Envelope, Item};
use crate::wire::json::{Found, JsonReader};

/// How often a list is begun anew that has expired without saying how to go on.
const RESTARTS: u32 = 3;

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
    /// Whether the keys came out of order, so that there is no resuming.
    disorder: bool,
}

impl Cursor {
    /// Whether an object is new.
    fn admits(&mut self, fact: &Observed) -> bool {
        self.key.clear();
        match fact {
            Observed::Pod(pod) => self.key.extend([&pod.namespace, "/", &pod.name]),
            Observed::Namespace(namespace) => self.key.push_str(&namespace.name),
            _ => return true,
        }
        match self.key.cmp(&self.last) {
            Ordering::Greater => {
                self.resuming = false;
                std::mem::swap(&mut self.key, &mut self.last);
                true
            }
            _ if self.resuming => false,
            // Never seen of an API server; and as good as new while nothing needs to be resumed.
            _ => {
                self.disorder = true;
                true
            }
        }
    }

    fn resume(&mut self) -> Result<(), Failure> {
        if self.disorder {
            return Err(Failure::Unordered);
        }
        self.resuming = !self.last.is_empty();
        Ok(())
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
            let (mut next, mut restarts) = (String::new(), 0);
            'pages: loop {
                let mut budget = session.budget();
                let path = self.page(&next);
                'attempts: loop {
                    let mut answer = match session.get(&path, &mut budget).await {
                        Ok(answer) => answer,
                        Err(failure) => {
                            next = anew(failure, &mut restarts)?;
                            cursor.resume()?;
                            continue 'pages;
                        }
                    };
                    let mut page = Page::default();
                    loop {
                        match page.step(&mut answer, &budget).await {
                            Ok(Step::Fact(fact)) => {
                                if cursor.admits(&fact) {
                                    yield fact;
                                }
                            }
                            Ok(Step::End { next: end }) if end.is_empty() => break 'pages,
                            Ok(Step::End { next: token }) => {
                                next = token;
                                continue 'pages;
                            }
                            Err(failure) => {
                                drop(answer);
                                session.retry(&mut budget, failure).await?;
                                cursor.resume()?;
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

/// Where a list goes on that has expired: after the token that the refusal carries, else from its
/// beginning, a few times. Any other failure is final.
fn anew(failure: Failure, restarts: &mut u32) -> Result<String, Failure> {
    match failure {
        Failure::Status { code: StatusCode::GONE, next: Some(token), .. } => {
            tracing::debug!("the list has expired: going on with the token that the server gave");
            Ok(token)
        }
        Failure::Status { code: StatusCode::GONE, .. } if *restarts < RESTARTS => {
            *restarts += 1;
            tracing::debug!(
                restart = *restarts,
                "the list has expired: beginning anew after the last key"
            );
            Ok(String::new())
        }
        Failure::Status { code: StatusCode::GONE, .. } => Err(Failure::Expired(*restarts + 1)),
        other => Err(other),
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

fn not_a_list(kind: &str) -> WireError {
    let found =
        if kind.is_empty() { "an object of no kind".to_owned() } else { format!("a `{kind}`") };
    WireError::Unexpected { at: 0, expected: "a `PodList` or `NamespaceList`", found }
}
