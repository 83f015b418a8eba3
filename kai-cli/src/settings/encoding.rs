//! Decodes a configuration file: UTF-8, or UTF-16 as Windows PowerShell's `>` writes it.

const UTF8_MARK: &[u8] = "\u{feff}".as_bytes();

/// Decodes bytes, without a byte order mark.
///
/// # Errors
/// The error and its position, without any of the text, which may contain secrets.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, String> {
    match bytes.as_slice() {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err("it is UTF-32, and UTF-8 is expected".to_owned())
        }
        [0xff, 0xfe, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xfe, 0xff, text @ ..] => utf16(text, u16::from_be_bytes),
        [0, 1..=127, 0, ..] | [1..=127, 0, 1..=127, ..] => {
            Err("it is UTF-16 without a byte order mark, and UTF-8 is expected".to_owned())
        }
        _ => utf8(bytes),
    }
}

fn utf8(mut bytes: Vec<u8>) -> Result<String, String> {
    if bytes.starts_with(UTF8_MARK) {
        bytes.drain(..UTF8_MARK.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        format!("it is no UTF-8 at {}", place(&before))
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let mut text = String::with_capacity(bytes.len() / 2);
    let units = bytes.chunks(2).map(|bytes| match *bytes {
        [one, other] => unit([one, other]),
        // An incomplete unit becomes an unpaired surrogate, which is an error, too.
        _ => 0xdfff,
    });
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => return Err(format!("it is no UTF-16 at {}", place(&text))),
        }
    }
    Ok(text)
}

/// The line and column after a text.
fn place(before: &str) -> String {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(1, |line| line.chars().count() + 1);
    format!("line {line}, column {column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_text_is_the_same_in_each_encoding() {
        let plain = "cluster-name: ä😀\r\noutput: table\r\n";
        let marked = format!("\u{feff}{plain}");
        for bytes in [
            plain.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            encoded(&marked, u16::to_le_bytes),
            encoded(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(text(bytes).as_deref(), Ok(plain));
        }
        for bytes in [vec![], vec![0xff, 0xfe], vec![0xfe, 0xff], UTF8_MARK.to_vec()] {
            assert_eq!(text(bytes).as_deref(), Ok(""));
        }
    }

    #[test]
    fn a_fault_has_a_place() {
        let le = encoded("\u{feff}a: b\nc: ", u16::to_le_bytes);
        let rows: [(Vec<u8>, &str); 9] = [
            (b"a: b\nc: \xff".to_vec(), "it is no UTF-8 at line 2, column 4"),
            ([&le[..], &[0x3d, 0xd8]].concat(), "it is no UTF-16 at line 2, column 4"),
            ([&le[..], &[0x00, 0xde, b'x', 0]].concat(), "it is no UTF-16 at line 2, column 4"),
            ([&le[..], b"x"].concat(), "it is no UTF-16 at line 2, column 4"),
            (le[2..].to_vec(), "it is UTF-16 without a byte order mark, and UTF-8 is expected"),
            (
                encoded("a: b", u16::to_be_bytes),
                "it is UTF-16 without a byte order mark, and UTF-8 is expected",
            ),
            (vec![0xff, 0xfe, 0, 0, b'a', 0, 0, 0], "it is UTF-32, and UTF-8 is expected"),
            (vec![0, 0, 0xfe, 0xff, 0, 0, 0, b'a'], "it is UTF-32, and UTF-8 is expected"),
            (b"\x1f\x8b\x08".to_vec(), "it is no UTF-8 at line 1, column 2"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(text(bytes).unwrap_err(), expected);
        }
    }
}
