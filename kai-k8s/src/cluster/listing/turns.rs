//! Turning pages: which pages get on, and when a server that does not is given up.

use http::StatusCode;

use crate::cluster::error::Failure;

/// How often a list is begun anew that has expired without saying how to go on.
const RESTARTS: u32 = 3;
/// How many pages in a row may hold nothing new, or be refused as expired.
const IDLE_TURNS: u32 = 10;

/// How often a list has turned to another page without getting on.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Whether the page at hand has held anything new so far.
    pub(super) new_in_page: bool,
    /// Pages that held something new.
    productive: u32,
    /// Pages that are known and are read again.
    again: u32,
    /// Pages without anything new, in a row.
    idle: u32,
    /// To a token that a refusal carried, since the last new object.
    expired: u32,
    /// From the beginning.
    restarts: u32,
}

impl Turns {
    /// Counts the page at hand, if it held anything new.
    fn count_page(&mut self) -> bool {
        let new = std::mem::take(&mut self.new_in_page);
        if new {
            self.productive += 1;
            self.expired = 0;
        }
        new
    }

    /// Turns to another page; whether the one that ends held anything new. A server that answers
    /// with nothing but where to ask next is given up.
    pub(super) fn turn(&mut self) -> Result<bool, Failure> {
        if self.count_page() {
            self.idle = 0;
            return Ok(true);
        }
        match self.again.checked_sub(1) {
            Some(left) => self.again = left,
            None => self.idle += 1,
        }
        if self.idle > IDLE_TURNS { Err(Failure::NoProgress(self.idle)) } else { Ok(false) }
    }

    /// The list is begun anew in pages of which so many make up one of those before.
    pub(super) fn anew_in_shorter_pages(&mut self, parts: u32) {
        self.count_page();
        self.again = (self.productive + 1).saturating_mul(parts);
    }

    /// Where a list goes on that has expired: after the token that the refusal carries, else from
    /// its beginning, a few times. Any other failure is final.
    pub(super) fn anew(&mut self, failure: Failure) -> Result<String, Failure> {
        let Failure::Status { code: StatusCode::GONE, next, .. } = failure else {
            return Err(failure);
        };
        self.count_page();
        match next {
            Some(token) => {
                self.expired += 1;
                if self.expired > IDLE_TURNS {
                    return Err(Failure::Expired(self.expired));
                }
                tracing::debug!("the list has expired: going on with the token of the refusal");
                Ok(token)
            }
            None if self.restarts < RESTARTS => {
                self.restarts += 1;
                self.again = self.productive;
                tracing::debug!(
                    "the list has expired: beginning anew, and going on after the last key"
                );
                Ok(String::new())
            }
            None => Err(Failure::Expired(self.restarts + 1)),
        }
    }
}
