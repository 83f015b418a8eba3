//! Which revisions the lists of a snapshot are of: a watch goes on from them.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::wire::{Continuation, ListKind};

/// Revisions by the kind of the objects and, of a list of one namespace that was named, by that.
#[derive(Debug, Default)]
pub(crate) struct Revisions(Mutex<BTreeMap<Key, Span>>);

type Key = (ListKind, Option<String>);

/// The revisions of several lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The least: all that happened after it is told by a watch from there. 0: a list said none.
    pub(crate) least: u64,
    /// The greatest: what lists said is known to be true once a watch has come as far.
    pub(crate) greatest: u64,
}

impl Revisions {
    /// Notes the revision of a list, as one of its pages says it.
    pub(super) fn note(&self, kind: ListKind, namespace: Option<&String>, page: &Continuation) {
        let revision = page.revision;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Span { least: revision, greatest: revision };
        let span = all.entry((kind, namespace.cloned())).or_insert(fresh);
        span.least = span.least.min(revision);
        span.greatest = span.greatest.max(revision);
    }

    /// The revisions of the lists of a kind, and of a namespace that was named.
    pub(crate) fn of(&self, kind: ListKind, namespace: Option<&str>) -> Option<Span> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&(kind, namespace.map(str::to_owned))).copied()
    }
}
