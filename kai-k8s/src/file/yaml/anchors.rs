//! What anchors (`&name`) of a document name, as JSON, for the aliases (`*name`) that follow.

use std::collections::HashMap;

/// How many bytes of JSON a document's anchors and aliases may make: aliases of aliases grow
/// without bounds.
pub(super) const ANCHORED_MAX: usize = 256 * 1024 * 1024;

#[derive(Debug, Default)]
pub(super) struct Anchors {
    known: HashMap<usize, String>,
    /// How many bytes there were so far.
    made: usize,
}

impl Anchors {
    /// Counts what was made of an anchor or an alias.
    pub(super) fn count(&mut self, bytes: usize) -> Result<(), String> {
        self.made = self.made.saturating_add(bytes);
        if self.made > ANCHORED_MAX {
            return Err(format!(
                "the anchors and aliases of a document stand for more than {ANCHORED_MAX} bytes"
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
