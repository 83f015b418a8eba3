//! The fields of a list around its items.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::frame::Document;
use crate::wire::lenient::{Count, Text, offset, reason};
use crate::wire::{Continuation, WireError};

/// What stands around the items of a list, or at the head of a single object.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope<'a> {
    #[serde(borrow)]
    pub(crate) kind: Text<'a>,
    #[serde(borrow)]
    metadata: Option<ListMeta<'a>>,
    items: Option<Vec<IgnoredAny>>,
}

/// Of a list's metadata, what continues it, see [API concepts].
///
/// [API concepts]: https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ListMeta<'a> {
    #[serde(rename = "continue", borrow)]
    next: Text<'a>,
    #[serde(rename = "remainingItemCount")]
    remaining: Count,
}

impl<'a> Envelope<'a> {
    /// Reads what stood around the items.
    pub(crate) fn read(document: Document<'a>) -> Result<Self, WireError> {
        let invalid = |why, offset| WireError::Invalid {
            at: document.position(offset),
            what: "the document around its items".to_owned(),
            why,
        };
        let envelope: Self = serde_json::from_slice(document.json)
            .map_err(|error| invalid(reason(&error), offset(document.json, &error)))?;
        if envelope.items.as_ref().is_some_and(|items| !items.is_empty()) {
            return Err(invalid("the key `items` is written with escapes".to_owned(), 0));
        }
        Ok(envelope)
    }

    /// The kind of a list whose bytes end with the `[` of its items, where it stands before them.
    pub(crate) fn kind_so_far(json: &[u8]) -> Option<String> {
        let closed = [json, b"]}"].concat();
        let envelope: Envelope<'_> = serde_json::from_slice(&closed).ok()?;
        (!envelope.kind.is_empty()).then(|| envelope.kind.to_string())
    }

    /// Whether this is a list, and not a single object.
    pub(crate) fn is_list(&self) -> bool {
        self.items.is_some() || self.kind.ends_with("List")
    }

    /// What continues the list.
    pub(crate) fn continuation(&self) -> Result<Continuation, WireError> {
        let Some(metadata) = &self.metadata else { return Ok(Continuation::default()) };
        Continuation::new(&metadata.next, metadata.remaining.0, 0)
    }
}

/// Whether an item is a list of pods or namespaces that has no items.
pub(crate) fn is_empty_list(json: &[u8]) -> bool {
    let envelope: Result<Envelope<'_>, _> = serde_json::from_slice(json);
    envelope.is_ok_and(|it| {
        it.items.is_none() && matches!(&*it.kind, "List" | "PodList" | "NamespaceList")
    })
}
