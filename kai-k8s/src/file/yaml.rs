//! YAML inputs: read whole, and handed to the JSON reader document by document.

use kai_core::Observed;
use serde_json::{Map, Value};

use super::ReadError;
use super::documents::Documents;
use crate::yaml::told;

/// Reads every document of a YAML text.
pub(super) fn read(text: &[u8], documents: &mut Documents) -> Result<Vec<Observed>, ReadError> {
    let text =
        std::str::from_utf8(text).map_err(|error| ReadError::NotUtf8(error.valid_up_to()))?;
    let options = serde_saphyr::options! { budget: None };
    let values: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| ReadError::Yaml(told(&error)))?;
    let mut facts = Vec::new();
    for (index, value) in values.into_iter().enumerate() {
        if value.is_null() {
            continue;
        }
        // Positions are those of the JSON, which nobody has seen.
        let placed = |error| match error {
            ReadError::Wire(error) => {
                ReadError::YamlDocument { document: index + 1, why: error.without_position() }
            }
            ReadError::Kind { found, .. } => ReadError::YamlDocument {
                document: index + 1,
                why: format!(
                    "expected a List, PodList, NamespaceList, Pod or Namespace, found {found}"
                ),
            },
            other => other,
        };
        let Value::Object(mut document) = value else {
            let found = "something that is no object".to_owned();
            return Err(placed(ReadError::Kind { at: 0, found }));
        };
        documents.feed(json(&mut document).as_bytes());
        while let Some(fact) = documents.next().map_err(placed)? {
            facts.push(fact);
        }
    }
    Ok(facts)
}

/// A document as JSON, its kind before its items.
fn json(document: &mut Map<String, Value>) -> String {
    let kind = document.remove("kind").unwrap_or_default();
    let rest = Value::Object(std::mem::take(document)).to_string();
    let comma = if rest == "{}" { "" } else { "," };
    format!("{{\"kind\":{kind}{comma}{}", &rest[1..])
}
