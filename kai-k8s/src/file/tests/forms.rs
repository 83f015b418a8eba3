//! Every form of an input in every encoding, however its bytes arrive.

use std::io::{self, Read};

use super::*;

/// Gives a text out in pieces of a size.
pub(super) struct Pieces {
    bytes: Vec<u8>,
    next: usize,
    size: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let end = self.bytes.len().min(self.next + self.size.min(into.len()));
        let piece = &self.bytes[self.next..end];
        into[..piece.len()].copy_from_slice(piece);
        self.next = end;
        Ok(piece.len())
    }
}

fn in_pieces(bytes: &[u8], size: usize) -> Pieces {
    Pieces { bytes: bytes.to_vec(), next: 0, size }
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// A text in each encoding that is read.
fn encoded(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("UTF-8", text.into()),
        ("UTF-8 with a mark", format!("\u{feff}{text}").into()),
        ("UTF-8 with CR LF", text.replace('\n', "\r\n").into()),
        ("UTF-16LE", utf16(text, u16::to_le_bytes)),
        ("UTF-16BE", utf16(text, u16::to_be_bytes)),
        ("UTF-16LE with CR LF", utf16(&text.replace('\n', "\r\n"), u16::to_le_bytes)),
    ]
}

/// Namespace `ä`, and pods `x` and `y` with an image that no code page has, in every form.
const FORMS: [(&str, &str); 12] = [
    (
        "JSON list",
        r#"{"kind":"List","items":[{"kind":"Namespace","metadata":{"name":"ä"}},
           {"kind":"Pod","metadata":{"name":"x","namespace":"ä"},"spec":{"containers":[{"image":"é:1"}]}},
           {"kind":"Pod","metadata":{"name":"y","namespace":"ä"},"spec":{"containers":[{"image":"😀"}]}}]}
        "#,
    ),
    (
        "JSON list with its kind last",
        r#"{"items":[{"kind":"Namespace","metadata":{"name":"ä"}},
           {"metadata":{"name":"x","namespace":"ä"},"spec":{"containers":[{"image":"é:1"}]}},
           {"metadata":{"name":"y","namespace":"ä"},"spec":{"containers":[{"image":"😀"}]}}],
           "kind":"PodList"}"#,
    ),
    (
        "JSON documents",
        r#"{"kind":"Namespace","metadata":{"name":"ä"}}
           {"kind":"Pod","metadata":{"name":"x","namespace":"ä"},"spec":{"containers":[{"image":"é:1"}]}}
           {"kind":"Pod","metadata":{"name":"y","namespace":"ä"},"spec":{"containers":[{"image":"😀"}]}}"#,
    ),
    (
        "JSON documents with marks",
        "{\"kind\":\"NamespaceList\",\"items\":[{\"metadata\":{\"name\":\"ä\"}}]}\n\u{feff}
           {\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"name\":\"x\",\"namespace\":\"ä\"},\"spec\":{\"containers\":[{\"image\":\"é:1\"}]}}]}\u{feff}{\"kind\":\"Pod\",\"metadata\":{\"name\":\"y\",\"namespace\":\"ä\"},\"spec\":{\"containers\":[{\"image\":\"😀\"}]}}\u{feff}\n",
    ),
    (
        "JSON array",
        r#"[{"kind":"Namespace","metadata":{"name":"ä"}},
           {"kind":"Pod","metadata":{"name":"x","namespace":"ä"},"spec":{"containers":[{"image":"é:1"}]}},
           {"kind":"Pod","metadata":{"name":"y","namespace":"ä"},"spec":{"containers":[{"image":"😀"}]}}]"#,
    ),
    (
        "JSON arrays",
        r#"[{"kind":"Namespace","metadata":{"name":"ä"}}]
           []
           [[{"kind":"Pod","metadata":{"name":"x","namespace":"ä"},"spec":{"containers":[{"image":"é:1"}]}}],
           [{"kind":"Pod","metadata":{"name":"y","namespace":"ä"},"spec":{"containers":[{"image":"😀"}]}}]]"#,
    ),
    (
        "YAML list",
        "apiVersion: v1
items:
- kind: Namespace
  metadata: {name: ä}
- kind: Pod
  metadata: {name: x, namespace: ä}
  spec: {containers: [{image: 'é:1'}]}
- kind: Pod
  metadata: {name: y, namespace: ä}
  spec: {containers: [{image: 😀}]}
kind: List
",
    ),
    (
        "YAML documents",
        "kind: Namespace
metadata: {name: ä}
---
kind: Pod
metadata: {name: x, namespace: ä}
spec: {containers: [{image: 'é:1'}]}
---
kind: Pod
metadata: {name: y, namespace: ä}
spec: {containers: [{image: 😀}]}
",
    ),
    (
        "YAML documents with marks",
        "# one
kind: Namespace
metadata: {name: ä}
\u{feff}---
kind: Pod
metadata: {name: x, namespace: ä}
spec: {containers: [{image: 'é:1'}]}
...
\u{feff}# another
---
\u{feff}kind: Pod
metadata: {name: y, namespace: ä}
spec: {containers: [{image: 😀}]}
",
    ),
    (
        "YAML array",
        "- kind: Namespace
  metadata: {name: ä}
- kind: Pod
  metadata: {name: x, namespace: ä}
  spec: {containers: [{image: 'é:1'}]}
- kind: Pod
  metadata: {name: y, namespace: ä}
  spec: {containers: [{image: 😀}]}
",
    ),
    (
        "YAML lists with their kinds last",
        "items:
- metadata: {name: ä}
kind: NamespaceList
---
items:
- metadata: {name: x, namespace: ä}
  spec: {containers: [{image: 'é:1'}]}
- metadata: {name: y, namespace: ä}
  spec: {containers: [{image: 😀}]}
kind: PodList
",
    ),
    (
        "YAML with anchors and merge keys",
        "- kind: Namespace
  metadata: {name: &n ä}
- &p
  kind: Pod
  metadata: &m {name: x, namespace: *n}
  spec: {containers: [{image: 'é:1'}]}
- <<: *p
  metadata: {<<: [*m], name: y}
  spec: {containers: [{image: 😀}]}
",
    ),
];

#[tokio::test]
async fn every_form_is_read_in_every_encoding_however_its_bytes_arrive() {
    for (form, text) in FORMS {
        for (encoding, bytes) in encoded(text) {
            for size in [1, 3, 7, bytes.len()] {
                let facts = facts_of(in_pieces(&bytes, size)).await;
                let facts = facts.unwrap_or_else(|error| panic!("{form}, {encoding}: {error}"));
                let expected = "namespace ä; ä/x é:1; ä/y 😀";
                assert_eq!(shown(&facts), expected, "{form}, {encoding}, pieces of {size}");
            }
        }
    }
}

#[tokio::test]
async fn utf16_that_is_none_is_told_with_its_byte() {
    let list = r#"{"kind":"PodList","items":[{"metadata":{"name":"x"}}]}"#;
    let le = utf16(list, u16::to_le_bytes);
    let with = |units: &[u16]| {
        let mut bytes = le[..12].to_vec();
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.extend(&le[12..]);
        bytes
    };
    let rows = [
        ("cut within a unit", le[..le.len() - 1].to_vec()),
        ("cut within a pair", [&le[..], &[0x3d, 0xd8]].concat()),
        ("cut within the list", le[..40].to_vec()),
        ("a second half alone", with(&[0xde00])),
        ("a first half alone", with(&[0xd83d])),
        ("two first halves", with(&[0xd83d, 0xd83d])),
        ("a first half before a NUL", with(&[0xd83d, 0])),
        ("UTF-8 after it", [&le[..], list.as_bytes()].concat()),
        ("a mark alone", vec![0xff, 0xfe]),
        ("a mark and blanks", vec![0xff, 0xfe, b' ', 0]),
        ("UTF-16LE without a mark", le[2..].to_vec()),
        ("UTF-16BE without a mark", utf16(list, u16::to_be_bytes)[2..].to_vec()),
        ("UTF-16LE YAML without a mark", utf16("kind: Pod", u16::to_le_bytes)[2..].to_vec()),
        ("UTF-32LE", list.chars().flat_map(|it| u32::from(it).to_le_bytes()).collect()),
        ("UTF-32BE", list.chars().flat_map(|it| u32::from(it).to_be_bytes()).collect()),
        ("UTF-32LE with a mark", vec![0xff, 0xfe, 0, 0, b'{', 0, 0, 0]),
        ("UTF-32BE with a mark", vec![0, 0, 0xfe, 0xff, 0, 0, 0, b'{']),
        ("Latin-1", b"kind: Pod\nmetadata: {name: \xe4}\n".to_vec()),
        ("half a mark", vec![0xef, 0xbb]),
        ("half a mark after a document", [list.as_bytes(), &[0xef, 0xbb]].concat()),
        ("no mark after a document", [list.as_bytes(), &[0xef, 0xbb, b'{', b'}']].concat()),
        ("a fault in JSON", utf16(r#"{"kind":"List","items":[}"#, u16::to_le_bytes)),
        ("a fault in YAML", utf16("kind: Pod\n  x: y\n", u16::to_le_bytes)),
    ];
    let mut told = Vec::new();
    for (what, bytes) in rows {
        let whole = facts(&bytes).await.expect_err(what);
        for size in [1, 5] {
            let pieces = facts_of(in_pieces(&bytes, size)).await.expect_err(what).to_string();
            assert_eq!(pieces, whole, "{what} in pieces of {size}");
        }
        told.push(format!("{what}: {whole}"));
    }
    insta::assert_snapshot!(told.join("\n"));
}
