//! What anchors (`&name`) of a document name, as JSON, for the aliases (`*name`) that follow.

use std::collections::HashMap;

/// How many bytes of JSON a document's anchors and aliases may make: aliases of aliases grow
/// without bounds.
pub(super) const ANCHORED_MAX: usize = 256 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Anchors {
    known: HashMap<usize, String>,
    /// How many bytes there were so far.
    made: usize,
    max: usize,
}

impl Anchors {
    /// None so far, of so many bytes at the most.
    pub(super) fn new(max: usize) -> Self {
        Self { known: HashMap::new(), made: 0, max }
    }

    /// Forgets those of a document that ended.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.max);
    }

    /// Counts what was made of an anchor or an alias.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.made = self.made.saturating_add(bytes);
        let max = self.max;
        if self.made > max {
            return Err(format!(
                "the anchors and aliases of a document stand for more than {max} bytes"
            ));
        }
        Ok(())
    }

    /// Keeps what an anchor names.
    pub(super) fn keep(&mut self, anchor: usize, json: &str) -> Result<(), String> {
        self.count(json.len())?;
        self.known.insert(anchor, json.to_owned());
        Ok(())
    }

    /// What an alias stands for.
    pub(super) fn resolve(&mut self, anchor: usize) -> Result<String, String> {
        let json = self.known.get(&anchor).cloned();
        let json = json.ok_or("an alias (`*name`) stands within what it names")?;
        self.count(json.len())?;
        Ok(json)
    }
}
