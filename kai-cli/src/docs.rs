//! Compares the generated parts of the pages in `docs/reference/` with their source code.
//!
//! `UPDATE_DOCS=1 cargo test -p kai-cli docs_` updates them.

use std::{env, fs};

/// Compares each part of a page, between `<!-- NAME -->` and `<!-- end of NAME -->`, with its
/// generated text; with `UPDATE_DOCS` in the environment, updates it.
pub(crate) fn compare(page: &str, parts: &[(&str, String)]) {
    let path = format!("{}/../docs/reference/{page}", env!("CARGO_MANIFEST_DIR"));
    let mut text = fs::read_to_string(&path).unwrap();
    let update = env::var_os("UPDATE_DOCS").is_some();
    for (name, expected) in parts {
        let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
        let start = text.find(&begin).unwrap() + begin.len();
        let stop = text.find(&end).unwrap();
        if update {
            text.replace_range(start..stop, expected);
        } else {
            assert!(
                text[start..stop] == *expected,
                "`{name}` of docs/reference/{page} is stale: UPDATE_DOCS=1 writes it"
            );
        }
    }
    if update {
        fs::write(path, text).unwrap();
    }
}

/// Escapes a string as a table cell.
pub(crate) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
