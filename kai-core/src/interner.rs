//! Values by number, each once, for as long as somebody refers to it.

use std::hash::Hash;
use std::sync::Arc;

use crate::index::Index;

/// The number of a value that is no value.
pub(crate) const NONE: u32 = u32::MAX;

/// Values that are counted: the last one who lets go of a value frees it, and its number.
#[derive(Debug)]
pub(crate) struct Interner<T: ?Sized> {
    index: Index,
    entries: Vec<Entry<T>>,
    /// Numbers that nobody uses.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Entry<T: ?Sized> {
    value: Option<Arc<T>>,
    count: u32,
}

impl<T: ?Sized> Default for Interner<T> {
    fn default() -> Self {
        Self { index: Index::default(), entries: Vec::new(), free: Vec::new() }
    }
}

impl<T: ?Sized + Eq + Hash> Interner<T> {
    /// The number of a value, held once more, and whether it was not there before.
    pub(crate) fn hold<'v>(&mut self, value: &'v T) -> (u32, bool)
    where
        Arc<T>: From<&'v T>,
    {
        match self.find(value) {
            Some(number) => {
                self.hold_again(number);
                (number, false)
            }
            None => (self.insert(&Arc::from(value)), true),
        }
    }

    /// The same of a value that is owned.
    pub(crate) fn hold_owned(&mut self, value: T) -> (u32, bool)
    where
        T: Sized,
    {
        match self.find(&value) {
            Some(number) => {
                self.hold_again(number);
                (number, false)
            }
            None => (self.insert(&Arc::new(value)), true),
        }
    }

    /// Holds a value once more.
    pub(crate) fn hold_again(&mut self, number: u32) {
        if let Some(entry) = self.entries.get_mut(number as usize) {
            entry.count += 1;
        }
    }

    fn insert(&mut self, value: &Arc<T>) -> u32 {
        let entry = Entry { value: Some(Arc::clone(value)), count: 1 };
        let number = if let Some(number) = self.free.pop() {
            self.entries[number as usize] = entry;
            number
        } else {
            self.entries.push(entry);
            // There are fewer of them than bytes of memory, and each has some hundred.
            u32::try_from(self.entries.len() - 1).unwrap_or(NONE)
        };
        self.index.insert(&**value, number, value_of(&self.entries));
        number
    }

    /// Lets go of a value once; returns it where that was the last time.
    pub(crate) fn release(&mut self, number: u32) -> Option<Arc<T>> {
        let entry = self.entries.get_mut(number as usize)?;
        entry.count = entry.count.saturating_sub(1);
        if entry.count > 0 {
            return None;
        }
        let value = entry.value.take()?;
        self.free.push(number);
        if self.index.remove(&*value, number, value_of(&self.entries)) {
            self.shrink();
        }
        Some(value)
    }

    /// Gives back the memory of many values that are gone.
    fn shrink(&mut self) {
        let Self { entries, free, .. } = self;
        while entries.pop_if(|last| last.value.is_none()).is_some() {}
        entries.shrink_to_fit();
        free.retain(|number| (*number as usize) < entries.len());
        free.shrink_to_fit();
    }

    /// A value that is held.
    pub(crate) fn get(&self, number: u32) -> Option<&Arc<T>> {
        self.entries.get(number as usize)?.value.as_ref()
    }

    /// The number of a value that is held.
    pub(crate) fn find(&self, value: &T) -> Option<u32> {
        self.index.find(value, value_of(&self.entries))
    }

    /// How many values are held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }
}

fn value_of<'e, T: ?Sized>(entries: &'e [Entry<T>]) -> impl Fn(u32) -> Option<&'e T> {
    move |number| entries.get(number as usize)?.value.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_there_until_the_last_one_lets_go() {
        let mut texts = Interner::<str>::default();
        let (a, fresh) = texts.hold("a");
        assert!(fresh);
        assert_eq!(texts.hold("a"), (a, false));
        let (b, _) = texts.hold("b");
        assert_eq!(texts.release(a), None);
        assert_eq!(texts.release(a).as_deref(), Some("a"));
        assert_eq!((texts.find("a"), texts.get(a)), (None, None));
        assert_eq!(texts.hold("c"), (a, true), "its number is used again");
        assert_eq!(texts.get(b).map(|it| &**it), Some("b"));
        assert_eq!(texts.len(), 2);
    }

    #[test]
    fn the_table_gets_smaller_after_a_storm() {
        let mut texts = Interner::<str>::default();
        let storm: Vec<_> = (0..10_000).map(|it| texts.hold(&it.to_string()).0).collect();
        for number in storm {
            drop(texts.release(number));
        }
        let left = (texts.index.room(), texts.entries.len(), texts.free.len());
        assert!(left.0 < 100 && left.1 < 100 && left.2 < 100, "{left:?}");
        assert!(texts.hold("a").1);
    }
}
