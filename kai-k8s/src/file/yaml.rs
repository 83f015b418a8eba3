//! YAML inputs: read whole, and handed to the JSON reader as they are parsed.

use granit_parser::{Event, Parser};
use kai_core::{Excerpt, Observed, Requoted};

use super::documents::Documents;
use super::error::ReadError;
use anchors::ANCHORED_MAX;
use json::Json;

mod anchors;
mod json;
mod marks;
#[cfg(test)]
mod tests;

/// Reads every document of a YAML text.
pub(crate) fn read(text: &[u8], documents: &mut Documents) -> Result<Vec<Observed>, ReadError> {
    read_within(text, documents, ANCHORED_MAX)
}

/// The same, with so many bytes of what anchors and aliases stand for.
fn read_within(
    text: &[u8],
    documents: &mut Documents,
    anchored_max: usize,
) -> Result<Vec<Observed>, ReadError> {
    let text =
        std::str::from_utf8(text).map_err(|error| ReadError::NotUtf8(error.valid_up_to()))?;
    let text = marks::strip(text);
    let (mut facts, mut json) = (Vec::new(), Json::new(anchored_max));
    let (mut item_line, mut document_line) = (1, 1);
    for event in Parser::new_from_str(&text) {
        let (event, place) = event.map_err(|error| {
            let message = Requoted(&error.info()).to_string();
            ReadError::yaml(error.marker().line(), Excerpt(&message).to_string())
        })?;
        let line = place.start.line();
        if json.is_around_items() && matches!(event, Event::MappingStart(..)) {
            item_line = line;
        }
        if json.is_between_documents() {
            document_line = line;
            documents.in_line(line);
        }
        json.add(event).map_err(|why| ReadError::yaml(line, why))?;
        if json.is_between_items() {
            json.hand_over(|text| documents.feed(text.as_bytes()));
            let place = |error: ReadError| error.in_yaml(item_line, document_line);
            while let Some(fact) = documents.next().map_err(place)? {
                facts.push(fact);
            }
        }
    }
    Ok(facts)
}

/// Whether a text whose end is not there yet begins as YAML of objects does.
pub(super) fn begin(head: &str) -> Result<(), ReadError> {
    let head = marks::strip(head);
    // A key ends with its line, so that the first line that is whole tells.
    let begins = head.trim_start().contains('\n');
    let events = Parser::new_from_str(&head).map_while(Result::ok);
    for (event, place) in events {
        match event {
            Event::Scalar(..) if begins => {
                return Err(ReadError::yaml(place.start.line(), json::NO_OBJECT));
            }
            Event::MappingStart(..) | Event::SequenceStart(..) | Event::Scalar(..) => break,
            _ => {}
        }
    }
    Ok(())
}
