//! Detects the encoding of an input, and decodes UTF-16.

use super::error::ReadError;
use super::looks::Look;
use crate::wire::json::BYTE_ORDER_MARK;

/// Makes UTF-8 of the bytes of an input as they arrive.
#[derive(Debug)]
pub(super) enum Decoder {
    Utf8,
    Utf16(Utf16),
}

/// UTF-16 that is read in pieces.
#[derive(Debug)]
pub(super) struct Utf16 {
    unit: fn([u8; 2]) -> u16,
    /// How many bytes were read.
    read: u64,
    /// The first byte of a unit whose second one has yet to come.
    half: Option<u8>,
    /// The first unit of a pair whose second one has yet to come.
    high: Option<u16>,
}

impl Decoder {
    /// By the first bytes of an input, at least four where it has them: the decoder, and how many
    /// bytes the mark takes.
    pub(super) fn of(head: &[u8]) -> Result<(Self, usize), Look> {
        let utf16 = |unit| Self::Utf16(Utf16 { unit, read: 2, half: None, high: None });
        match head {
            [0xff, 0xfe, 0, 0, ..]
            | [0, 0, 0xfe, 0xff, ..]
            | [0, 0, 0, 1..=127, ..]
            | [1..=127, 0, 0, 0, ..] => Err(Look::Utf32),
            [0xff, 0xfe, ..] => Ok((utf16(u16::from_le_bytes), 2)),
            [0xfe, 0xff, ..] => Ok((utf16(u16::from_be_bytes), 2)),
            [0, 1..=127, 0, 1..=127, ..] | [1..=127, 0, 1..=127, 0, ..] => Err(Look::Utf16),
            _ => Ok((Self::Utf8, if head.starts_with(BYTE_ORDER_MARK) { 3 } else { 0 })),
        }
    }

    pub(super) fn is_utf16(&self) -> bool {
        matches!(self, Self::Utf16(_))
    }

    /// Appends what more bytes say.
    pub(super) fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) -> Result<(), ReadError> {
        match self {
            Self::Utf8 => {
                text.extend_from_slice(bytes);
                Ok(())
            }
            Self::Utf16(utf16) => bytes.iter().try_for_each(|&byte| utf16.take(byte, text)),
        }
    }

    /// Says that no more bytes come.
    pub(super) fn finish(&self) -> Result<(), ReadError> {
        match self {
            Self::Utf16(Utf16 { half, high, read, .. }) if half.is_some() || high.is_some() => {
                Err(ReadError::NotUtf16 { at: *read, why: "cut off within a character" })
            }
            _ => Ok(()),
        }
    }
}

impl Utf16 {
    fn take(&mut self, byte: u8, text: &mut Vec<u8>) -> Result<(), ReadError> {
        self.read += 1;
        let Some(first) = self.half.take() else {
            self.half = Some(byte);
            return Ok(());
        };
        let unit = (self.unit)([first, byte]);
        let high = self.high.take();
        if high.is_none() && (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return Ok(());
        }
        let units = [high.unwrap_or(unit), unit];
        let units = if high.is_some() { &units[..] } else { &units[1..] };
        for character in char::decode_utf16(units.iter().copied()) {
            let at = self.read - 2 * units.len() as u64;
            let character =
                character.map_err(|_| ReadError::NotUtf16 { at, why: "half of a character" })?;
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Ok(())
    }
}
