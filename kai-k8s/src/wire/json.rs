//! Finds the items of JSON lists as their bytes arrive.
//!
//! A document is a list (an object with an array `items`) or a single object. The items are given
//! out one by one; what stands around them, a few hundred bytes, is given out at the document's
//! end. Several documents may follow one another.

use std::ops::Range;

use memchr::memchr2;

use super::item::Envelope;
use super::{ITEM_MAX, WireError};

#[cfg(test)]
mod tests;

/// What the reader has found.
#[derive(Debug)]
pub(crate) enum Found<'r> {
    /// One element of a list's `items`.
    Item { json: &'r [u8], at: u64, list_kind: Option<&'r str> },
    /// The end of a document: the whole of it, but for the elements of its `items`.
    Document(Document<'r>),
}

/// A document without the elements of its `items`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'r> {
    pub(crate) json: &'r [u8],
    at: u64,
    /// Where in `json` the elements stood, and how many bytes they were.
    gap: (usize, u64),
}

impl Document<'_> {
    /// The position in the input of an offset into `json`.
    pub(crate) fn position(&self, offset: usize) -> u64 {
        let (from, length) = self.gap;
        self.at + offset as u64 + if offset < from { 0 } else { length }
    }
}

/// Takes bytes in, and gives out what is in them.
#[derive(Debug, Default)]
pub(crate) struct JsonReader {
    /// Bytes that were fed and are needed yet.
    buffer: Vec<u8>,
    /// How many bytes came before the buffer's first.
    before: u64,
    /// The next byte of the buffer to look at.
    next: usize,
    at: Place,
    nesting: Nesting,
    /// The document but for its items.
    document: Vec<u8>,
    document_at: u64,
    /// Where in `document` its items stood, and how many bytes they were (while they are read: the
    /// position of the first).
    gap: (usize, u64),
    /// Where in `document` the last text stands that may be a key of it.
    key: Range<usize>,
    list_kind: Option<String>,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Between,
    /// In a document, outside its items; what the key before the next value is.
    Document(Key),
    /// Between two items; what may stand here.
    Items(Expect),
    /// In an item that begins here in the buffer.
    Item(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Items,
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expect {
    ItemOrEnd,
    CommaOrEnd,
    Item,
}

/// How deep the bytes are in objects, arrays and texts.
#[derive(Clone, Copy, Debug, Default)]
struct Nesting {
    depth: usize,
    in_text: bool,
    escaped: bool,
}

impl Nesting {
    /// Passes over the rest of a text; returns how many bytes, and whether it ended in them.
    fn pass_text(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut passed = 0;
        if self.escaped && !bytes.is_empty() {
            self.escaped = false;
            passed = 1;
        }
        while let Some(found) = memchr2(b'"', b'\\', &bytes[passed..]) {
            let found = passed + found;
            if bytes[found] == b'"' {
                self.in_text = false;
                return (found + 1, true);
            }
            if found + 1 == bytes.len() {
                self.escaped = true;
                return (bytes.len(), false);
            }
            passed = found + 2;
        }
        (bytes.len(), false)
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl JsonReader {
    /// Passes over bytes that are not fed.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.before += bytes;
    }

    /// Takes more bytes in.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        let needed_from = match self.at {
            Place::Item(start) => start,
            _ => self.next,
        };
        self.buffer.drain(..needed_from);
        self.before += needed_from as u64;
        self.next -= needed_from;
        if let Place::Item(start) = &mut self.at {
            *start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next thing in the bytes so far; `None` when it takes more of them.
    pub(crate) fn next(&mut self) -> Result<Option<Found<'_>>, WireError> {
        loop {
            let progress = match self.at {
                Place::Between => self.between()?,
                Place::Document(key) => {
                    if self.document(key)? {
                        let (at, gap) = (self.document_at, self.gap);
                        return Ok(Some(Found::Document(Document {
                            json: &self.document,
                            at,
                            gap,
                        })));
                    }
                    matches!(self.at, Place::Items(_))
                }
                Place::Items(expect) => self.items(expect)?,
                Place::Item(start) => {
                    if let Some(item) = self.item(start)? {
                        let at = self.before + item.start as u64;
                        let list_kind = self.list_kind.as_deref();
                        return Ok(Some(Found::Item { json: &self.buffer[item], at, list_kind }));
                    }
                    false
                }
            };
            if !progress {
                return Ok(None);
            }
        }
    }

    /// Says that no more bytes come; an error where they ended too early.
    pub(crate) fn finish(&self) -> Result<(), WireError> {
        let expected = match (self.at, self.nesting.in_text) {
            (Place::Between, _) => return Ok(()),
            (_, true) => "the end of a text",
            (Place::Document(_) | Place::Item(_), _) => "the end of an object",
            (Place::Items(Expect::Item), _) => "an object",
            (Place::Items(_), _) => "`]`, the end of the items",
        };
        Err(WireError::Cut { at: self.position(), expected })
    }

    fn position(&self) -> u64 {
        self.before + self.next as u64
    }

    fn unexpected(&self, expected: &'static str) -> WireError {
        let rest = String::from_utf8_lossy(&self.buffer[self.next..]);
        let found = format!("`{}`", rest.chars().take(1).collect::<String>().escape_debug());
        WireError::Unexpected { at: self.position(), expected, found }
    }

    /// Passes over blanks; the byte after them, if it is there.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.buffer[self.next..];
        let blanks = rest.iter().position(|&byte| !is_blank(byte)).unwrap_or(rest.len());
        self.next += blanks;
        self.buffer.get(self.next).copied()
    }

    fn between(&mut self) -> Result<bool, WireError> {
        match self.peek() {
            None => Ok(false),
            Some(b'{') => {
                self.document.clear();
                self.document_at = self.position();
                self.list_kind = None;
                self.gap = (usize::MAX, 0);
                self.key = 0..0;
                self.at = Place::Document(Key::Other);
                Ok(true)
            }
            Some(_) => Err(self.unexpected("`{`, the beginning of an object")),
        }
    }

    /// Reads on in the document outside its items; true at its end.
    fn document(&mut self, mut key: Key) -> Result<bool, WireError> {
        while self.next < self.buffer.len() {
            if self.document.len() > ITEM_MAX {
                let (at, what) = (self.document_at, "the document around the items");
                return Err(WireError::TooLong { at, what, max: ITEM_MAX });
            }
            let rest = &self.buffer[self.next..];
            if self.nesting.in_text {
                let (passed, ended) = self.nesting.pass_text(rest);
                self.document.extend_from_slice(&rest[..passed]);
                self.next += passed;
                if ended && self.nesting.depth == 1 {
                    self.key.end = self.document.len();
                }
                continue;
            }
            let byte = rest[0];
            self.next += 1;
            self.document.push(byte);
            match byte {
                b'"' => {
                    self.nesting.in_text = true;
                    if self.nesting.depth == 1 {
                        self.key = self.document.len() - 1..self.document.len();
                    }
                }
                b':' if self.nesting.depth == 1 => {
                    let items = &self.document[self.key.clone()] == b"\"items\"";
                    key = if items { Key::Items } else { Key::Other };
                }
                b'[' if self.nesting.depth == 1 && key == Key::Items => {
                    if self.gap.0 != usize::MAX {
                        self.next -= 1;
                        return Err(self.unexpected("one `items`, and not a second"));
                    }
                    self.list_kind = Envelope::kind_so_far(&self.document);
                    self.gap = (self.document.len(), self.position());
                    self.at = Place::Items(Expect::ItemOrEnd);
                    return Ok(false);
                }
                b'{' | b'[' => {
                    self.nesting.depth += 1;
                    key = Key::Other;
                }
                b'}' | b']' => {
                    self.nesting.depth -= 1;
                    if self.nesting.depth == 0 {
                        self.at = Place::Between;
                        return Ok(true);
                    }
                }
                b',' => key = Key::Other,
                _ => {}
            }
        }
        self.at = Place::Document(key);
        Ok(false)
    }

    fn items(&mut self, expect: Expect) -> Result<bool, WireError> {
        let Some(byte) = self.peek() else { return Ok(false) };
        self.at = match (expect, byte) {
            (Expect::Item | Expect::ItemOrEnd, b'{') => Place::Item(self.next),
            (Expect::CommaOrEnd, b',') => {
                self.next += 1;
                Place::Items(Expect::Item)
            }
            (Expect::ItemOrEnd | Expect::CommaOrEnd, b']') => {
                self.gap.1 = self.position() - self.gap.1;
                self.next += 1;
                self.document.push(b']');
                Place::Document(Key::Other)
            }
            (Expect::CommaOrEnd, _) => return Err(self.unexpected("`,` or `]` after an item")),
            (Expect::ItemOrEnd, _) => return Err(self.unexpected("an object or `]`")),
            (Expect::Item, _) => return Err(self.unexpected("an object")),
        };
        Ok(true)
    }

    /// Reads on in an item; where it stands in the buffer, once it is there whole.
    fn item(&mut self, start: usize) -> Result<Option<Range<usize>>, WireError> {
        // Depths count from the document's: the item's own braces are at 2 and 1.
        while self.next < self.buffer.len() {
            let rest = &self.buffer[self.next..];
            if self.nesting.in_text {
                self.next += self.nesting.pass_text(rest).0;
                continue;
            }
            let Some(found) =
                rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))
            else {
                self.next = self.buffer.len();
                break;
            };
            self.next += found + 1;
            match rest[found] {
                b'"' => self.nesting.in_text = true,
                b'{' | b'[' => self.nesting.depth += 1,
                _ => {
                    self.nesting.depth -= 1;
                    if self.nesting.depth == 1 {
                        self.at = Place::Items(Expect::CommaOrEnd);
                        return Ok(Some(start..self.next));
                    }
                }
            }
        }
        if self.next - start > ITEM_MAX {
            let at = self.before + start as u64;
            return Err(WireError::TooLong { at, what: "an item", max: ITEM_MAX });
        }
        Ok(None)
    }
}
