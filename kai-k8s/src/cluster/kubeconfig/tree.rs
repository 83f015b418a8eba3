//! A kubeconfig's YAML (or JSON) as a tree of texts, each with its line.
//!
//! Scalars stay as they are written: a token `0123` is no number. As in Go, of a key that stands
//! twice the last counts.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};
use kai_core::{Excerpt, Requoted};

/// How deeply lists and mappings may be nested.
const DEPTH_MAX: usize = 64;
/// How many values there may be, those of aliases included.
const NODES_MAX: usize = 1_000_000;

/// A value of a document.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    /// A text; `plain` where it has no quotes, so that it may be meant as a number or a switch.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// A key that stands twice in a mapping; the first is of no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    pub(super) key: String,
    pub(super) line: usize,
}

/// Reads all documents of a text.
///
/// # Errors
/// The fault and its place, without any of the text, which may hold secrets.
pub(super) fn read(text: &str) -> Result<(Vec<Node>, Vec<Repeated>), String> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, place) = event.map_err(|error| {
            let (line, column) = (error.marker().line(), error.marker().col() + 1);
            format!(
                "{} at line {line}, column {column}",
                Excerpt(&Requoted(&error.info()).to_string())
            )
        })?;
        let (line, column) = (place.start.line(), place.start.col() + 1);
        tree.add(event, line).map_err(|why| format!("{why} at line {line}, column {column}"))?;
    }
    Ok((tree.documents, tree.repeated))
}

#[derive(Default)]
struct Tree {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    repeated: Vec<Repeated>,
}

/// A collection that is open.
struct Open {
    line: usize,
    anchor: Option<usize>,
    collected: Collected,
}

enum Collected {
    List(Vec<Node>),
    Map { entries: Vec<(String, Node)>, key: Option<String> },
}

impl Tree {
    fn add(&mut self, event: Event<'_>, line: usize) -> Result<(), String> {
        let anchor = event.anchor_id();
        match event {
            Event::Scalar(text, style, ..) => {
                let plain = style == ScalarStyle::Plain;
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value =
                    if null { Value::Null } else { Value::Scalar { text: text.into(), plain } };
                self.push(Node { line, value }, anchor)
            }
            Event::SequenceStart(..) => self.open(line, anchor, Collected::List(Vec::new())),
            Event::MappingStart(..) => {
                self.open(line, anchor, Collected::Map { entries: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { line, anchor, collected }) => {
                    let value = match collected {
                        Collected::List(items) => Value::List(items),
                        Collected::Map { entries, .. } => Value::Map(merged(entries)),
                    };
                    self.push(Node { line, value }, anchor)
                }
                None => Ok(()),
            },
            Event::Alias(id) => match self.anchors.get(&id).cloned() {
                Some(node) => {
                    self.nodes += node.count();
                    self.push(node, None)
                }
                None => Err("an alias to what holds it".to_owned()),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, line: usize, anchor: Option<usize>, what: Collected) -> Result<(), String> {
        if self.open.len() == DEPTH_MAX {
            return Err("it is nested more deeply than a kubeconfig can be".to_owned());
        }
        self.open.push(Open { line, anchor, collected: what });
        Ok(())
    }

    fn push(&mut self, node: Node, anchor: Option<usize>) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err("it holds more than a kubeconfig can".to_owned());
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.collected) {
            None => self.documents.push(node),
            Some(Collected::List(items)) => items.push(node),
            Some(Collected::Map { entries, key }) => match key.take() {
                None => *key = Some(node.into_key()?),
                Some(key) => {
                    if let Some(known) = entries.iter_mut().find(|(known, _)| *known == key) {
                        self.repeated.push(Repeated { key, line: node.line });
                        known.1 = node;
                    } else {
                        entries.push((key, node));
                    }
                }
            },
        }
        Ok(())
    }
}

impl Node {
    /// The value of a key; `None` where it is not there or null.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let found = entries.iter().find(|(known, _)| known == key).map(|(_, node)| node);
        found.filter(|node| !matches!(node.value, Value::Null))
    }

    fn into_key(self) -> Result<String, String> {
        match self.value {
            Value::Scalar { text, .. } => Ok(text),
            Value::Null => Ok("null".to_owned()),
            _ => Err("a key has to be a text".to_owned()),
        }
    }

    fn count(&self) -> usize {
        1 + match &self.value {
            Value::Null | Value::Scalar { .. } => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.count()).sum(),
        }
    }
}

/// The entries with those of `<<`, which count where no other has the key.
fn merged(entries: Vec<(String, Node)>) -> Vec<(String, Node)> {
    if !entries.iter().any(|(key, _)| key == "<<") {
        return entries;
    }
    let (merges, mut entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(key, _)| key == "<<");
    let sources = merges.into_iter().flat_map(|(_, node)| match node.value {
        Value::List(items) => items,
        _ => vec![node],
    });
    for source in sources {
        let Value::Map(others) = source.value else { continue };
        for (key, node) in others {
            if !entries.iter().any(|(known, _)| *known == key) {
                entries.push((key, node));
            }
        }
    }
    entries
}
