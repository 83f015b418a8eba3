//! Finds the items of lists in Kubernetes' [protobuf encoding] as its bytes arrive.
//!
//! An answer is `k8s\0` and a message `Unknown`, which names a kind and holds the list as bytes. An
//! item is read where it lies if it came in one piece, else it is put together first.
//!
//! [protobuf encoding]: https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding

mod message;
mod object;
#[cfg(test)]
mod tests;

use bytes::{Buf, Bytes};
use kai_core::Observed;

use self::message::{Fault, Key, Message, Varint, Wire};
use super::page::Found;
use super::{Continuation, ITEM_MAX, ListKind, WireError};

/// What every answer begins with.
const MAGIC: &[u8] = b"k8s\0";
const BEGINNING: &str = "`k8s\\0`, the beginning of protobuf";

/// Takes the bytes of one list in, and gives out what is in them.
#[derive(Debug, Default)]
pub(crate) struct ProtobufReader {
    /// What was fed and is to be read yet.
    piece: Bytes,
    /// The beginning of a value, where the rest of it has not come yet.
    held: Vec<u8>,
    /// How many bytes were read, those that are held included.
    at: u64,
    expect: Expect,
    place: Place,
    kind: Option<ListKind>,
    end: Continuation,
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
    /// Bytes that nobody needs.
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
    /// Takes more bytes in, once all that came before were read.
    pub(crate) fn feed(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "what came before was read");
        self.piece = piece;
    }

    /// What comes next in the bytes so far; `None` when it takes more of them.
    pub(crate) fn next(&mut self) -> Result<Option<Found>, WireError> {
        loop {
            match self.expect {
                Expect::Magic => {
                    if !self.is_whole(MAGIC.len()) {
                        return Ok(None);
                    }
                    if self.value(MAGIC.len()) != MAGIC {
                        let found = "something else".to_owned();
                        return Err(WireError::Unexpected { at: 0, expected: BEGINNING, found });
                    }
                    self.pass(MAGIC.len());
                    self.expect = FIELD;
                }
                Expect::Field(number, key) => {
                    if number.is_fresh() && key.is_none() && self.is_end_of_list() {
                        self.place = Place::After;
                    }
                    if self.piece.is_empty() {
                        return Ok(None);
                    }
                    self.expect = self.field(number, key)?;
                }
                Expect::Value { field, length } => {
                    if !self.is_whole(length) {
                        return Ok(None);
                    }
                    let read = self.read(field, length)?;
                    self.pass(length);
                    self.expect = FIELD;
                    if read.is_some() {
                        return Ok(read);
                    }
                }
                Expect::Skip(left) => {
                    let passed = left.min(self.piece.len() as u64);
                    self.piece.advance(usize::try_from(passed).unwrap_or_default());
                    self.at += passed;
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
        Err(WireError::Cut { at: self.at, expected })
    }

    fn is_end_of_list(&self) -> bool {
        self.place == Place::List { end: self.at }
    }

    /// Reads on in what stands before a field's value; says what comes after it.
    fn field(&mut self, mut number: Varint, mut key: Option<Key>) -> Result<Expect, WireError> {
        while !self.piece.is_empty() {
            let byte = self.piece.get_u8();
            self.at += 1;
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
                // A number, which nobody needs.
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
            (Place::Before, 2) => {
                if self.kind.is_none() {
                    return Err(super::not_a_list(""));
                }
                let end = self.at.checked_add(length).ok_or_else(|| self.bad_field(TOO_LONG))?;
                self.place = Place::List { end };
                return Ok(FIELD);
            }
            (Place::After, 2) => {
                return Err(super::second_list(self.at));
            }
            (Place::List { .. }, 1) => "the metadata of the list",
            (Place::List { .. }, 2) => "an item",
            _ => return self.skip(length),
        };
        self.within_list(length)?;
        match usize::try_from(length) {
            Ok(length) if length <= ITEM_MAX => Ok(Expect::Value { field, length }),
            _ => Err(WireError::TooLong { at: self.at, what, max: ITEM_MAX }),
        }
    }

    fn skip(&self, length: u64) -> Result<Expect, WireError> {
        self.within_list(length)?;
        Ok(if length == 0 { FIELD } else { Expect::Skip(length) })
    }

    /// Whether so many bytes more belong to the message that the field is in.
    fn within_list(&self, length: u64) -> Result<(), WireError> {
        match self.place {
            Place::List { end } if end.checked_sub(self.at).is_none_or(|left| left < length) => {
                Err(self.bad_field(TOO_LONG))
            }
            _ => Ok(()),
        }
    }

    /// Whether the next bytes, so many, are here in one piece; takes what there is of them.
    fn is_whole(&mut self, length: usize) -> bool {
        if self.held.is_empty() && self.piece.len() >= length {
            return true;
        }
        let taken = (length - self.held.len()).min(self.piece.len());
        self.held.extend_from_slice(&self.piece[..taken]);
        self.piece.advance(taken);
        self.at += taken as u64;
        self.held.len() == length
    }

    /// The next bytes, once they are whole.
    fn value(&self, length: usize) -> &[u8] {
        if self.held.is_empty() { &self.piece[..length] } else { &self.held }
    }

    /// Goes on after the next bytes.
    fn pass(&mut self, length: usize) {
        if self.held.is_empty() {
            self.piece.advance(length);
            self.at += length as u64;
        } else {
            self.held.clear();
        }
    }

    /// Reads the value of a field.
    fn read(&mut self, field: u32, length: usize) -> Result<Option<Found>, WireError> {
        let (value, start) = (self.value(length), self.at - self.held.len() as u64);
        let invalid =
            |what: &str, why: String| WireError::Invalid { at: start, what: what.to_owned(), why };
        match (self.place, self.kind) {
            (Place::List { .. }, Some(kind)) if field == 2 => {
                let fact = match kind {
                    ListKind::Pods => object::pod(value).map(Observed::Pod),
                    ListKind::Namespaces => object::namespace(value).map(Observed::Namespace),
                    ListKind::Nodes => object::node(value).map(Observed::Node),
                };
                let fact =
                    fact.map_err(|fault| invalid("the item that begins here", fault.to_string()))?;
                super::named(fact, start).map(|fact| Some(Found::Fact(fact)))
            }
            (Place::List { .. }, _) => {
                let end = list_meta(Message::new("ListMeta", value))
                    .map_err(|fault| invalid("the metadata of the list", fault.to_string()))?;
                self.end = end.clone();
                Ok(Some(Found::Head(end)))
            }
            _ => {
                let kind = kind(Message::new("TypeMeta", value))
                    .map_err(|fault| invalid("the type of the answer", fault.to_string()))?;
                self.kind = Some(ListKind::of(kind)?);
                Ok(None)
            }
        }
    }

    fn bad_field(&self, fault: &str) -> WireError {
        let why = format!("a field {fault}");
        WireError::Invalid { at: self.at, what: "the list".to_owned(), why }
    }
}

const FIELD: Expect = Expect::Field(Varint::NEW, None);
const TOO_LONG: &str = "is longer than what it is in";

fn kind(type_meta: Message<'_>) -> Result<&str, Fault> {
    let mut kind = "";
    for field in type_meta {
        let field = field?;
        if field.number == 2 {
            kind = field.text()?;
        }
    }
    Ok(kind)
}

fn list_meta(meta: Message<'_>) -> Result<Continuation, Fault> {
    let mut end = Continuation::default();
    for field in meta {
        let field = field?;
        match field.number {
            3 => field.text()?.clone_into(&mut end.next),
            4 => end.remaining = u64::try_from(field.integer()?).ok(),
            _ => {}
        }
    }
    Ok(end)
}

/// What the server says in an answer that is a [Status]: its message, and where a list goes on that
/// has expired. `None` where it is none.
///
/// [Status]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
pub(crate) fn status(answer: &[u8]) -> Option<(String, String)> {
    let (mut is_status, mut said, mut next) = (false, String::new(), String::new());
    for field in Message::new("Unknown", answer.strip_prefix(MAGIC)?).map_while(Result::ok) {
        match field.number {
            1 => is_status = kind(field.message("TypeMeta").ok()?).ok()? == "Status",
            2 if is_status => {
                for field in field.message("Status").ok()?.map_while(Result::ok) {
                    match field.number {
                        1 => next = list_meta(field.message("ListMeta").ok()?).ok()?.next,
                        3 => field.text().ok()?.clone_into(&mut said),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    is_status.then_some((said, next))
}
