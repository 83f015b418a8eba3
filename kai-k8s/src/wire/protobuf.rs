//! Finds the items of lists in Kubernetes' [protobuf encoding] as its bytes arrive.
//!
//! An answer is `k8s\0` and a message `Unknown`, which names a kind and holds the list as bytes. An
//! item is read where it lies if it came in one piece, else it is put together first.
//!
//! [protobuf encoding]: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding

mod details;
pub(super) mod message;
pub(super) mod object;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) mod written;

use std::sync::Arc;

use bytes::Bytes;
use kai_core::PodFields;

use self::message::{Fault, Key, Message, Varint, Wire};
use super::pieces::Pieces;
use super::status::{self, Status};
use super::{Continuation, ITEM_MAX, ListKind, PagePart, WireError};

/// What every answer begins with, and every object in a stream of changes.
pub(super) const MAGIC: &[u8] = b"k8s\0";
pub(super) const BEGINNING: &str = "`k8s\\0`, the beginning of protobuf";

/// Takes the bytes of one list in, and gives out what is in them.
#[derive(Debug)]
pub(crate) struct ProtobufReader {
    pieces: Pieces,
    expect: Expect,
    place: Place,
    /// What the list has to be.
    kind: ListKind,
    /// Which fields of a pod are read besides those that always are.
    fields: Arc<PodFields>,
    answer: Kind,
    end: Continuation,
}

/// What the answer calls itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    /// The list that it has to be.
    List,
    Status,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Default)]
enum Expect {
    #[default]
    Magic,
    /// The key of a field, and how long it is or what it counts.
    Field(Varint, Option<Key>),
    /// The bytes of a field that is read whole.
    Value { field: u32, length: usize },
    /// Bytes to skip.
    Skip(u64),
}

/// In which message the next field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// In `Unknown`, before its bytes.
    #[default]
    Before,
    /// In the list, which ends at this position.
    List { end: u64 },
    /// In `Unknown`, after its bytes.
    After,
}

impl ProtobufReader {
    /// A reader of such a list.
    pub(crate) fn new(kind: ListKind, fields: Arc<PodFields>) -> Self {
        Self {
            pieces: Pieces::default(),
            expect: Expect::default(),
            place: Place::default(),
            kind,
            fields,
            answer: Kind::Unknown,
            end: Continuation::default(),
        }
    }

    /// Takes more bytes in, once all that came before were read.
    pub(crate) fn feed(&mut self, piece: Bytes) {
        self.pieces.feed(piece);
    }

    /// What comes next in the bytes so far; `None` when it takes more of them.
    pub(crate) fn next(&mut self) -> Result<Option<PagePart>, WireError> {
        loop {
            match self.expect {
                Expect::Magic => {
                    if !self.pieces.is_whole(MAGIC.len()) {
                        return Ok(None);
                    }
                    if self.pieces.value(MAGIC.len()) != MAGIC {
                        let found = "something else".to_owned();
                        return Err(WireError::Unexpected { at: 0, expected: BEGINNING, found });
                    }
                    self.pieces.pass(MAGIC.len());
                    self.expect = FIELD;
                }
                Expect::Field(number, key) => {
                    if number.is_fresh() && key.is_none() && self.is_end_of_list() {
                        self.place = Place::After;
                    }
                    if self.pieces.is_empty() {
                        return Ok(None);
                    }
                    self.expect = self.field(number, key)?;
                }
                Expect::Value { field, length } => {
                    if !self.pieces.is_whole(length) {
                        return Ok(None);
                    }
                    let read = self.read(field, length)?;
                    self.pieces.pass(length);
                    self.expect = FIELD;
                    if read.is_some() {
                        return Ok(read);
                    }
                }
                Expect::Skip(left) => {
                    let passed = self.pieces.skip(left);
                    if passed < left {
                        self.expect = Expect::Skip(left - passed);
                        return Ok(None);
                    }
                    self.expect = FIELD;
                }
            }
        }
    }

    /// Says that no more bytes come; an error where they ended too early.
    pub(crate) fn finish(&mut self) -> Result<Continuation, WireError> {
        let expected = match (self.place, self.expect) {
            (_, Expect::Magic) => BEGINNING,
            (_, Expect::Value { .. } | Expect::Skip(_)) => "the rest of a field",
            (Place::Before, _) => "a list",
            (Place::List { .. }, _) => "the rest of the list",
            (Place::After, Expect::Field(number, None)) if number.is_fresh() => {
                return Ok(std::mem::take(&mut self.end));
            }
            (Place::After, _) => "the rest of a field",
        };
        Err(WireError::Cut { at: self.pieces.at(), expected })
    }

    fn is_end_of_list(&self) -> bool {
        self.place == Place::List { end: self.pieces.at() }
    }

    /// Reads on in what stands before a field's value; says what comes after it.
    fn field(&mut self, mut number: Varint, mut key: Option<Key>) -> Result<Expect, WireError> {
        while let Some(byte) = self.pieces.byte() {
            let Some(value) = number.push(byte).map_err(|fault| self.bad_field(fault))? else {
                continue;
            };
            match key {
                None => {
                    let read = Key::new(value).map_err(|fault| self.bad_field(fault))?;
                    if let Wire::Fixed(length) = read.wire {
                        return self.skip(length as u64);
                    }
                    key = Some(read);
                }
                // A number, which is skipped.
                Some(Key { wire: Wire::Varint, .. }) => return self.skip(0),
                Some(Key { field, .. }) => return self.bytes(field, value),
            }
        }
        Ok(Expect::Field(number, key))
    }

    /// What is to be done with the bytes of a field.
    fn bytes(&mut self, field: u32, length: u64) -> Result<Expect, WireError> {
        let what = match (self.place, field) {
            (Place::Before, 1) => "the type of the answer",
            (Place::Before, 2) if self.answer == Kind::Status => "the Status",
            (Place::Before, 2) => {
                if self.answer == Kind::Unknown {
                    self.kind.check("")?;
                }
                let end =
                    self.pieces.at().checked_add(length).ok_or_else(|| self.bad_field(TOO_LONG))?;
                self.place = Place::List { end };
                return Ok(FIELD);
            }
            (Place::After, 2) => {
                return Err(super::second_list(self.pieces.at()));
            }
            (Place::List { .. }, 1) => "the metadata of the list",
            (Place::List { .. }, 2) => "an item",
            _ => return self.skip(length),
        };
        self.within_list(length)?;
        match usize::try_from(length) {
            Ok(length) if length <= ITEM_MAX => Ok(Expect::Value { field, length }),
            _ => Err(WireError::TooLong { at: self.pieces.at(), what, max: ITEM_MAX }),
        }
    }

    fn skip(&self, length: u64) -> Result<Expect, WireError> {
        self.within_list(length)?;
        Ok(if length == 0 { FIELD } else { Expect::Skip(length) })
    }

    /// Whether so many bytes more belong to the message that the field is in.
    fn within_list(&self, length: u64) -> Result<(), WireError> {
        match self.place {
            Place::List { end }
                if end.checked_sub(self.pieces.at()).is_none_or(|left| left < length) =>
            {
                Err(self.bad_field(TOO_LONG))
            }
            _ => Ok(()),
        }
    }

    /// Reads the value of a field.
    fn read(&mut self, field: u32, length: usize) -> Result<Option<PagePart>, WireError> {
        let (value, start) = (self.pieces.value(length), self.pieces.start());
        let invalid =
            |what: &str, why: String| WireError::Invalid { at: start, what: what.to_owned(), why };
        match self.place {
            Place::List { .. } if field == 2 => {
                let (fact, revision) = object::read(value, self.kind, &self.fields)
                    .map_err(|fault| invalid("the item that begins here", fault.to_string()))?;
                super::named(fact, start).map(|fact| Some(PagePart::Fact(fact, revision)))
            }
            Place::List { .. } => {
                let ListMeta { next, remaining, revision } =
                    list_meta(Message::new("ListMeta", value))
                        .map_err(|fault| invalid("the metadata of the list", fault.to_string()))?;
                let end = Continuation::new(next, remaining, revision)?;
                self.end = end.clone();
                Ok(Some(PagePart::Head(end)))
            }
            // Of one that is well: no list, whatever it says.
            _ if field == 2 => match status_of(value) {
                Some(status) if status.is_failure => Err(WireError::Refused(status)),
                _ => self.kind.check(STATUS).map(|()| None),
            },
            _ => {
                let kind = kind(Message::new("TypeMeta", value))
                    .map_err(|fault| invalid("the type of the answer", fault.to_string()))?;
                let is_status = kind == STATUS;
                if !is_status {
                    self.kind.check(kind)?;
                }
                self.answer = if is_status { Kind::Status } else { Kind::List };
                Ok(None)
            }
        }
    }

    fn bad_field(&self, fault: &str) -> WireError {
        let why = format!("a field {fault}");
        WireError::Invalid { at: self.pieces.at(), what: "the list".to_owned(), why }
    }
}

const FIELD: Expect = Expect::Field(Varint::NEW, None);
const TOO_LONG: &str = "is longer than what it is in";

/// The kind that an answer or object names.
pub(super) fn kind(type_meta: Message<'_>) -> Result<&str, Fault> {
    let mut kind = "";
    for field in type_meta {
        let field = field?;
        if field.number == 2 {
            kind = field.text()?;
        }
    }
    Ok(kind)
}

/// What the kind of a [`Status`] is.
pub(super) const STATUS: &str = "Status";

/// What the metadata of a list says of it.
#[derive(Clone, Copy, Debug, Default)]
struct ListMeta<'a> {
    /// The token by which it goes on.
    next: &'a str,
    /// How many objects come after the page.
    remaining: Option<u64>,
    revision: u64,
}

fn list_meta(meta: Message<'_>) -> Result<ListMeta<'_>, Fault> {
    let mut said = ListMeta::default();
    for field in meta {
        let field = field?;
        match field.number {
            2 => said.revision = super::revision(field.text()?),
            3 => said.next = field.text()?,
            // A negative count says nothing.
            4 => said.remaining = u64::try_from(field.integer()?).ok(),
            _ => {}
        }
    }
    Ok(said)
}

/// What an answer says that is a [`Status`]; `None` where it is none.
pub(crate) fn status(answer: &[u8]) -> Option<Status> {
    let (mut is_status, mut status) = (false, None);
    for field in Message::new("Unknown", answer.strip_prefix(MAGIC)?).map_while(Result::ok) {
        match field.number {
            1 => is_status = kind(field.message("TypeMeta").ok()?).ok()? == STATUS,
            2 if is_status => status = Some(status_of(field.bytes().ok()?)?),
            _ => {}
        }
    }
    is_status.then(|| status.unwrap_or_default())
}

/// What a [`Status`] says; `None` where it cannot be read.
pub(super) fn status_of(message: &[u8]) -> Option<Status> {
    let mut status = Status::default();
    for field in Message::new(STATUS, message).map_while(Result::ok) {
        match field.number {
            1 => list_meta(field.message("ListMeta").ok()?).ok()?.next.clone_into(&mut status.next),
            2 => status.is_failure = field.text().ok()? == status::FAILURE,
            3 => field.text().ok()?.clone_into(&mut status.message),
            6 => status.code = u16::try_from(field.integer().ok()?).unwrap_or_default(),
            _ => {}
        }
    }
    Some(status)
}
