//! Reads the changes that a [watch] streams, in Kubernetes' protobuf encoding.
//!
//! Of `application/vnd.kubernetes.protobuf;stream=watch`, the body is frames: four bytes, which are
//! how long the message after them is, the most significant one first, and a `WatchEvent`. It has
//! no envelope of its own, but the object in it has.
//!
//! [watch]: https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes

mod event;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use kai_core::{Observed, PodFields};

use super::pieces::Pieces;
use super::status::Status;
use super::{ITEM_MAX, ListKind, WireError};

/// How many bytes say how long a frame is.
const LENGTH: usize = 4;
/// The longest message of a frame: the object, and what says what happened to it and what it is.
const FRAME_MAX: usize = ITEM_MAX + 1024;

/// What a watch says.
#[derive(Debug, PartialEq)]
pub(crate) enum WatchEvent {
    /// An object is there or has changed: its state, and the revision of that.
    Set(Observed, u64),
    /// An object is gone: its last state, and the revision of its end.
    Gone(Observed, u64),
    /// All up to this revision has been said, though nothing may have happened.
    Bookmark(u64),
    /// The watch has failed, and mostly ends with it: its revision is too old, say.
    Failed(Status),
}

/// Takes the bytes of a watch in, and gives out what it says. It is of no use after an error.
#[derive(Debug)]
pub(crate) struct WatchReader {
    pieces: Pieces,
    /// How long the message at hand is, once that has come.
    length: Option<usize>,
    /// What the objects have to be.
    kind: ListKind,
    /// Which fields of a pod are read besides those that always are.
    fields: Arc<PodFields>,
}

impl WatchReader {
    /// A reader of a watch of the objects that such a list has.
    pub(crate) fn new(kind: ListKind, fields: Arc<PodFields>) -> Self {
        Self { pieces: Pieces::default(), length: None, kind, fields }
    }

    /// Takes more bytes in, once all events of those before were taken.
    pub(crate) fn feed(&mut self, piece: Bytes) {
        self.pieces.feed(piece);
    }

    /// What comes next in the bytes so far; `None` when it takes more of them.
    pub(crate) fn next(&mut self) -> Result<Option<WatchEvent>, WireError> {
        let Some(length) = self.length()? else { return Ok(None) };
        if !self.pieces.is_whole(length) {
            return Ok(None);
        }
        let at = self.pieces.start();
        let event = event::read(self.pieces.value(length), at, self.kind, &self.fields)?;
        self.pieces.pass(length);
        self.length = None;
        Ok(Some(event))
    }

    /// Says that no more bytes come; an error where they ended within a frame.
    pub(crate) fn finish(&self) -> Result<(), WireError> {
        let at = self.pieces.at();
        match self.length {
            Some(_) => Err(WireError::Cut { at, expected: "the rest of an event" }),
            None if self.pieces.start() < at => {
                Err(WireError::Cut { at, expected: "the rest of the length of an event" })
            }
            None => Ok(()),
        }
    }

    /// How long the message at hand is.
    fn length(&mut self) -> Result<Option<usize>, WireError> {
        if self.length.is_none() && self.pieces.is_whole(LENGTH) {
            let length = self.pieces.value(LENGTH).iter();
            let length = length.fold(0, |length, byte| length << 8 | usize::from(*byte));
            if length > FRAME_MAX {
                let at = self.pieces.start();
                return Err(WireError::TooLong { at, what: "an event", max: FRAME_MAX });
            }
            self.pieces.pass(LENGTH);
            self.length = Some(length);
        }
        Ok(self.length)
    }
}
