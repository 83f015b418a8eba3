//! Entries by name that may be referred to before the fact about them comes.

use std::collections::BTreeMap;

/// Entries by name and by number. One exists as soon as anything refers to it.
pub(super) struct Interner<T> {
    numbers: BTreeMap<String, usize>,
    entries: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), entries: Vec::new() }
    }
}

impl<T: Default> Interner<T> {
    /// The number of the entry of this name.
    pub(super) fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.entries.len();
        self.numbers.insert(name.to_owned(), number);
        self.entries.push(T::default());
        number
    }

    /// The entry of this name.
    pub(super) fn entry(&mut self, name: &str) -> &mut T {
        let number = self.number(name);
        &mut self.entries[number]
    }

    pub(super) fn get(&self, number: usize) -> &T {
        &self.entries[number]
    }

    pub(super) fn get_mut(&mut self, number: usize) -> &mut T {
        &mut self.entries[number]
    }

    pub(super) fn all(&self) -> &[T] {
        &self.entries
    }

    /// The numbers of all entries, sorted by name.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&str, usize)> {
        self.numbers.iter().map(|(name, number)| (name.as_str(), *number))
    }
}
