//! Byte order marks: one may stand at the beginning of each document of a stream, as concatenated
//! files have it. Lines keep their numbers without.

use std::borrow::Cow;

const MARK: char = '\u{feff}';

/// The text without the marks at which a document may begin: at the first line, before what only
/// stands between documents, and after the line that begins or ends one.
pub(super) fn strip(text: &str) -> Cow<'_, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let mut stripped = String::with_capacity(text.len());
    let mut between = true;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_start_matches(MARK);
        let begins = ["---", "...", "%"].iter().any(|begin| plain.starts_with(begin));
        let none = plain.trim().is_empty() || plain.starts_with('#');
        stripped.push_str(if between || begins { plain } else { line });
        between = begins || (between && none);
    }
    Cow::Owned(stripped)
}
