//! Parses YAML into a tree of strings with line numbers.
//!
//! Scalars are kept verbatim: `0123` and `1.10` may be a password and a name, which parsing them as
//! numbers would change.

use std::fmt;
use std::ops::Range;

use kai_core::Requoted;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{
    Error, Location, SnippetMode, Spanned, UserMessageFormatter, budget, options, render_options,
};

/// A value in a file.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A key of a mapping, with its value.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: u64,
    pub(super) node: Node,
}

/// Maximum nesting depth: several times what the keys need. Each level takes stack space.
const DEPTH_MAX: usize = 24;

/// Parses a text with one document; `None` if it is empty.
///
/// # Errors
/// The error and its position, without any of the text, which may contain secrets.
pub(super) fn read(text: &str) -> Result<Option<Node>, String> {
    let limits = options! { budget: budget! { max_depth: DEPTH_MAX } };
    let written: Spanned<Written> = match serde_saphyr::from_str_with_options(text, limits) {
        Ok(written) => written,
        Err(error) => return Err(told(&error)),
    };
    let node = node(written, text);
    Ok((!matches!(node.value, Value::Null)).then_some(node))
}

/// Formats an error with its line and column.
fn told(error: &Error) -> String {
    let error = error.without_snippet();
    if let Error::NonFiniteFloat { location, .. } = error {
        // The message quotes the text, which may be a password.
        let (line, column) = (location.line(), location.column());
        return format!(
            "what reads as a number is too large at line {line}, column {column}; a text needs quotes"
        );
    }
    if let Error::Budget { location, .. } = error {
        let (line, column) = (location.line(), location.column());
        return format!(
            "it holds more, or is nested more deeply, than a configuration can be at line {line}, \
             column {column}"
        );
    }
    let message = error.render_with_options(render_options! {
        formatter: &UserMessageFormatter,
        snippets: SnippetMode::Off,
    });
    Requoted(&message).to_string()
}

/// A deserialized node: numbers and booleans only have their positions, to read them verbatim.
enum Written {
    Null,
    Text(String),
    Plain(String),
    List(Vec<Spanned<Written>>),
    Map(Vec<(Spanned<String>, Spanned<Written>)>),
}

fn node(written: Spanned<Written>, text: &str) -> Node {
    let Spanned { value, referenced, defined, .. } = written;
    let value = match value {
        Written::Null => Value::Null,
        Written::Text(text) => Value::Scalar(text),
        Written::Plain(value) => {
            let source = range(defined).and_then(|range| text.get(range));
            Value::Scalar(source.map_or(value, |source| source.trim().to_owned()))
        }
        Written::List(items) => {
            Value::List(items.into_iter().map(|item| node(item, text)).collect())
        }
        Written::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    line: key.referenced.line(),
                    key: key.value,
                    node: node(value, text),
                })
                .collect(),
        ),
    };
    Node { line: referenced.line(), value }
}

fn range(location: Location) -> Option<Range<usize>> {
    let span = location.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    let length = usize::try_from(span.byte_len()?).ok()?;
    Some(start..start.checked_add(length)?)
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Written, E> {
        Ok(Written::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Written, E> {
        Ok(Written::Plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Written, E> {
        Ok(Written::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Written, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Written::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Written, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Written::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Formats the scalars of a tree in one line.
    fn shown(node: &Node) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Scalar(text) => format!("{text:?}"),
            Value::List(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|entry| {
                    let Entry { key, line, node } = entry;
                    format!("{key}@{line}: {}", shown(node))
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        }
    }

    #[test]
    fn scalars_stay_as_they_are_written() {
        let table = [
            ("a: 0123\nb: 1.10", r#"{a@1: "0123", b@2: "1.10"}"#),
            ("a: yes\nb: True\nc: '60'", r#"{a@1: "yes", b@2: "True", c@3: "60"}"#),
            ("a: 1e3 # c\nb: 0x10", r#"{a@1: "1e3", b@2: "0x10"}"#),
            ("ü: 007\nb: 08", r#"{ü@1: "007", b@2: "08"}"#),
            ("a:\nb: ~\nc: null\nd: ''", r#"{a@1: null, b@2: null, c@3: null, d@4: ""}"#),
            ("a: [1, x, ~]\nb:\n- 02", r#"{a@1: ["1" "x" null], b@2: ["02"]}"#),
            ("a: &x 007\nb: *x", r#"{a@1: "007", b@2: "007"}"#),
            (
                "x: &x {p: 007}\ny: {<<: *x, q: 1}",
                r#"{x@1: {p@1: "007"}, y@2: {q@2: "1", p@2: "007"}}"#,
            ),
            ("a: |\n  one\n  two\n", r#"{a@1: "one\ntwo\n"}"#),
            ("1: 2", r#"{1@1: "2"}"#),
        ];
        for (text, expected) in table {
            println!("{text}");
            assert_eq!(shown(&read(text).unwrap().unwrap()), expected);
        }
        for text in ["", "# nothing\n", "---\n"] {
            assert!(read(text).unwrap().is_none(), "{text:?}");
        }
    }

    #[test]
    fn a_fault_has_a_place_and_shows_no_text() {
        let told = [
            "a: secret: b",
            "a:\n\tb: secret",
            "a: *secret",
            "a: @secret",
            "a: `secret",
            "a: %secret",
            "a: \"secret",
            "a: 'secret\nb: c",
            "a: \"\\secret\"",
            "a: [secret\nb: 1",
            "a: {secret",
            "a: |secret",
            "a: !<secret",
            "a: !!int secret",
            "a: !!binary secret",
            "a: &secret &b c",
            "a: 7e7777",
            "a: 1\na: secret",
            "%secret a",
            "---\na: secret\n---\nb: secret",
        ]
        .map(|text| {
            let told = read(text).unwrap_err();
            assert!(!told.contains("secret") && !told.contains("7777"), "{text:?}: {told}");
            assert!(told.contains("line ") && told.contains("column "), "{text:?}: {told}");
            format!("{text:?}\n    {told}")
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
