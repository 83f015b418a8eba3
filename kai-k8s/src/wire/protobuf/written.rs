//! Protobuf written by hand, for tests.

use super::MAGIC;

/// A field that holds bytes.
pub(in crate::wire) fn field(number: u64, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let bytes = bytes.as_ref();
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

pub(in crate::wire) fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

pub(in crate::wire) fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
    bytes
}

/// An object in its envelope, as an answer or an event has it.
pub(in crate::wire) fn enveloped(kind: &str, object: impl AsRef<[u8]>) -> Vec<u8> {
    let type_meta = [field(1, "v1"), field(2, kind)].concat();
    [MAGIC, &field(1, type_meta), &field(2, object), &field(3, ""), &field(4, "")].concat()
}
