//! The pods of a cluster, each found by its key: without room for more than there are, and without
//! a copy of all of them when there are more.

use super::pod::{PodKey, Slot};
use crate::index::Index;

/// How many pods are stored in one piece: 64 KiB.
const CHUNK: usize = 1024;

/// What is known of each pod.
#[derive(Debug, Default)]
pub(super) struct Pods {
    /// All of them full, but for the last one.
    chunks: Vec<Vec<(PodKey, Slot)>>,
    /// Where each one is.
    places: Index,
}

impl Pods {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(PodKey, Slot)> {
        self.chunks.iter().flatten()
    }

    pub(super) fn slots_mut(&mut self) -> impl Iterator<Item = (PodKey, &mut Slot)> {
        self.chunks.iter_mut().flatten().map(|(key, slot)| (*key, slot))
    }

    fn place(&self, key: PodKey) -> Option<u32> {
        self.places.find(&key, key_of(&self.chunks))
    }

    pub(super) fn get(&self, key: PodKey) -> Option<&Slot> {
        let place = self.place(key)? as usize;
        Some(&self.chunks[place / CHUNK][place % CHUNK].1)
    }

    pub(super) fn get_mut(&mut self, key: PodKey) -> Option<&mut Slot> {
        let place = self.place(key)? as usize;
        Some(&mut self.chunks[place / CHUNK][place % CHUNK].1)
    }

    /// Notes what is known of a pod, in place of what was.
    pub(super) fn insert(&mut self, key: PodKey, slot: Slot) {
        if let Some(known) = self.get_mut(key) {
            *known = slot;
            return;
        }
        // Each takes 64 bytes: memory ends before numbers do.
        let place = u32::try_from(self.len()).unwrap_or(u32::MAX);
        if self.len().is_multiple_of(CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        if let Some(last) = self.chunks.last_mut() {
            last.push((key, slot));
        }
        self.places.insert(&key, place, key_of(&self.chunks));
    }

    /// Forgets a pod; what was known of it.
    pub(super) fn remove(&mut self, key: PodKey) -> Option<Slot> {
        let place = self.place(key)?;
        self.places.remove(&key, place, key_of(&self.chunks));
        // The last one takes its place.
        let last = self.chunks.last_mut()?.pop()?;
        self.chunks.pop_if(|chunk| chunk.is_empty());
        let end = u32::try_from(self.len()).unwrap_or(u32::MAX);
        if place == end {
            return Some(last.1);
        }
        self.places.renumber(&last.0, end, place);
        let place = place as usize;
        Some(std::mem::replace(&mut self.chunks[place / CHUNK][place % CHUNK], last).1)
    }

    /// For how many places there is room, and how many pieces there are.
    #[cfg(test)]
    pub(super) fn room(&self) -> (usize, usize) {
        (self.places.room(), self.chunks.len())
    }
}

fn key_of<'c>(chunks: &'c [Vec<(PodKey, Slot)>]) -> impl Fn(u32) -> Option<&'c PodKey> {
    move |place| Some(&chunks.get(place as usize / CHUNK)?.get(place as usize % CHUNK)?.0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use super::*;
    use crate::collect::CollectOptions;
    use crate::follow::Revision;
    use crate::pod::Pod;
    use crate::state::pod::Shared;

    #[test]
    fn it_has_what_a_map_has_and_no_more_room_than_that_takes() {
        let (mut shared, options) = (Shared::default(), Arc::new(CollectOptions::default()));
        let mut slot =
            |revision| shared.hold_pod(&Pod::new("shop", "web"), Revision::new(revision), &options);
        let key = |number: u32| PodKey::Other(number.to_be_bytes());
        let (mut pods, mut map) = (Pods::default(), HashMap::new());
        let mut random = fastrand::Rng::with_seed(7);
        for round in 0..40_000 {
            let number = random.u32(..6_000);
            // First more come than go, then the other way round.
            if random.u32(..40_000) < 40_000 - round {
                pods.insert(key(number), slot(round.into()));
                map.insert(number, u64::from(round));
            } else {
                let removed = pods.remove(key(number)).map(|slot| slot.revision);
                assert_eq!(removed, map.remove(&number).map(Revision::new));
            }
            let known = pods.get(key(number)).map(|slot| slot.revision);
            assert_eq!(known, map.get(&number).copied().map(Revision::new));
            assert_eq!(pods.len(), map.len());
        }
        let mut all: Vec<_> = pods.iter().map(|(key, slot)| (*key, slot.revision)).collect();
        let mut expected: Vec<_> = map.iter().map(|(n, r)| (key(*n), Revision::new(*r))).collect();
        all.sort_unstable();
        expected.sort_unstable();
        assert_eq!(all, expected);
        for number in map.into_keys() {
            let (places, chunks) = pods.room();
            assert!(places < pods.len() + 8 * CHUNK, "{places} for {}", pods.len());
            assert_eq!(chunks, pods.len().div_ceil(CHUNK));
            pods.get_mut(key(number)).unwrap().round = 3;
            assert_eq!(pods.remove(key(number)).unwrap().round, 3);
        }
        assert!(pods.room().0 < 100 && pods.room().1 == 0, "{:?}", pods.room());
    }
}
