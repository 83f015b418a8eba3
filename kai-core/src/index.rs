//! Numbers, found by the values that they stand for.

use std::hash::{BuildHasher, Hash, RandomState};

use hashbrown::HashTable;

/// Finds the number of a value that is stored elsewhere, under that number. It holds numbers alone,
/// 5 bytes each, so that no value is copied as it grows.
///
/// Each call is told by `value_of` which value a number stands for.
#[derive(Debug, Default)]
pub(crate) struct Index {
    numbers: HashTable<u32>,
    hasher: RandomState,
}

impl Index {
    /// How many numbers it has.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// The number of a value, if it has one.
    pub(crate) fn find<'v, T: ?Sized + Eq + Hash + 'v>(
        &self,
        value: &T,
        value_of: impl Fn(u32) -> Option<&'v T>,
    ) -> Option<u32> {
        let is_it = |number: &u32| value_of(*number) == Some(value);
        self.numbers.find(self.hasher.hash_one(value), is_it).copied()
    }

    /// Adds the number of a value that has none.
    pub(crate) fn insert<'v, T: ?Sized + Hash + 'v>(
        &mut self,
        value: &T,
        number: u32,
        value_of: impl Fn(u32) -> Option<&'v T>,
    ) {
        let Self { numbers, hasher } = self;
        let hash = |number: &u32| value_of(*number).map_or(0, |value| hasher.hash_one(value));
        numbers.insert_unique(hasher.hash_one(value), number, hash);
    }

    /// Removes the number of a value; whether the memory of many that are gone was given back.
    pub(crate) fn remove<'v, T: ?Sized + Hash + 'v>(
        &mut self,
        value: &T,
        number: u32,
        value_of: impl Fn(u32) -> Option<&'v T>,
    ) -> bool {
        let Self { numbers, hasher } = self;
        if let Ok(entry) = numbers.find_entry(hasher.hash_one(value), |it| *it == number) {
            entry.remove();
        }
        let shrinks = numbers.len() < numbers.capacity() / 8;
        if shrinks {
            let hash = |number: &u32| value_of(*number).map_or(0, |value| hasher.hash_one(value));
            numbers.shrink_to(2 * numbers.len(), hash);
        }
        shrinks
    }

    /// Gives a value another number.
    pub(crate) fn renumber<T: ?Sized + Hash>(&mut self, value: &T, from: u32, to: u32) {
        if let Some(number) = self.numbers.find_mut(self.hasher.hash_one(value), |it| *it == from) {
            *number = to;
        }
    }

    /// For how many numbers there is room.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        self.numbers.capacity()
    }
}
