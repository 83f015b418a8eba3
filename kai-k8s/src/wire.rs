//! Bytes in, facts out: no input or output is done here, and one item is in memory at a time.
//!
//! A reader per encoding: [`json`] finds the items of a list as its bytes arrive, [`item`] says
//! what one of them is.

pub(crate) mod item;
pub(crate) mod json;

/// The longest item (a pod, say), or rest of a document, that is read. etcd takes 1.5 MiB of an
/// object by default.
pub(crate) const ITEM_MAX: usize = 8 * 1024 * 1024;

/// Why bytes are no list of pods. Positions count bytes from the first one, which is 0.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// Something else stands where something was expected.
    #[error("byte {at}: expected {expected}, found {found}")]
    Unexpected {
        /// Where.
        at: u64,
        /// What would be valid.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// The bytes end too early.
    #[error("cut off at byte {at}, where {expected} was expected")]
    Cut {
        /// Where they end.
        at: u64,
        /// What should have followed.
        expected: &'static str,
    },
    /// An item, or the document around the items, is not what it should be.
    #[error("byte {at}: {what} cannot be read: {why}")]
    Invalid {
        /// Where the fault is, or where what can't be read begins.
        at: u64,
        /// What can't be read.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// Something is too long to be read.
    #[error("byte {at}: {what} has more than {max} bytes")]
    TooLong {
        /// Where it begins.
        at: u64,
        /// What is too long.
        what: &'static str,
        /// How long it may be.
        max: usize,
    },
}

impl WireError {
    /// What is wrong, for inputs that have no such positions.
    pub(crate) fn without_position(&self) -> String {
        match self {
            Self::Invalid { why, .. } => why.clone(),
            other => other.to_string(),
        }
    }

    /// A whole answer is longer than its kind ever is.
    pub(crate) fn too_long(max: usize) -> Self {
        Self::TooLong { at: 0, what: "the answer", max }
    }
}
