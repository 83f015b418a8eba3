//! The documents of an input: which of them, and of their items, are namespaces and pods.

use std::collections::VecDeque;
use std::sync::Arc;

use kai_core::{Excerpt, Namespace, Observed, Pod, PodFields};

use super::error::ReadError;
use super::looks::Look;
use crate::wire::WireError;
use crate::wire::item::{self, Item};
use crate::wire::json::{Document, FILE_ITEM_MAX, Found, JsonReader};
use crate::wire::json::{Envelope, is_empty_list};
use crate::wire::status::Status;

/// How many items may wait for the end of their list, which says what they are. Each of them has
/// no containers: it takes the memory of its names.
const HELD_MAX: usize = 250_000;
/// How many objects of other kinds are read before the first pod or namespace. An input that never
/// has one may have no end.
const OTHERS_MAX: usize = 1_000_000;

/// Reads one JSON document after another, and counts what is in them.
#[derive(Debug)]
pub(crate) struct Documents {
    reader: JsonReader,
    fields: Arc<PodFields>,
    /// What the list that ended last turned out to hold.
    ready: VecDeque<Observed>,
    /// The lists at hand, the outermost first; one without items may be missing.
    lists: Vec<ListState>,
    /// Whether there was any document.
    any: bool,
    /// Whether there was a list of pods or namespaces that may well be empty.
    empty: bool,
    facts: usize,
    others: usize,
    /// The first document of another kind, where it is, and in which line of YAML.
    first_other: Option<(u64, Option<usize>, String)>,
    /// Where the document at hand begins in YAML.
    line: Option<usize>,
}

/// What was seen of a list so far.
#[derive(Debug, Default)]
struct ListState {
    /// Items of which neither they nor the list said yet what they are, and that have no
    /// containers.
    held: Vec<Pod>,
    /// The same, that could not be read as pods; the first of them says why.
    odd: Option<(usize, WireError)>,
    /// Whether an item was taken for a pod since it has containers, though nothing says so.
    assumed: bool,
    facts: usize,
    others: usize,
    /// How many of its items are lists.
    inner: usize,
}

impl Default for Documents {
    fn default() -> Self {
        Self::new(FILE_ITEM_MAX, Arc::default())
    }
}

impl Documents {
    /// Documents whose items may have so many bytes, read with these fields of pods.
    pub(crate) fn new(item_max: usize, fields: Arc<PodFields>) -> Self {
        Self {
            fields,
            reader: JsonReader::of_file(item_max),
            ready: VecDeque::new(),
            lists: Vec::new(),
            any: false,
            empty: false,
            facts: 0,
            others: 0,
            first_other: None,
            line: None,
        }
    }

    /// Passes over bytes that are not fed.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.reader.skip(bytes);
    }

    /// Tells in which line of YAML the document at hand begins.
    pub(super) fn in_line(&mut self, line: usize) {
        self.line = Some(line);
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// The next namespace or pod; `None` when it takes more bytes.
    pub(crate) fn next(&mut self) -> Result<Option<Observed>, ReadError> {
        loop {
            if let Some(fact) = self.ready.pop_front() {
                self.facts += 1;
                return Ok(Some(fact));
            }
            if self.facts == 0 && self.others > OTHERS_MAX {
                return Err(ReadError::OtherKinds(self.others));
            }
            let found = match self.reader.next() {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(None),
                Err(error) => return Err(self.looks_like(error)),
            };
            match found {
                Found::Item { json, at, list_kind } => {
                    let undecided = list_kind.is_none();
                    let item = item::read(json, at, list_kind, &self.fields);
                    let is_list = matches!(item, Ok(Item::Other)) && is_empty_list(json);
                    let undecided = undecided && (item.is_ok() || item::has_no_kind(json));
                    let around = self.reader.lists_around();
                    self.lists.resize_with(around + 1, ListState::default);
                    if is_list {
                        self.empty = true;
                    } else if let Some(list) = self.lists.last_mut()
                        && list.add(item, undecided, &mut self.ready)?
                        && list.held.len() > HELD_MAX
                    {
                        return Err(ReadError::Undecided { at, max: HELD_MAX });
                    }
                }
                Found::Document(document) => {
                    self.any = true;
                    let envelope = Envelope::read(document)?;
                    let ended = if envelope.is_list() {
                        Ended::List(List::of(&envelope, document)?)
                    } else {
                        object(&envelope.kind, document, &self.fields)?
                    };
                    self.end(ended)?;
                }
            }
        }
    }

    /// Takes what a document that ended tells.
    fn end(&mut self, ended: Ended) -> Result<(), ReadError> {
        match ended {
            Ended::Fact(fact) => self.ready.push_back(fact),
            Ended::Other { at, found } => {
                self.others += 1;
                self.first_other.get_or_insert((at, self.line, found));
            }
            Ended::List(list) => {
                let around = self.reader.lists_around();
                let state = self.lists.drain(around.min(self.lists.len())..).next();
                let state = state.unwrap_or_default();
                if around > 0 {
                    self.lists.resize_with(around, ListState::default);
                    self.lists[around - 1].inner += 1;
                }
                self.others += state.others;
                self.end_list(list, state)?;
            }
        }
        Ok(())
    }

    /// Judges a list by its kind, which may come after its items.
    fn end_list(&mut self, list: List, state: ListState) -> Result<(), ReadError> {
        let List { at, end, kind, next, remaining } = list;
        let ListState { held, odd, assumed, facts, others, inner } = state;
        let known = matches!(&*kind, "" | "List" | "PodList" | "NamespaceList");
        if !next.is_empty() && (known || facts > 0) {
            return Err(ReadError::Partial { at, remaining });
        }
        if assumed && (!known || kind == "NamespaceList") {
            return Err(ReadError::LateKind { at: end, kind });
        }
        let (odd_count, odd) = odd.map_or((0, None), |(count, error)| (count, Some(error)));
        if known {
            if let Some(error) = odd {
                return Err(error.into());
            }
            let none = facts + others + inner + held.len() == 0;
            self.empty |= none || kind == "PodList" || kind == "NamespaceList";
            self.ready.extend(held.into_iter().map(|pod| match &*kind {
                "NamespaceList" => Observed::Namespace(into_namespace(pod)),
                _ => Observed::Pod(pod),
            }));
        } else {
            let undecided = held.len() + odd_count;
            self.others += undecided;
            if facts + others + undecided == 0 {
                self.first_other.get_or_insert((at, self.line, named(&kind)));
            }
        }
        Ok(())
    }

    /// What stands where a document should begin may be known.
    fn looks_like(&self, error: WireError) -> ReadError {
        if let WireError::Unexpected { at, .. } = error
            && let Some(rest) = self.reader.between_documents()
            && let Some(look) = Look::of_text(&String::from_utf8_lossy(rest))
        {
            return ReadError::LooksAfter { at, look };
        }
        error.into()
    }

    /// Says that no more bytes come.
    pub(crate) fn finish(&self) -> Result<(), ReadError> {
        Ok(self.reader.finish()?)
    }

    /// Judges the input as a whole, once all of it was read.
    pub(crate) fn judge(&self) -> Result<(), ReadError> {
        if !self.any {
            return Err(ReadError::Empty);
        }
        if self.facts == 0 && !self.empty {
            return Err(match &self.first_other {
                Some((at, line, found)) if self.others <= 1 => {
                    let (at, found) = (*at, found.clone());
                    match *line {
                        Some(line) => ReadError::KindInLine { line, found },
                        None => ReadError::Kind { at, found },
                    }
                }
                _ => ReadError::OtherKinds(self.others),
            });
        }
        match self.others {
            0 => {}
            1 => tracing::warn!("an object of the input is neither namespace nor pod: skipped"),
            others => {
                tracing::warn!(
                    "{others} objects of the input are neither namespaces nor pods: skipped"
                );
            }
        }
        Ok(())
    }
}

impl ListState {
    /// Takes an item in; whether it waits for the end of the list.
    fn add(
        &mut self,
        item: Result<Item, WireError>,
        undecided: bool,
        ready: &mut VecDeque<Observed>,
    ) -> Result<bool, ReadError> {
        match item {
            Ok(Item::Other) => self.others += 1,
            Ok(Item::Fact { fact: Observed::Pod(pod), assumed: true })
                if undecided && pod.containers.is_empty() =>
            {
                self.held.push(pod);
                return Ok(true);
            }
            Ok(Item::Fact { fact, assumed }) => {
                self.assumed |= assumed && undecided;
                self.facts += 1;
                ready.push_back(fact);
            }
            Err(error) if undecided => match &mut self.odd {
                Some((count, _)) => *count += 1,
                odd => *odd = Some((1, error)),
            },
            Err(error) => return Err(error.into()),
        }
        Ok(false)
    }
}

/// What a document turned out to be.
enum Ended {
    Fact(Observed),
    Other { at: u64, found: String },
    List(List),
}

/// What stood around the items of a list.
struct List {
    at: u64,
    end: u64,
    kind: String,
    next: String,
    remaining: Option<u64>,
}

impl List {
    fn of(envelope: &Envelope<'_>, list: Document<'_>) -> Result<Self, ReadError> {
        let continuation = envelope.continuation()?;
        Ok(Self {
            at: list.position(0),
            end: list.position(list.json.len()),
            kind: envelope.kind.to_string(),
            next: continuation.next,
            remaining: continuation.remaining,
        })
    }
}

/// A document that is no list, by its own kind.
fn object(kind: &str, object: Document<'_>, fields: &PodFields) -> Result<Ended, ReadError> {
    let at = object.position(0);
    if kind == "Status"
        && let Some(refused) = Status::from_json(object.json).filter(|status| status.is_failure)
    {
        return Err(ReadError::Refused { at, said: refused.message });
    }
    if !matches!(kind, "Pod" | "Namespace") {
        return Ok(Ended::Other { at, found: named(kind) });
    }
    match item::read(object.json, at, None, fields)? {
        Item::Fact { fact, .. } => Ok(Ended::Fact(fact)),
        Item::Other => Ok(Ended::Other { at, found: named(kind) }),
    }
}

/// What was read as a pod, of a list that turns out to be one of namespaces.
fn into_namespace(pod: Pod) -> Namespace {
    let namespace = Namespace::new(pod.name);
    match pod.uid {
        Some(uid) => namespace.with_uid(uid),
        None => namespace,
    }
}

fn named(kind: &str) -> String {
    if kind.is_empty() {
        "an object without a kind".to_owned()
    } else {
        format!("a `{}`", Excerpt(kind))
    }
}
