//! Deduplicates log messages: a daemon finds the same in each pass, and logs only what is new.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// Maximum number of outstanding messages of one kind.
pub(crate) const OF_ONE_KIND: usize = 20;

/// The messages of one kind, across passes. A logged message is not repeated while it recurs in
/// each pass, and at most 20 are outstanding; the others are only counted.
#[derive(Debug, Default)]
pub(crate) struct Told {
    hasher: RandomState,
    /// Logged messages, by hash, and whether they recurred in this pass.
    outstanding: HashMap<u64, bool>,
    /// The number of further messages in this pass.
    more: usize,
    /// The same in the last pass.
    more_before: usize,
}

impl Told {
    /// Logs a message, unless it is outstanding or there are too many.
    pub(crate) fn once(&mut self, what: impl Hash, log: impl FnOnce()) {
        let hash = self.hasher.hash_one(what);
        if let Some(came) = self.outstanding.get_mut(&hash) {
            *came = true;
        } else if self.outstanding.len() < OF_ONE_KIND {
            self.outstanding.insert(hash, true);
            log();
        } else {
            self.more += 1;
        }
    }

    /// Ends a pass: messages that didn't recur are forgotten, and logged when they do. Logs the
    /// number of further messages if it differs from the last pass.
    pub(crate) fn end_of_pass(&mut self, log_more: impl FnOnce(usize)) {
        self.outstanding.retain(|_, came| std::mem::take(came));
        let more = std::mem::take(&mut self.more);
        if std::mem::replace(&mut self.more_before, more) != more && more > 0 {
            log_more(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is logged in a pass with these messages.
    fn pass(told: &mut Told, all: impl IntoIterator<Item = usize>) -> Vec<String> {
        let mut lines = Vec::new();
        for one in all {
            told.once(one, || lines.push(one.to_string()));
        }
        told.end_of_pass(|more| lines.push(format!("{more} more")));
        lines
    }

    #[test]
    fn what_comes_again_in_each_pass_is_logged_once_and_again_after_a_pass_without_it() {
        let mut told = Told::default();
        assert_eq!(pass(&mut told, [1, 2, 1]), ["1", "2"]);
        assert_eq!(pass(&mut told, [2, 1]), [""; 0]);
        assert_eq!(pass(&mut told, [2, 3]), ["3"]);
        assert_eq!(pass(&mut told, [1, 2, 3]), ["1"]);
    }

    #[test]
    fn of_many_20_are_logged_and_the_number_of_the_others_when_it_changes() {
        let mut told = Told::default();
        let first = pass(&mut told, 0..1000);
        assert_eq!((first.len(), first[20].as_str()), (21, "980 more"));
        for _ in 0..3 {
            // In another order, too.
            assert_eq!(pass(&mut told, (0..1000).rev()), [""; 0]);
        }
        assert_eq!(pass(&mut told, 0..1001), ["981 more"]);
        // A message that disappears makes room in the next pass.
        assert_eq!(pass(&mut told, 10..1001), [""; 0]);
        let next = pass(&mut told, 10..1001);
        assert_eq!((next.len(), next[10].as_str()), (11, "971 more"));
        assert_eq!(told.outstanding.len(), OF_ONE_KIND);
    }
}
