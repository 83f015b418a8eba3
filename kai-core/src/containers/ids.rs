//! The ids of containers, stored for half of their length.

use std::fmt;

use serde::{Serialize, Serializer};

/// How many bytes the digits of a usual id make.
const HASH: usize = 32;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The mark of an id that is stored as it is.
const PLAIN: u8 = u8::MAX;

/// Ids by number. Nearly all of them are the name of one runtime, `://`, and 64 hexadecimal
/// digits; of these the name is stored once, and two digits in a byte.
#[derive(Clone, Default)]
pub(super) struct Ids {
    prefixes: Prefixes,
    all: Vec<u8>,
    /// Where each id ends; it begins where the one before ends.
    ends: Vec<usize>,
}

impl Ids {
    pub(super) fn push(&mut self, id: &str) {
        self.prefixes.write(id, &mut self.all);
        self.ends.push(self.all.len());
    }

    pub(super) fn get(&self, number: usize) -> ContainerId<'_> {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.prefixes.read(&self.all[start..self.ends[number]])
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

/// What stands before the digits of ids; each id as it is stored begins with the number of its own,
/// or with [`PLAIN`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Prefixes(Vec<String>);

impl Prefixes {
    /// Appends an id as it is stored.
    pub(crate) fn write(&mut self, id: &str, stored: &mut Vec<u8>) {
        if let Some((prefix, hash)) = self.pack(id) {
            stored.push(prefix);
            stored.extend_from_slice(&hash);
        } else {
            stored.push(PLAIN);
            stored.extend_from_slice(id.as_bytes());
        }
    }

    /// An id that is stored so.
    pub(crate) fn read<'a>(&'a self, stored: &'a [u8]) -> ContainerId<'a> {
        let (mark, rest) = stored.split_first().unwrap_or((&PLAIN, &[]));
        let prefix = self.0.get(usize::from(*mark)).map(String::as_str);
        ContainerId { prefix, rest }
    }

    /// The number of the prefix and the hash, where an id has this form.
    fn pack(&mut self, id: &str) -> Option<(u8, [u8; HASH])> {
        let (prefix, digits) = id.split_at_checked(id.len().checked_sub(2 * HASH)?)?;
        let mut hash = [0; HASH];
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        let known = self.0.iter().position(|known| known == prefix);
        let number = u8::try_from(known.unwrap_or(self.0.len())).ok()?;
        if number == PLAIN {
            return None;
        }
        if known.is_none() {
            self.0.push(prefix.to_owned());
        }
        Some((number, hash))
    }
}

/// The value of a digit in lower case: others could not be restored.
fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The id of a container with the scheme of its runtime, as it is stored; its `Display` and its
/// JSON are the text.
#[derive(Clone, Copy)]
pub struct ContainerId<'a> {
    /// What stands before the digits; without it, `rest` is all of the id.
    prefix: Option<&'a str>,
    rest: &'a [u8],
}

impl fmt::Display for ContainerId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(prefix) = self.prefix else {
            return f.write_str(&String::from_utf8_lossy(self.rest));
        };
        let mut digits = [0; 2 * HASH];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.rest) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 0xf)];
        }
        f.write_str(prefix)?;
        f.write_str(str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for ContainerId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContainerId({self})")
    }
}

impl Serialize for ContainerId<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_comes_back_as_it_was() {
        let digits = "0123456789abcdef".repeat(4);
        let table = [
            format!("containerd://{digits}"),
            format!("cri-o://{digits}"),
            format!("containerd://{}", "f".repeat(64)),
            digits.clone(),
            format!("containerd://{}", digits.to_uppercase()),
            format!("containerd://{}", &digits[1..]),
            format!("größer://{digits}"),
            format!("ü{}", &digits[1..]),
            "docker://short".to_owned(),
            "x".to_owned(),
        ];
        let mut ids = Ids::default();
        for id in &table {
            ids.push(id);
        }
        for (number, id) in table.iter().enumerate() {
            println!("{id}");
            assert_eq!(ids.get(number).to_string(), *id);
        }
        let usual = ids.ends[0];
        assert_eq!((usual, ids.ends[1] - usual), (1 + 32, 1 + 32), "they are packed");
    }

    #[test]
    fn more_prefixes_than_can_be_numbered_are_stored_as_they_are() {
        let id = |number: usize| format!("{number}://{}", "a".repeat(64));
        let mut ids = Ids::default();
        (0..300).for_each(|number| ids.push(&id(number)));
        (0..300).for_each(|number| ids.push(&id(number)));
        assert!((0..600).all(|number| ids.get(number).to_string() == id(number % 300)));
        assert_eq!(ids.prefixes.0.len(), 255);
    }
}
