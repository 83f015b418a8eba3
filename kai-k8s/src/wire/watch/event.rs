//! What one message of a watch says.

use std::fmt::Display;

use kai_core::{Excerpt, Observed, PodFields};

use super::WatchEvent;
use crate::wire::protobuf::message::{Fault, Message};
use crate::wire::protobuf::{self, BEGINNING, MAGIC, STATUS, object};
use crate::wire::{self, ListKind, WireError};

/// What the type of an event may be.
const TYPES: &str = "`ADDED`, `MODIFIED`, `DELETED`, `BOOKMARK` or `ERROR`";

/// Reads the message that begins at a position.
///
/// One of no bytes, which no server writes, is an event of no type, and as such an error: zeros are
/// what a stream looks like that was read from a wrong place, and would be skipped for ever.
pub(super) fn read(
    message: &[u8],
    at: u64,
    kind: ListKind,
    fields: &PodFields,
) -> Result<WatchEvent, WireError> {
    Reader { at, kind, fields }.read(message)
}

struct Reader<'f> {
    at: u64,
    kind: ListKind,
    fields: &'f PodFields,
}

impl Reader<'_> {
    fn read(&self, message: &[u8]) -> Result<WatchEvent, WireError> {
        let (happened, object) = watch_event(message).map_err(|fault| self.invalid(&fault))?;
        match happened {
            "ADDED" | "MODIFIED" => {
                self.object(object).map(|(fact, revision)| WatchEvent::Set(fact, revision))
            }
            "DELETED" => {
                self.object(object).map(|(fact, revision)| WatchEvent::Gone(fact, revision))
            }
            "BOOKMARK" => self.bookmark(object).map(WatchEvent::Bookmark),
            "ERROR" => self.failed(object),
            other => {
                let found = match other {
                    "" => "an event of no type".to_owned(),
                    named => format!("`{}`", Excerpt(named)),
                };
                Err(WireError::Unexpected { at: self.at, expected: TYPES, found })
            }
        }
    }

    /// The object that something happened to, and the revision of that.
    fn object(&self, object: Option<&[u8]>) -> Result<(Observed, u64), WireError> {
        let (fact, revision) = object::read(self.of_kind(object)?, self.kind, self.fields)
            .map_err(|fault| self.invalid(&fault))?;
        Ok((wire::named(fact, self.at)?, self.known(revision)?))
    }

    /// The object of a bookmark has nothing but a revision.
    fn bookmark(&self, object: Option<&[u8]>) -> Result<u64, WireError> {
        let revision = object::revision(self.of_kind(object)?);
        self.known(revision.map_err(|fault| self.invalid(&fault))?)
    }

    fn failed(&self, object: Option<&[u8]>) -> Result<WatchEvent, WireError> {
        let (kind, status) = self.opened(object)?;
        if kind != STATUS {
            return Err(self.unexpected("a `Status`", kind));
        }
        let status = protobuf::status_of(status);
        status.map(WatchEvent::Failed).ok_or_else(|| self.invalid(&"its Status is malformed"))
    }

    /// The bytes of an object of the kind that is watched.
    fn of_kind<'m>(&self, object: Option<&'m [u8]>) -> Result<&'m [u8], WireError> {
        let (kind, bytes) = self.opened(object)?;
        if self.kind.is_of(kind) { Ok(bytes) } else { Err(self.unexpected(self.kind.item(), kind)) }
    }

    /// What an object calls itself, and its bytes.
    fn opened<'m>(&self, object: Option<&'m [u8]>) -> Result<(&'m str, &'m [u8]), WireError> {
        let missing = || self.invalid(&"it has no object");
        let Some(unknown) = object.ok_or_else(missing)?.strip_prefix(MAGIC) else {
            let found = "an object that begins with something else".to_owned();
            return Err(WireError::Unexpected { at: self.at, expected: BEGINNING, found });
        };
        let (kind, bytes) = type_and_bytes(unknown).map_err(|fault| self.invalid(&fault))?;
        Ok((kind, bytes.ok_or_else(missing)?))
    }

    /// Passes a revision that can be compared: without one, nobody knows where to go on.
    fn known(&self, revision: u64) -> Result<u64, WireError> {
        if revision == 0 {
            return Err(self.invalid(&"`metadata.resourceVersion` is missing or no decimal number"));
        }
        Ok(revision)
    }

    fn unexpected(&self, expected: &'static str, kind: &str) -> WireError {
        WireError::Unexpected { at: self.at, expected, found: wire::object_of(kind) }
    }

    fn invalid(&self, why: &dyn Display) -> WireError {
        let what = "the event that begins here".to_owned();
        WireError::Invalid { at: self.at, what, why: why.to_string() }
    }
}

/// The type of a `WatchEvent`, and its object.
fn watch_event(message: &[u8]) -> Result<(&str, Option<&[u8]>), Fault> {
    let (mut happened, mut extension) = ("", None);
    for field in Message::new("WatchEvent", message) {
        let field = field?;
        match field.number {
            1 => happened = field.text()?,
            2 => field.only(&mut extension, "RawExtension")?,
            _ => {}
        }
    }
    let mut object = None;
    for field in extension.into_iter().flatten() {
        let field = field?;
        if field.number == 1 {
            object = Some(field.bytes()?);
        }
    }
    Ok((happened, object))
}

/// What an `Unknown` says of the object in it, and the bytes of that.
fn type_and_bytes(unknown: &[u8]) -> Result<(&str, Option<&[u8]>), Fault> {
    let (mut type_meta, mut bytes) = (None, None);
    for field in Message::new("Unknown", unknown) {
        let field = field?;
        match field.number {
            1 => field.only(&mut type_meta, "TypeMeta")?,
            2 => bytes = Some(field.bytes()?),
            _ => {}
        }
    }
    Ok((type_meta.map_or(Ok(""), protobuf::kind)?, bytes))
}
