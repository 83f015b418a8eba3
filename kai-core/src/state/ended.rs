//! What ran and ended, until every receiver has it.

use std::collections::VecDeque;
use std::time::SystemTime;

use super::pod::{PodKey, Slot};

/// How many containers are kept.
pub(super) const MAX: usize = 10_000;

/// A moment in the order in which ends were noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u64);

/// A pod that ran and ended, or whose images were replaced.
#[derive(Debug)]
pub(super) struct EndedPod {
    pub(super) key: PodKey,
    pub(super) slot: Slot,
    pub(super) names: Option<Box<[u8]>>,
    pub(super) at: SystemTime,
    uses: usize,
    mark: Mark,
}

/// The ends, oldest first.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pods: VecDeque<EndedPod>,
    uses: usize,
    last: Mark,
    lost: u64,
}

impl Ended {
    pub(super) fn mark(&self) -> Mark {
        self.last
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost
    }

    /// Notes an end; returns what there is no room for any more.
    pub(super) fn push(
        &mut self,
        key: PodKey,
        slot: Slot,
        names: Option<Box<[u8]>>,
        uses: usize,
        at: SystemTime,
    ) -> Vec<EndedPod> {
        self.last = Mark(self.last.0 + 1);
        self.uses += uses;
        self.pods.push_back(EndedPod { key, slot, names, at, uses, mark: self.last });
        let mut lost = Vec::new();
        while self.uses > MAX
            && let Some(oldest) = self.pop()
        {
            self.lost += oldest.uses as u64;
            lost.push(oldest);
        }
        lost
    }

    /// Those that were noted after a mark, oldest first.
    pub(super) fn since(&self, mark: Mark) -> impl Iterator<Item = &EndedPod> {
        let first = self.pods.partition_point(|ended| ended.mark <= mark);
        self.pods.range(first..)
    }

    /// Takes the oldest one out, if it was noted until a mark.
    pub(super) fn pop_until(&mut self, mark: Mark) -> Option<EndedPod> {
        self.pods.front().filter(|oldest| oldest.mark <= mark)?;
        self.pop()
    }

    fn pop(&mut self) -> Option<EndedPod> {
        let oldest = self.pods.pop_front()?;
        self.uses -= oldest.uses;
        if self.pods.len() < self.pods.capacity() / 8 {
            self.pods.shrink_to(2 * self.pods.len());
        }
        Some(oldest)
    }
}
