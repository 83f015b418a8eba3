//! The documents of an input: which of them, and of their items, are namespaces and pods.

use kai_core::{Excerpt, Observed};

use super::ReadError;
use crate::wire::item::{self, Envelope, Item};
use crate::wire::json::{Document, Found, JsonReader};

/// Reads one JSON document after another, and counts what is in them.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    reader: JsonReader,
    /// Whether there was any document.
    any: bool,
    facts: usize,
    others: usize,
    /// Those of the list at hand.
    others_listed: usize,
    /// Whether an item of the list at hand was taken for a pod though nothing said so.
    assumed: bool,
}

impl Documents {
    /// Passes over bytes that are not fed.
    pub(crate) fn skip(&mut self, bytes: u64) {
        self.reader.skip(bytes);
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.reader.feed(bytes);
    }

    /// The next namespace or pod; `None` when it takes more bytes.
    pub(crate) fn next(&mut self) -> Result<Option<Observed>, ReadError> {
        while let Some(found) = self.reader.next()? {
            let item = match found {
                Found::Item { json, at, list_kind } => item::read(json, at, list_kind)?,
                Found::Document(document) => {
                    self.any = true;
                    let envelope = Envelope::read(document)?;
                    if envelope.is_list() {
                        let assumed = std::mem::take(&mut self.assumed);
                        let others = std::mem::take(&mut self.others_listed);
                        judge_list(&envelope.kind, document, assumed, others > 0)?;
                        continue;
                    }
                    read_object(&envelope.kind, document)?
                }
            };
            match item {
                Item::Other => {
                    self.others += 1;
                    self.others_listed += 1;
                }
                Item::Fact { fact, assumed } => {
                    self.assumed |= assumed;
                    self.facts += 1;
                    return Ok(Some(fact));
                }
            }
        }
        Ok(None)
    }

    /// Says that no more bytes come.
    pub(crate) fn finish(&self) -> Result<(), ReadError> {
        Ok(self.reader.finish()?)
    }

    /// Judges the input as a whole, once all of it was read.
    pub(crate) fn judge(&self) -> Result<(), ReadError> {
        if !self.any {
            return Err(ReadError::Empty);
        }
        if self.others > 0 && self.facts == 0 {
            return Err(ReadError::OtherKinds(self.others));
        }
        if self.others > 0 {
            tracing::warn!(
                "{} objects of the input are neither namespaces nor pods: skipped",
                self.others
            );
        }
        Ok(())
    }
}

/// Judges a list by its kind, which may come after its items.
fn judge_list(
    kind: &str,
    list: Document<'_>,
    assumed: bool,
    others: bool,
) -> Result<(), ReadError> {
    match kind {
        "" | "List" | "PodList" => Ok(()),
        kind if assumed => {
            let at = list.position(list.json.len());
            Err(ReadError::LateKind { at, kind: kind.to_owned() })
        }
        "NamespaceList" => Ok(()),
        _ if others => Ok(()),
        kind => Err(ReadError::Kind { at: list.position(0), found: named(kind) }),
    }
}

/// A document that is no list: a namespace or a pod by its own kind, or an error.
fn read_object(kind: &str, object: Document<'_>) -> Result<Item, ReadError> {
    let at = object.position(0);
    if matches!(kind, "Pod" | "Namespace") {
        Ok(item::read(object.json, at, None)?)
    } else {
        Err(ReadError::Kind { at, found: named(kind) })
    }
}

fn named(kind: &str) -> String {
    if kind.is_empty() {
        "an object without a kind".to_owned()
    } else {
        format!("a `{}`", Excerpt(kind))
    }
}
