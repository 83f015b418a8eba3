//! Lists nested in lists, which files may have.

use super::Envelope;
use super::frame::{Frame, ends_with_items_key};
use super::{Expect, JsonReader, LISTS_MAX, Place, Step};
use crate::wire::WireError;

impl JsonReader {
    /// Goes into an array that begins here.
    pub(super) fn enter_array(&mut self) -> Result<(), WireError> {
        let array = Frame::array(self.position());
        if self.at == Place::Between {
            self.frame = array;
        } else {
            self.enter(array)?;
        }
        self.next += 1;
        self.nesting.depth = 1;
        self.at = Place::Items(Expect::ItemOrEnd);
        Ok(())
    }

    /// Goes into a list that is an item of the list at hand.
    fn enter(&mut self, list: Frame) -> Result<(), WireError> {
        if self.around.len() + 1 == LISTS_MAX {
            let (expected, found) = ("no more than 32 lists within each other", "one more");
            return Err(WireError::Unexpected { at: list.at, expected, found: found.to_owned() });
        }
        self.around.push(std::mem::replace(&mut self.frame, list));
        Ok(())
    }

    /// Goes on after a document that ended.
    pub(super) fn leave(&mut self) -> Step {
        self.at = match self.around.pop() {
            None => {
                self.frame = Frame::default();
                Place::Between
            }
            Some(list) => {
                self.frame = list;
                self.nesting.depth = 1;
                Place::Items(Expect::CommaOrEnd)
            }
        };
        Step::On
    }

    /// Whether the item that began here is a list, whose items begin with the last byte.
    pub(super) fn begins_items(&self, start: usize) -> bool {
        self.of_file
            && self.nesting.depth == 2
            && ends_with_items_key(&self.buffer[start..self.next - 1])
    }

    /// Goes into the item that began here: it is a list.
    pub(super) fn enter_list(&mut self, start: usize) -> Result<(), WireError> {
        let json = self.buffer[start..self.next].to_vec();
        let list_kind = Envelope::kind_so_far(&json);
        let gap = (json.len(), self.position());
        let at = self.before + start as u64;
        self.enter(Frame { json, at, gap, list_kind, ..Frame::default() })?;
        self.nesting.depth = 1;
        self.at = Place::Items(Expect::ItemOrEnd);
        Ok(())
    }
}
