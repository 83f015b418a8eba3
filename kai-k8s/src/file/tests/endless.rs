//! Inputs without an end, and such as are larger than they look: each ends soon, in little memory.

use std::io::{self, Read};

use super::read::Limits;
use super::*;

/// A text, and then another one without an end.
struct Endless {
    first: &'static [u8],
    then: &'static [u8],
    /// How many bytes were given out.
    given: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(first) = self.first.get(self.given..).filter(|first| !first.is_empty()) {
            let room = into.len().min(first.len());
            into[..room].copy_from_slice(&first[..room]);
            self.given += room;
            return Ok(room);
        }
        let mut rest = &mut *into;
        while !rest.is_empty() {
            let at = (self.given - self.first.len()) % self.then.len();
            let room = rest.len().min(self.then.len() - at);
            rest[..room].copy_from_slice(&self.then[at..at + room]);
            self.given += room;
            rest = &mut rest[room..];
        }
        Ok(into.len())
    }
}

/// What ends an input that has no end.
async fn end(first: &'static [u8], then: &'static [u8]) -> String {
    let input = Endless { first, then, given: 0 };
    let facts = read::read(
        Ok(Input::Ready(Box::new(input))),
        Limits { yaml: 1 << 20, item: 1 << 20 },
        Arc::default(),
    )
    .take(2_000_000);
    let facts: Vec<_> = facts.filter(|fact| std::future::ready(fact.is_err())).collect().await;
    facts.into_iter().find_map(Result::err).expect("an end").to_string()
}

#[tokio::test]
async fn an_input_without_an_end_ends_in_an_error() {
    const X: &[u8] = &[b'x'; 4096];
    const BLANKS: &[u8] = &[b' '; 4096];
    let list = br#"{"kind":"PodList","items":["#;
    let rows: [(&str, &[u8], &[u8]); 24] = [
        ("/dev/zero", b"", &[0; 4096]),
        ("a NUL after JSON", br#"{"kind":"List","items":[]}"#, &[0; 4096]),
        ("/dev/random", b"", b"\x9c\x01\xfe\0\x80"),
        ("yes", b"", b"y\n"),
        ("a line", b"", X),
        ("lines of YAML", b"", b"a: b\n"),
        ("a value of YAML", b"kind: ", X),
        ("a block of YAML", b"kind: |\n  x\n", b"  x\n"),
        ("a NUL in YAML", b"kind: Pod\n", &[0; 4096]),
        ("comments", b"", b"# a\n"),
        ("marks", b"", b"\xef\xbb\xbf"),
        ("blanks", b"", BLANKS),
        ("blanks after JSON", br#"{"kind":"List","items":[]}"#, BLANKS),
        ("blanks between items", list, BLANKS),
        ("blanks in an object", br#"{"kind":"PodList","#, BLANKS),
        ("a text of an object", br#"{"kind":""#, X),
        ("a number", br#"{"kind":"PodList","a":"#, b"1"),
        ("a key", br#"{""#, X),
        ("keys", br#"{"kind":"PodList""#, br#","a":1"#),
        ("a text of an item", br#"{"kind":"PodList","items":[{"a":""#, X),
        ("arrays within each other", b"", b"["),
        ("lists within each other", b"", br#"{"items":["#),
        ("objects within each other", b"", br#"{"a":"#),
        ("objects of another kind", b"", b"{}"),
    ];
    let mut told = Vec::new();
    for (what, first, then) in rows {
        told.push(format!("{what}: {}", end(first, then).await));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_list_that_has_no_end_is_read_in_memory_that_has_one() {
    let pod = br#"{"kind":"Pod","metadata":{"name":"x"}},"#;
    let input = Endless { first: br#"{"kind":"List","items":["#, then: pod, given: 0 };
    let facts = read::read(Ok(Input::Ready(Box::new(input))), Limits::default(), Arc::default())
        .take(100_000);
    assert!(facts.map(|fact| fact.unwrap()).all(|_| std::future::ready(true)).await);
}

#[tokio::test]
async fn an_item_may_have_64_mib_and_no_more() {
    let item = |length: usize| {
        let name = "x".repeat(length);
        format!(
            r#"[{{"kind":"Pod","metadata":{{"name":"x","namespace":"a","uid":null}},"a":"{name}"}}]"#
        )
    };
    assert_eq!(shown(&facts(item(60 << 20)).await.unwrap()), "a/x");
    let error = facts(item(65 << 20)).await.unwrap_err();
    assert_eq!(error, "byte 1: an item has more than 67108864 bytes");
}
