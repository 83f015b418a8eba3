#![no_main]

//! A configuration file. The reader is a module of the binary, which is no library; it needs nothing
//! else of kai.

#[path = "../../kai-cli/src/settings/yaml.rs"]
mod yaml;

use yaml::{Node, Value};

libfuzzer_sys::fuzz_target!(|data: &str| {
    let lines = data.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() as u64;
    match yaml::read(data) {
        Ok(None) => {}
        Ok(Some(node)) => walk(&node, lines, 2 * data.len()),
        // Neither the file nor what it holds: a message is some lines at the most.
        Err(why) => assert!(!why.is_empty() && why.len() <= data.len() + 1000),
    }
});

/// Each value stands in one of the lines, and is no longer than the file makes it: two characters can
/// stand for three bytes.
fn walk(node: &Node, lines: u64, longest: usize) {
    assert!((1..=lines + 1).contains(&node.line), "line {} of {lines}", node.line);
    match &node.value {
        Value::Null => {}
        Value::Scalar(text) => assert!(text.len() <= longest, "{text}"),
        Value::List(nodes) => nodes.iter().for_each(|node| walk(node, lines, longest)),
        Value::Map(entries) => {
            for entry in entries {
                assert!((1..=lines + 1).contains(&entry.line), "`{}`", entry.key);
                walk(&entry.node, lines, longest);
            }
        }
    }
}
