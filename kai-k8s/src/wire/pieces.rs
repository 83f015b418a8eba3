//! Bytes that arrive in pieces, and values in them that are read whole.

use bytes::{Buf, Bytes};

/// How much room is kept for values that come in several pieces. What a longer one took is given
/// back after it.
const ROOM_KEPT: usize = 256 * 1024;

/// The bytes of a body that have come and are to be read yet.
///
/// A value is read where it lies if it came in one piece, else it is put together first. The room
/// for that grows with the bytes that come, whatever length a value claims to have.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// What was fed and is to be read yet.
    piece: Bytes,
    /// The beginning of a value, where the rest of it has not come yet.
    held: Vec<u8>,
    /// How many bytes were read, those that are held included.
    at: u64,
}

impl Pieces {
    /// Takes more bytes in, once all that came before were read.
    pub(super) fn feed(&mut self, piece: Bytes) {
        debug_assert!(self.piece.is_empty(), "what came before was read");
        self.piece = piece;
    }

    /// How many bytes were read, those of a value included that is not whole yet.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Where the next value begins.
    pub(super) fn start(&self) -> u64 {
        self.at - self.held.len() as u64
    }

    /// Whether it takes another piece to read on.
    pub(super) fn is_empty(&self) -> bool {
        self.piece.is_empty()
    }

    /// Reads one byte.
    pub(super) fn byte(&mut self) -> Option<u8> {
        let byte = *self.piece.first()?;
        self.piece.advance(1);
        self.at += 1;
        Some(byte)
    }

    /// Passes so many bytes, or what there is of them; says how many those were.
    pub(super) fn skip(&mut self, most: u64) -> u64 {
        let passed = most.min(self.piece.len() as u64);
        self.piece.advance(usize::try_from(passed).unwrap_or_default());
        self.at += passed;
        passed
    }

    /// Whether the next bytes, so many, are here in one piece; takes what there is of them.
    pub(super) fn is_whole(&mut self, length: usize) -> bool {
        if self.held.is_empty() && self.piece.len() >= length {
            return true;
        }
        let taken = (length - self.held.len()).min(self.piece.len());
        self.held.extend_from_slice(&self.piece[..taken]);
        self.piece.advance(taken);
        if self.piece.is_empty() {
            // What is empty would still keep the buffer of the connection that it came in.
            self.piece = Bytes::new();
        }
        self.at += taken as u64;
        self.held.len() == length
    }

    /// The next bytes, once they are whole.
    pub(super) fn value(&self, length: usize) -> &[u8] {
        if self.held.is_empty() { &self.piece[..length] } else { &self.held }
    }

    /// Goes on after the next bytes.
    pub(super) fn pass(&mut self, length: usize) {
        if self.held.is_empty() {
            self.piece.advance(length);
            self.at += length as u64;
        } else {
            self.held.clear();
            self.held.shrink_to(ROOM_KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_taken_for_what_came_and_given_back() {
        let mut pieces = Pieces::default();
        pieces.feed(Bytes::from_static(b"abc"));
        assert!(!pieces.is_whole(8 * ROOM_KEPT), "most of it is missing");
        assert!(pieces.held.capacity() < 100, "{}", pieces.held.capacity());
        for _ in 0..8 {
            pieces.feed(Bytes::from(vec![0; ROOM_KEPT]));
            pieces.is_whole(8 * ROOM_KEPT);
        }
        assert_eq!((pieces.start(), pieces.at()), (0, 8 * ROOM_KEPT as u64));
        assert_eq!(pieces.value(8 * ROOM_KEPT).len(), 8 * ROOM_KEPT);
        pieces.pass(8 * ROOM_KEPT);
        assert!(pieces.held.capacity() <= ROOM_KEPT, "{}", pieces.held.capacity());
        assert!(pieces.is_whole(3), "what came after it");
    }

    #[test]
    fn what_was_read_does_not_keep_the_buffer_that_it_came_in() {
        let buffer = Bytes::from(vec![7; 100]);
        let mut pieces = Pieces::default();
        pieces.feed(buffer.clone());
        assert!(pieces.is_whole(100));
        pieces.pass(100);
        assert!(!buffer.is_unique(), "the piece, empty as it is");
        assert!(!pieces.is_whole(1));
        assert!(buffer.is_unique());
    }
}
