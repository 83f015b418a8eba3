//! The document being read, without the elements of its `items`.

use std::ops::Range;

use memchr::memchr2;

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

/// A document as far as it was read, without its items.
#[derive(Debug, Default)]
pub(super) struct Frame {
    pub(super) json: Vec<u8>,
    /// Where it begins.
    pub(super) at: u64,
    /// Where in `json` its items stood, and how many bytes they were (while they are read: the
    /// position of the first).
    pub(super) gap: (usize, u64),
    /// Where in `json` the last text stands that may be a key of it.
    pub(super) key: Range<usize>,
    pub(super) list_kind: Option<String>,
    /// Whether it is an array, and not an object that has one.
    pub(super) bare: bool,
}

/// A list that an array without anything around it is taken for.
const BARE: &[u8] = br#"{"kind":"List","items":["#;

impl Frame {
    /// An object that begins at a position.
    pub(super) fn object(at: u64) -> Self {
        Self { at, gap: (usize::MAX, 0), ..Self::default() }
    }

    /// An array that begins at a position, and whose first element may stand after it.
    pub(super) fn array(at: u64) -> Self {
        let list_kind = Some("List".to_owned());
        Self {
            json: BARE.to_vec(),
            at,
            gap: (BARE.len(), at + 1),
            list_kind,
            bare: true,
            ..Self::default()
        }
    }

    /// Whether its items came already.
    pub(super) fn had_items(&self) -> bool {
        self.gap.0 != usize::MAX
    }

    pub(super) fn document(&self) -> Document<'_> {
        Document { json: &self.json, at: self.at, gap: self.gap }
    }
}

/// Whether the bytes of an object end where the value of its own key `items` begins.
pub(super) fn ends_with_items_key(bytes: &[u8]) -> bool {
    let Some(before) = bytes.trim_ascii_end().strip_suffix(b":") else { return false };
    let Some(before) = before.trim_ascii_end().strip_suffix(b"\"items\"") else { return false };
    // After a backslash, it is the end of a longer text.
    before.last() != Some(&b'\\')
}

/// How deep the bytes are in objects, arrays and texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Nesting {
    pub(super) depth: usize,
    pub(super) in_text: bool,
    escaped: bool,
}

impl Nesting {
    /// Passes over the rest of a text; returns how many bytes, and whether it ended in them.
    pub(super) fn pass_text(&mut self, bytes: &[u8]) -> (usize, bool) {
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
