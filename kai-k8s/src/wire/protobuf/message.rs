//! Messages of [Protocol Buffers] in memory, field by field. Nothing is allocated, every length is
//! checked.
//!
//! [Protocol Buffers]: https://protobuf.dev/programming-guides/encoding/

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field {field} of `{message}` {what}")]
pub(crate) struct Fault {
    message: &'static str,
    /// Its number; 0 where that couldn't be read.
    field: u32,
    what: &'static str,
}

/// A number of one to ten bytes, the least significant seven bits first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Varint {
    value: u64,
    bits: u32,
}

impl Varint {
    /// Nothing of a number yet.
    pub(super) const NEW: Self = Self { value: 0, bits: 0 };

    pub(super) fn is_fresh(self) -> bool {
        self.bits == 0
    }

    /// Takes one more byte; gives the number out once that was its last.
    pub(super) fn push(&mut self, byte: u8) -> Result<Option<u64>, &'static str> {
        if self.bits == 63 && byte > 1 {
            return Err("has a number of more than 64 bits");
        }
        self.value |= u64::from(byte & 0x7f) << self.bits;
        if byte < 0x80 {
            return Ok(Some(std::mem::take(self).value));
        }
        self.bits += 7;
        Ok(None)
    }
}

/// The number of a field and how its value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) field: u32,
    pub(super) wire: Wire,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Varint,
    /// Bytes after their number.
    Bytes,
    /// So many bytes.
    Fixed(usize),
}

impl Key {
    pub(super) fn new(number: u64) -> Result<Self, &'static str> {
        let wire = match number & 7 {
            0 => Wire::Varint,
            1 => Wire::Fixed(8),
            2 => Wire::Bytes,
            5 => Wire::Fixed(4),
            _ => return Err("has a wire type that Kubernetes does not use"),
        };
        match u32::try_from(number >> 3) {
            Ok(field @ 1..=0x1fff_ffff) => Ok(Self { field, wire }),
            _ => Err("has a number that no field has"),
        }
    }
}

/// A message: the iterator of its fields. It ends after the first fault.
#[derive(Clone, Debug)]
pub(crate) struct Message<'a> {
    name: &'static str,
    rest: &'a [u8],
}

/// One field of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    pub(in crate::wire) number: u32,
    message: &'static str,
    value: Value<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Integer(u64),
    Bytes(&'a [u8]),
    Fixed,
}

impl<'a> Message<'a> {
    /// The message in some bytes; its name is for errors.
    pub(in crate::wire) fn new(name: &'static str, bytes: &'a [u8]) -> Self {
        Self { name, rest: bytes }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, &'static str> {
        // Nearly all are of one byte.
        if let [byte @ ..0x80, rest @ ..] = self.rest {
            self.rest = rest;
            return Ok(u64::from(*byte));
        }
        let mut number = Varint::default();
        while let [byte, rest @ ..] = self.rest {
            self.rest = rest;
            if let Some(number) = number.push(*byte)? {
                return Ok(number);
            }
        }
        Err(CUT)
    }

    #[inline]
    fn take(&mut self, length: u64) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(length).ok().filter(|&length| length <= self.rest.len());
        let (taken, rest) = self.rest.split_at(length.ok_or(CUT)?);
        self.rest = rest;
        Ok(taken)
    }

    /// The value of a field.
    #[inline]
    fn value(&mut self, wire: Wire) -> Result<Value<'a>, &'static str> {
        match wire {
            Wire::Varint => self.varint().map(Value::Integer),
            Wire::Fixed(length) => self.take(length as u64).map(|_| Value::Fixed),
            Wire::Bytes => {
                let length = self.varint()?;
                self.take(length).map(Value::Bytes)
            }
        }
    }
}

const CUT: &str = "is cut off";

impl<'a> Iterator for Message<'a> {
    type Item = Result<Field<'a>, Fault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let message = self.name;
        let mut number = 0;
        let read = self.varint().and_then(Key::new).and_then(|key| {
            number = key.field;
            let value = self.value(key.wire)?;
            Ok(Field { number, message, value })
        });
        Some(read.map_err(|what| {
            self.rest = &[];
            Fault { message, field: number, what }
        }))
    }
}

impl<'a> Field<'a> {
    /// The bytes that it holds.
    pub(in crate::wire) fn bytes(&self) -> Result<&'a [u8], Fault> {
        match self.value {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(self.fault("is a number, where bytes were expected")),
        }
    }

    /// The number that it holds, as `int64` is written.
    pub(super) fn integer(&self) -> Result<i64, Fault> {
        match self.value {
            Value::Integer(number) => Ok(number.cast_signed()),
            _ => Err(self.fault("holds bytes, where a number was expected")),
        }
    }

    /// The text that it holds.
    pub(in crate::wire) fn text(&self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| self.fault("is no UTF-8"))
    }

    /// The message that it holds.
    pub(in crate::wire) fn message(&self, name: &'static str) -> Result<Message<'a>, Fault> {
        self.bytes().map(|bytes| Message::new(name, bytes))
    }

    /// Keeps the message that it holds; a second one would have to be merged with the first, which
    /// no API server asks for.
    pub(in crate::wire) fn only(
        &self,
        slot: &mut Option<Message<'a>>,
        name: &'static str,
    ) -> Result<(), Fault> {
        match slot.replace(self.message(name)?) {
            None => Ok(()),
            Some(_) => Err(self.fault("stands there twice")),
        }
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault { message: self.message, field: self.number, what }
    }
}

/// The text of one field; empty where there is none.
pub(super) fn text(message: Message<'_>, number: u32) -> Result<&str, Fault> {
    texts(message, [number]).map(|[text]| text)
}

/// The texts of some fields; empty where there are none. What comes after the last of them, most of
/// the message, isn't looked at.
pub(super) fn texts<const N: usize>(
    message: Message<'_>,
    numbers: [u32; N],
) -> Result<[&str; N], Fault> {
    let (mut texts, mut missing) = ([None; N], N);
    for field in message {
        let field = field?;
        if let Some(at) = numbers.iter().position(|&number| number == field.number)
            && texts[at].replace(field.text()?).is_none()
        {
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
    }
    Ok(texts.map(Option::unwrap_or_default))
}

/// The message in one field, where there is one.
pub(super) fn part<'m>(
    message: Message<'m>,
    number: u32,
    name: &'static str,
) -> Result<Option<Message<'m>>, Fault> {
    let mut part = None;
    for field in message {
        let field = field?;
        if field.number == number {
            field.only(&mut part, name)?;
        }
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        Message::new("Pod", bytes)
            .map(|field| match field {
                Ok(Field { number, value, .. }) => format!("{number}: {value:?}"),
                Err(fault) => fault.to_string(),
            })
            .collect()
    }

    #[test]
    fn fields_come_out_one_by_one() {
        let bytes =
            [8, 150, 1, 18, 2, 7, 8, 29, 1, 2, 3, 4, 33, 1, 2, 3, 4, 5, 6, 7, 8, 0xa2, 1, 0];
        let fields =
            ["1: Integer(150)", "2: Bytes([7, 8])", "3: Fixed", "4: Fixed", "20: Bytes([])"];
        assert_eq!(read(&bytes), fields);
        for cut in 1..bytes.len() {
            let read = read(&bytes[..cut]);
            assert!(read.len() <= fields.len(), "{cut}: {read:?}");
            let whole = [3, 7, 12, 21].contains(&cut);
            assert_ne!(read.last().unwrap().ends_with(CUT), whole, "{cut}: {read:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_told() {
        let longest = [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(read(&longest), ["1: Integer(18446744073709551615)"]);
        let rows: [(&[u8], &str); 9] = [
            (&[8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 2], "a number of 65 bits"),
            (&[255; 12], "a key that does not end"),
            (&[0], "field 0"),
            (&[0x80, 0x80, 0x80, 0x80, 0x10], "a field beyond the last"),
            (&[11], "a group"),
            (&[15], "a wire type that does not exist"),
            (&[10, 3, 1], "a length past the end"),
            (&[10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "the greatest length"),
            (&[13, 1, 2], "half a fixed number"),
        ];
        let told = rows.map(|(bytes, what)| format!("{what}: {}", read(bytes).join("; ")));
        insta::assert_snapshot!(told.join("\n"), @"
        a number of 65 bits: field 1 of `Pod` has a number of more than 64 bits
        a key that does not end: field 0 of `Pod` has a number of more than 64 bits
        field 0: field 0 of `Pod` has a number that no field has
        a field beyond the last: field 0 of `Pod` has a number that no field has
        a group: field 0 of `Pod` has a wire type that Kubernetes does not use
        a wire type that does not exist: field 0 of `Pod` has a wire type that Kubernetes does not use
        a length past the end: field 1 of `Pod` is cut off
        the greatest length: field 1 of `Pod` is cut off
        half a fixed number: field 1 of `Pod` is cut off
        ");
        let field = Message::new("Pod", &[10, 2, 0xc3, 0x28]).next().unwrap().unwrap();
        assert_eq!(field.text().unwrap_err().to_string(), "field 1 of `Pod` is no UTF-8");
        let number = Message::new("Pod", &[8, 1]).next().unwrap().unwrap();
        assert_eq!(
            number.text().unwrap_err().to_string(),
            "field 1 of `Pod` is a number, where bytes were expected"
        );
    }
}
