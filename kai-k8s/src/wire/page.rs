//! One page of a list of pods, namespaces or nodes, in either encoding.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use kai_core::{Observed, PodFields};

use super::item::{self, Item, metadata, node};
use super::json::{self, Envelope, JsonReader};
use super::protobuf::ProtobufReader;
use super::status::Status;
use super::{Continuation, ListKind, PagePart, WireError};

/// What lists are asked for in. Of a resource that has no protobuf, the server sends JSON.
const ACCEPT: &str = "application/vnd.kubernetes.protobuf, application/json";
/// What [lists of metadata] are asked for in.
///
/// [lists of metadata]: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
const ACCEPT_METADATA: &str = "\
    application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, \
    application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

impl ListKind {
    /// What such a list is asked for in.
    pub(crate) fn accept(self) -> &'static str {
        if self.controller().is_some() { ACCEPT_METADATA } else { ACCEPT }
    }
}

/// How an answer is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Json,
    Protobuf,
}

impl Encoding {
    /// What the header of an answer says; JSON where it says nothing else.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let named = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match named.and_then(|named| named.split(';').next()).map(str::trim) {
            Some("application/vnd.kubernetes.protobuf") => Self::Protobuf,
            _ => Self::Json,
        }
    }
}

/// Takes the bytes of one page in, and gives out the facts in them.
#[derive(Debug)]
pub(crate) enum PageReader {
    Json { reader: JsonReader, kind: ListKind, fields: Arc<PodFields>, end: Option<Continuation> },
    Protobuf(ProtobufReader),
}

impl PageReader {
    /// A reader of a page of such a list, and of these fields of pods besides those always read.
    pub(crate) fn new(encoding: Encoding, kind: ListKind, fields: &Arc<PodFields>) -> Self {
        let fields = Arc::clone(fields);
        match encoding {
            Encoding::Json => Self::Json { reader: JsonReader::default(), kind, fields, end: None },
            Encoding::Protobuf => Self::Protobuf(ProtobufReader::new(kind, fields)),
        }
    }

    /// Takes more bytes in, once all facts of those before were taken.
    pub(crate) fn feed(&mut self, piece: Bytes) {
        match self {
            Self::Json { reader, .. } => reader.feed(&piece),
            Self::Protobuf(reader) => reader.feed(piece),
        }
    }

    /// What comes next in the bytes so far; `None` when it takes more of them.
    pub(crate) fn next(&mut self) -> Result<Option<PagePart>, WireError> {
        match self {
            Self::Json { reader, kind, fields, end } => {
                let fact = next_of_json(reader, *kind, fields, end)?;
                Ok(fact.map(|fact| PagePart::Fact(fact, 0)))
            }
            Self::Protobuf(reader) => reader.next(),
        }
    }

    /// Says that no more bytes come: where the list goes on, or an error where they ended too
    /// early.
    pub(crate) fn finish(&mut self) -> Result<Continuation, WireError> {
        match self {
            Self::Json { reader, end, .. } => {
                reader.finish()?;
                end.take().ok_or(WireError::Cut { at: 0, expected: "a list" })
            }
            Self::Protobuf(reader) => reader.finish(),
        }
    }
}

fn next_of_json(
    reader: &mut JsonReader,
    kind: ListKind,
    fields: &PodFields,
    end: &mut Option<Continuation>,
) -> Result<Option<Observed>, WireError> {
    while let Some(found) = reader.next()? {
        if end.is_some() {
            return Err(super::second_list(0));
        }
        match found {
            json::Found::Item { json, at, list_kind } => {
                // Where it comes after the items, the end of the document has it.
                list_kind.map_or(Ok(()), |named| kind.check(named))?;
                return item_of(kind, json, at, fields).map(Some);
            }
            json::Found::Document(document) => {
                let refused = Status::from_json(document.json).filter(|status| status.is_failure);
                if let Some(status) = refused {
                    return Err(WireError::Refused(status));
                }
                let envelope = Envelope::read(document)?;
                kind.check(&envelope.kind)?;
                *end = Some(envelope.continuation()?);
            }
        }
    }
    Ok(None)
}

/// Reads an item of a list that holds nothing else than such.
fn item_of(
    kind: ListKind,
    json: &[u8],
    at: u64,
    fields: &PodFields,
) -> Result<Observed, WireError> {
    let fact = match kind {
        ListKind::Nodes => node::read(json, at)?,
        ListKind::ReplicaSets | ListKind::Jobs => metadata::read(json, at, kind)?,
        ListKind::Pods | ListKind::Namespaces => {
            match item::read(json, at, Some(kind.name()), fields)? {
                Item::Fact { fact, .. } => Some(fact).filter(|fact| kind.admits(fact)),
                Item::Other => None,
            }
        }
    };
    let found = || "an item of another kind".to_owned();
    fact.ok_or_else(|| WireError::Unexpected { at, expected: kind.item(), found: found() })
}
