//! The events of a YAML parser as JSON.
//!
//! Every scalar but a null becomes a text, as it is written: of what a pod has, kai reads texts
//! only, and which unquoted word is a number or a boolean differs from one YAML to another.

use std::fmt::Write;

use granit_parser::{Event, ScalarStyle};
use serde_json::{Map, Value};

use super::anchors::Anchors;

pub(super) const NO_OBJECT: &str = "expected an object, or a list of them";

/// JSON that grows event by event.
#[derive(Debug)]
pub(super) struct Json {
    text: String,
    /// How much of the text was handed over, and how many bytes were dropped before it.
    handed: usize,
    dropped: usize,
    open: Vec<Open>,
    anchors: Anchors,
    /// The collections with an anchor that are open, outermost first: how many were open before.
    anchored: Vec<(usize, usize)>,
    /// How deep the items of a list stand in the document at hand.
    item_depth: usize,
}

/// A collection that is open.
#[derive(Clone, Copy, Debug)]
struct Open {
    next: Next,
    /// Where it begins, counting what was dropped.
    start: usize,
    /// Whether it has a merge key.
    merges: bool,
}

/// What comes next in a collection.
#[derive(Clone, Copy, Debug)]
enum Next {
    Element { first: bool },
    Key { first: bool },
    Value,
}

impl Json {
    /// Nothing yet. The anchors and aliases of a document may make so many bytes.
    pub(super) fn new(anchored_max: usize) -> Self {
        Self {
            text: String::new(),
            handed: 0,
            dropped: 0,
            open: Vec::new(),
            anchors: Anchors::new(anchored_max),
            anchored: Vec::new(),
            item_depth: 0,
        }
    }

    /// Whether what is open is around items, or an item.
    pub(super) fn is_around_items(&self) -> bool {
        self.open.len() <= self.item_depth
    }

    /// Whether no document is open.
    pub(super) fn is_between_documents(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether an item, or a whole document, has just ended.
    pub(super) fn is_between_items(&self) -> bool {
        let in_items = self.open.len() == self.item_depth
            && matches!(self.open.last(), Some(Open { next: Next::Element { .. }, .. }));
        self.open.is_empty() || in_items
    }

    /// Hands over what was not yet.
    pub(super) fn hand_over(&mut self, to: impl FnOnce(&str)) {
        to(&self.text[self.handed..]);
        if self.anchored.is_empty() {
            self.dropped += self.text.len();
            self.text.clear();
        }
        self.handed = self.text.len();
    }

    pub(super) fn add(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor),
            Event::MappingStart(_, anchor, _) => {
                self.begin_collection(Next::Key { first: true }, '{', anchor)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin_collection(Next::Element { first: true }, '[', anchor)
            }
            Event::MappingEnd => self.end_collection('}'),
            Event::SequenceEnd => self.end_collection(']'),
            Event::Alias(anchor) => {
                let json = self.anchors.resolve(anchor)?;
                self.begin(json.starts_with('"'))?;
                self.text.push_str(&json);
                self.end();
                Ok(())
            }
            Event::DocumentEnd => {
                self.anchors.clear();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize) -> Result<(), String> {
        let plain = style == ScalarStyle::Plain;
        let null = plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
        // An empty document is none.
        if null && self.open.is_empty() {
            return Ok(());
        }
        self.begin(true)?;
        let start = self.text.len();
        match self.open.last_mut() {
            Some(Open { next: Next::Element { .. } | Next::Value, .. }) if null => {
                self.text.push_str("null");
            }
            Some(open @ Open { next: Next::Key { .. }, .. }) if plain && text == "<<" => {
                open.merges = true;
                self.quote(text);
            }
            _ => self.quote(text),
        }
        if anchor != 0 {
            self.anchors.keep(anchor, &self.text[start..])?;
        }
        self.end();
        Ok(())
    }

    /// What stands before a node.
    fn begin(&mut self, is_text: bool) -> Result<(), String> {
        match self.open.last_mut().map(|open| &mut open.next) {
            None if is_text => Err(NO_OBJECT.to_owned()),
            Some(Next::Key { .. }) if !is_text => Err("expected a text as a key".to_owned()),
            Some(Next::Element { first } | Next::Key { first }) => {
                if !std::mem::take(first) {
                    self.text.push(',');
                }
                Ok(())
            }
            None | Some(Next::Value) => Ok(()),
        }
    }

    /// What stands after a node.
    fn end(&mut self) {
        match self.open.last_mut().map(|open| &mut open.next) {
            Some(key @ Next::Key { .. }) => {
                self.text.push(':');
                *key = Next::Value;
            }
            Some(value @ Next::Value) => *value = Next::Key { first: false },
            Some(Next::Element { .. }) | None => {}
        }
    }

    fn begin_collection(&mut self, next: Next, bracket: char, anchor: usize) -> Result<(), String> {
        if self.open.is_empty() {
            self.item_depth = if bracket == '[' { 1 } else { 2 };
        }
        self.begin(false)?;
        if anchor != 0 {
            self.anchored.push((anchor, self.open.len()));
        }
        self.open.push(Open { next, start: self.dropped + self.text.len(), merges: false });
        self.text.push(bracket);
        Ok(())
    }

    fn end_collection(&mut self, bracket: char) -> Result<(), String> {
        self.text.push(bracket);
        let Some(open) = self.open.pop() else { return Ok(()) };
        if open.merges {
            self.merge(open.start)?;
        }
        if let Some((anchor, _)) = self.anchored.pop_if(|(_, around)| *around == self.open.len()) {
            self.anchors.keep(anchor, &self.text[open.start - self.dropped..])?;
        }
        self.end();
        Ok(())
    }

    /// Puts the keys in that the [merge key] of an object names.
    ///
    /// [merge key]: https://yaml.org/type/merge.html
    fn merge(&mut self, start: usize) -> Result<(), String> {
        let start = start.checked_sub(self.dropped).filter(|start| *start >= self.handed);
        let start = start.ok_or("a merge key (`<<`) is not read around the items of a list")?;
        let no_mapping = || "a merge key (`<<`) takes a mapping, or a list of them".to_owned();
        let mut object: Map<String, Value> =
            serde_json::from_str(&self.text[start..]).map_err(|error| error.to_string())?;
        let merged = match object.remove("<<") {
            Some(Value::Array(merged)) => merged,
            merged => merged.into_iter().collect(),
        };
        for merged in merged {
            let Value::Object(merged) = merged else { return Err(no_mapping()) };
            for (key, value) in merged {
                object.entry(key).or_insert(value);
            }
        }
        let json = serde_json::to_string(&object).map_err(|error| error.to_string())?;
        self.anchors.count(json.len())?;
        self.text.truncate(start);
        self.text.push_str(&json);
        Ok(())
    }

    fn quote(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.text.extend(['\\', character]),
                '\0'..='\x1f' => {
                    // Writing to a text cannot fail.
                    let _ = write!(self.text, "\\u{:04x}", u32::from(character));
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}
