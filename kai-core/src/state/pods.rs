//! The pods of a cluster, each found by its key: without room for more than there are, and without
//! a copy of all of them when there are more.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::pod::{PodKey, Slot};

/// How many pods are stored in one piece: 64 KiB.
const CHUNK: usize = 1024;

/// What is known of each pod.
#[derive(Debug, Default)]
pub(super) struct Pods {
    /// All of them full, but for the last one.
    chunks: Vec<Vec<(PodKey, Slot)>>,
    /// Where each one is.
    places: HashTable<u32>,
    hasher: RandomState,
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

    pub(super) fn get(&self, key: PodKey) -> Option<&Slot> {
        let place =
            *self.places.find(self.hasher.hash_one(key), |it| at(&self.chunks, *it).0 == key)?;
        Some(&at(&self.chunks, place).1)
    }

    pub(super) fn get_mut(&mut self, key: PodKey) -> Option<&mut Slot> {
        let chunks = &mut self.chunks;
        let place = *self.places.find(self.hasher.hash_one(key), |it| at(chunks, *it).0 == key)?;
        Some(&mut at_mut(chunks, place).1)
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
        let Self { chunks, places, hasher } = self;
        let hash = |place: &u32| hasher.hash_one(at(chunks, *place).0);
        places.insert_unique(hasher.hash_one(key), place, hash);
    }

    /// Forgets a pod; what was known of it.
    pub(super) fn remove(&mut self, key: PodKey) -> Option<Slot> {
        let Self { chunks, places, hasher } = self;
        let entry = places.find_entry(hasher.hash_one(key), |it| at(chunks, *it).0 == key).ok()?;
        let (place, _) = entry.remove();
        // The last one takes its place.
        let last = chunks.last_mut()?.pop()?;
        chunks.pop_if(|chunk| chunk.is_empty());
        let count = u32::try_from(places.len()).unwrap_or(u32::MAX);
        let removed = if place == count {
            last.1
        } else {
            if let Some(moved) = places.find_mut(hasher.hash_one(last.0), |it| *it == count) {
                *moved = place;
            }
            std::mem::replace(at_mut(chunks, place), last).1
        };
        if places.len() < places.capacity() / 8 {
            places.shrink_to(2 * places.len(), |place| hasher.hash_one(at(chunks, *place).0));
        }
        Some(removed)
    }

    /// For how many there is room.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.places.capacity().max(CHUNK * self.chunks.len())
    }
}

fn at(chunks: &[Vec<(PodKey, Slot)>], place: u32) -> &(PodKey, Slot) {
    &chunks[place as usize / CHUNK][place as usize % CHUNK]
}

fn at_mut(chunks: &mut [Vec<(PodKey, Slot)>], place: u32) -> &mut (PodKey, Slot) {
    &mut chunks[place as usize / CHUNK][place as usize % CHUNK]
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
            assert!(pods.room() < pods.len() + 8 * CHUNK, "{} for {}", pods.room(), pods.len());
            pods.get_mut(key(number)).unwrap().round = 3;
            assert_eq!(pods.remove(key(number)).unwrap().round, 3);
        }
        assert!(pods.chunks.is_empty() && pods.room() < 100);
    }
}
