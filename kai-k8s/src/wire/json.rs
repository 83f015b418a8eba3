//! Finds the items of JSON lists as their bytes arrive.
//!
//! A document is a list (an object with an array `items`) or a single object. The items are given
//! out one by one; what stands around them, a few hundred bytes, is given out at the document's
//! end. Several documents may follow one another. In a file, an array is a list too, an item of a
//! list may be a list, whose items are then given out one by one as well, and a byte order mark may
//! stand before each document.

use std::ops::Range;

use self::frame::{Frame, Nesting};
use super::{ITEM_MAX, WireError};

mod envelope;
mod frame;
#[cfg(test)]
mod tests;
mod within;

pub(crate) use self::envelope::{Envelope, is_empty_list};
pub(crate) use self::frame::Document;

/// The longest item of a file, which anything may have written.
pub(crate) const FILE_ITEM_MAX: usize = 64 * 1024 * 1024;
/// How many lists of a file may be around an item. Each takes memory until it ends.
const LISTS_MAX: usize = 32;
/// U+FEFF in UTF-8.
pub(crate) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What the reader has found.
#[derive(Debug)]
pub(crate) enum Found<'r> {
    /// One element of a list's `items`.
    Item { json: &'r [u8], at: u64, list_kind: Option<&'r str> },
    /// The end of a document: the whole of it, but for the elements of its `items`.
    Document(Document<'r>),
}

/// Takes bytes in, and gives out what is in them.
#[derive(Debug)]
pub(crate) struct JsonReader {
    /// Whether it reads a file, and not a page of an API server's list.
    of_file: bool,
    /// How many bytes an item may have, what stands around items, and a run of blanks.
    max: usize,
    /// Bytes that were fed and are needed yet.
    buffer: Vec<u8>,
    /// How many bytes came before the buffer's first.
    before: u64,
    /// The next byte of the buffer to look at.
    next: usize,
    /// How many blanks were passed over since the last other byte.
    blanks: usize,
    at: Place,
    nesting: Nesting,
    /// The document at hand.
    frame: Frame,
    /// The lists around it, the outermost first.
    around: Vec<Frame>,
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
    /// At the end of a document, which was given out.
    End,
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

/// What reading on came to.
enum Step {
    /// It takes more bytes.
    More,
    On,
    /// The document at hand is there whole.
    Document,
    /// An item is, here in the buffer.
    Item(Range<usize>),
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

impl Default for JsonReader {
    /// A reader of pages.
    fn default() -> Self {
        Self {
            of_file: false,
            max: ITEM_MAX,
            buffer: Vec::new(),
            before: 0,
            next: 0,
            blanks: 0,
            at: Place::default(),
            nesting: Nesting::default(),
            frame: Frame::default(),
            around: Vec::new(),
        }
    }
}

impl JsonReader {
    /// A reader of what a file has, whose items may have so many bytes.
    pub(crate) fn of_file(max: usize) -> Self {
        Self { of_file: true, max, ..Self::default() }
    }

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
            let step = match self.at {
                Place::Between => self.between()?,
                Place::Document(key) => self.document(key)?,
                Place::Items(expect) => self.items(expect)?,
                Place::Item(start) => self.item(start)?,
                Place::End => self.leave(),
            };
            match step {
                Step::On => {}
                Step::More => return Ok(None),
                Step::Document => return Ok(Some(Found::Document(self.frame.document()))),
                Step::Item(item) => {
                    let at = self.before + item.start as u64;
                    let list_kind = self.frame.list_kind.as_deref();
                    return Ok(Some(Found::Item { json: &self.buffer[item], at, list_kind }));
                }
            }
        }
    }

    /// How many lists are around what was found last: around the document that ended, or around
    /// the list of an item.
    pub(crate) fn lists_around(&self) -> usize {
        self.around.len()
    }

    /// The bytes that stand where a document should begin, where the reader is there.
    pub(crate) fn between_documents(&self) -> Option<&[u8]> {
        (self.at == Place::Between).then(|| &self.buffer[self.next..])
    }

    /// Says that no more bytes come; an error where they ended too early.
    pub(crate) fn finish(&self) -> Result<(), WireError> {
        let outermost = self.around.is_empty();
        let expected = match (self.at, self.nesting.in_text) {
            (Place::Between, _) if self.next < self.buffer.len() => "a document",
            (Place::Between, _) => return Ok(()),
            (Place::End, _) if outermost => return Ok(()),
            (_, true) => "the end of a text",
            (Place::Document(_) | Place::Item(_), _) => "the end of an object",
            (Place::Items(Expect::Item), _) => "an object",
            (Place::Items(_) | Place::End, _) => "`]`, the end of the items",
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
    fn peek(&mut self) -> Result<Option<u8>, WireError> {
        let rest = &self.buffer[self.next..];
        let blanks = rest.iter().position(|&byte| !is_blank(byte)).unwrap_or(rest.len());
        self.next += blanks;
        self.blanks += blanks;
        if self.blanks > self.max {
            return Err(WireError::blanks(self.position() - self.blanks as u64, self.max));
        }
        let byte = self.buffer.get(self.next).copied();
        if byte.is_some() {
            self.blanks = 0;
        }
        Ok(byte)
    }

    fn between(&mut self) -> Result<Step, WireError> {
        let Some(byte) = self.peek()? else { return Ok(Step::More) };
        match byte {
            b'{' => {
                self.frame = Frame::object(self.position());
                self.at = Place::Document(Key::Other);
            }
            b'[' if self.of_file => self.enter_array()?,
            0xef if self.of_file => {
                let rest = &self.buffer[self.next..];
                if rest.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(rest) {
                    return Ok(Step::More);
                }
                if !rest.starts_with(BYTE_ORDER_MARK) {
                    return Err(self.no_document());
                }
                self.next += BYTE_ORDER_MARK.len();
            }
            _ => return Err(self.no_document()),
        }
        Ok(Step::On)
    }

    fn no_document(&self) -> WireError {
        self.unexpected(if self.of_file {
            "`{` or `[`, the beginning of an object or an array"
        } else {
            "`{`, the beginning of an object"
        })
    }

    /// Reads on in the document outside its items.
    fn document(&mut self, mut key: Key) -> Result<Step, WireError> {
        let around: usize = self.around.iter().map(|list| list.json.len()).sum();
        while self.next < self.buffer.len() {
            if around + self.frame.json.len() > self.max {
                let (at, what) = (self.frame.at, "the document around the items");
                return Err(WireError::TooLong { at, what, max: self.max });
            }
            let rest = &self.buffer[self.next..];
            if self.nesting.in_text {
                let (passed, ended) = self.nesting.pass_text(rest);
                self.frame.json.extend_from_slice(&rest[..passed]);
                self.next += passed;
                if ended && self.nesting.depth == 1 {
                    self.frame.key.end = self.frame.json.len();
                }
                continue;
            }
            let byte = rest[0];
            self.next += 1;
            self.frame.json.push(byte);
            match byte {
                b'"' => {
                    self.nesting.in_text = true;
                    if self.nesting.depth == 1 {
                        self.frame.key = self.frame.json.len() - 1..self.frame.json.len();
                    }
                }
                b':' if self.nesting.depth == 1 => {
                    let items = &self.frame.json[self.frame.key.clone()] == b"\"items\"";
                    key = if items { Key::Items } else { Key::Other };
                }
                b'[' if self.nesting.depth == 1 && key == Key::Items => {
                    if self.frame.had_items() {
                        self.next -= 1;
                        return Err(self.unexpected("one `items`, and not a second"));
                    }
                    self.frame.list_kind = Envelope::kind_so_far(&self.frame.json);
                    self.frame.gap = (self.frame.json.len(), self.position());
                    self.at = Place::Items(Expect::ItemOrEnd);
                    return Ok(Step::On);
                }
                b'{' | b'[' => {
                    self.nesting.depth += 1;
                    key = Key::Other;
                }
                b'}' | b']' => {
                    self.nesting.depth -= 1;
                    if self.nesting.depth == 0 {
                        self.at = Place::End;
                        return Ok(Step::Document);
                    }
                }
                b',' => key = Key::Other,
                _ => {}
            }
        }
        self.at = Place::Document(key);
        Ok(Step::More)
    }

    fn items(&mut self, expect: Expect) -> Result<Step, WireError> {
        let Some(byte) = self.peek()? else { return Ok(Step::More) };
        self.at = match (expect, byte) {
            (Expect::Item | Expect::ItemOrEnd, b'{') => Place::Item(self.next),
            (Expect::Item | Expect::ItemOrEnd, b'[') if self.of_file && self.frame.bare => {
                self.enter_array()?;
                return Ok(Step::On);
            }
            (Expect::CommaOrEnd, b',') => {
                self.next += 1;
                Place::Items(Expect::Item)
            }
            (Expect::ItemOrEnd | Expect::CommaOrEnd, b']') => {
                self.frame.gap.1 = self.position() - self.frame.gap.1;
                self.next += 1;
                self.frame.json.push(b']');
                if self.frame.bare {
                    self.frame.json.push(b'}');
                    self.nesting.depth = 0;
                    self.at = Place::End;
                    return Ok(Step::Document);
                }
                Place::Document(Key::Other)
            }
            (Expect::CommaOrEnd, _) => return Err(self.unexpected("`,` or `]` after an item")),
            (Expect::ItemOrEnd, _) => return Err(self.unexpected("an object or `]`")),
            (Expect::Item, _) => return Err(self.unexpected("an object")),
        };
        Ok(Step::On)
    }

    /// Reads on in an item until it is there whole.
    fn item(&mut self, start: usize) -> Result<Step, WireError> {
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
                b'[' if self.begins_items(start) => {
                    self.enter_list(start)?;
                    return Ok(Step::On);
                }
                b'{' | b'[' => self.nesting.depth += 1,
                _ => {
                    self.nesting.depth -= 1;
                    if self.nesting.depth == 1 {
                        self.at = Place::Items(Expect::CommaOrEnd);
                        return Ok(Step::Item(start..self.next));
                    }
                }
            }
        }
        if self.next - start > self.max {
            let at = self.before + start as u64;
            return Err(WireError::TooLong { at, what: "an item", max: self.max });
        }
        Ok(Step::More)
    }
}
