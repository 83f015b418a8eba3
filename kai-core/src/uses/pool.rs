//! Values by number, each once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

/// Values that many refer to.
#[derive(Debug)]
pub(super) struct Pool<T: ?Sized> {
    numbers: HashMap<Arc<T>, u32>,
    values: Vec<Arc<T>>,
}

impl<T: ?Sized> Default for Pool<T> {
    fn default() -> Self {
        Self { numbers: HashMap::new(), values: Vec::new() }
    }
}

impl<T: ?Sized + Eq + Hash> Pool<T> {
    /// The number of a value.
    pub(super) fn number<'v>(&mut self, value: &'v T) -> u32
    where
        Arc<T>: From<&'v T>,
    {
        match self.numbers.get(value) {
            Some(number) => *number,
            None => self.add(Arc::from(value)),
        }
    }

    /// The number of a value that is shared already.
    pub(super) fn add(&mut self, value: Arc<T>) -> u32 {
        if let Some(number) = self.numbers.get(&*value) {
            return *number;
        }
        // There are fewer of them than bytes of memory, and each has some hundred.
        let number = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push(Arc::clone(&value));
        self.numbers.insert(value, number);
        number
    }

    /// A value, shared.
    pub(super) fn share<'v>(&mut self, value: &'v T) -> Arc<T>
    where
        Arc<T>: From<&'v T>,
    {
        let number = self.number(value);
        Arc::clone(self.get(number))
    }

    /// The number of a value that is there.
    pub(super) fn find(&self, value: &T) -> Option<u32> {
        self.numbers.get(value).copied()
    }

    /// The values, by their numbers.
    pub(super) fn into_values(self) -> Vec<Arc<T>> {
        self.values
    }

    pub(super) fn get(&self, number: u32) -> &Arc<T> {
        &self.values[number as usize]
    }
}
