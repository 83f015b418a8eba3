//! YAML inputs: read whole, and handed to the JSON reader as they are parsed.
//!
//! Every scalar but a null becomes a text, as it is written: of what a pod has, kai reads texts
//! only, and which unquoted word is a number or a boolean differs from one YAML to another.

use std::fmt::Write;

use granit_parser::{Event, Parser, ScalarStyle};
use kai_core::{Excerpt, Observed, Requoted};

use super::ReadError;
use super::documents::Documents;

/// How deep the items of a list stand in its document.
const ITEM_DEPTH: usize = 2;

/// Reads every document of a YAML text.
pub(crate) fn read(text: &[u8], documents: &mut Documents) -> Result<Vec<Observed>, ReadError> {
    let text =
        std::str::from_utf8(text).map_err(|error| ReadError::NotUtf8(error.valid_up_to()))?;
    let (mut facts, mut json, mut item_line) = (Vec::new(), Json::default(), 1);
    for event in Parser::new_from_str(text) {
        let (event, place) = event.map_err(|error| {
            let message = Requoted(&error.info()).to_string();
            ReadError::yaml(error.marker().line(), Excerpt(&message).to_string())
        })?;
        let line = place.start.line();
        if json.open.len() < ITEM_DEPTH + 1 && matches!(event, Event::MappingStart(..)) {
            item_line = line;
        }
        json.add(event).map_err(|why| ReadError::yaml(line, why))?;
        if json.open.len() <= ITEM_DEPTH {
            documents.feed(json.text.as_bytes());
            json.text.clear();
            while let Some(fact) = documents.next().map_err(|error| error.in_yaml(item_line))? {
                facts.push(fact);
            }
        }
    }
    Ok(facts)
}

/// The events of a parser as JSON.
#[derive(Default)]
struct Json {
    text: String,
    open: Vec<Open>,
}

/// A collection that is open, and what comes next in it.
#[derive(Clone, Copy)]
enum Open {
    Sequence { first: bool },
    Key { first: bool },
    Value,
}

impl Json {
    fn add(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, ..) => {
                let null = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                // An empty document is none.
                if null && self.open.is_empty() {
                    return Ok(());
                }
                self.begin(true)?;
                match (null, self.open.last()) {
                    (true, Some(Open::Sequence { .. } | Open::Value)) => self.text.push_str("null"),
                    _ => self.quote(&text),
                }
                self.end();
                Ok(())
            }
            Event::MappingStart(..) => self.open(Open::Key { first: true }, '{'),
            Event::SequenceStart(..) => self.open(Open::Sequence { first: true }, '['),
            Event::MappingEnd => {
                self.close('}');
                Ok(())
            }
            Event::SequenceEnd => {
                self.close(']');
                Ok(())
            }
            Event::Alias(_) => {
                Err("an alias (`*name`) is not read, and kubectl prints none".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What stands before a node.
    fn begin(&mut self, scalar: bool) -> Result<(), String> {
        match self.open.last_mut() {
            None if scalar => Err("expected an object".to_owned()),
            Some(Open::Key { .. }) if !scalar => Err("expected a text as a key".to_owned()),
            Some(Open::Sequence { first } | Open::Key { first }) => {
                if !std::mem::take(first) {
                    self.text.push(',');
                }
                Ok(())
            }
            None | Some(Open::Value) => Ok(()),
        }
    }

    /// What stands after a node.
    fn end(&mut self) {
        match self.open.last_mut() {
            Some(key @ Open::Key { .. }) => {
                self.text.push(':');
                *key = Open::Value;
            }
            Some(value @ Open::Value) => *value = Open::Key { first: false },
            Some(Open::Sequence { .. }) | None => {}
        }
    }

    fn open(&mut self, open: Open, bracket: char) -> Result<(), String> {
        if self.open.is_empty() && bracket == '[' {
            return Err("expected an object".to_owned());
        }
        self.begin(false)?;
        self.open.push(open);
        self.text.push(bracket);
        Ok(())
    }

    fn close(&mut self, bracket: char) {
        self.open.pop();
        self.text.push(bracket);
        self.end();
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
