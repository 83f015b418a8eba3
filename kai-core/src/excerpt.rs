//! Text that others wrote, made fit to be shown.
//!
//! It is here since every adapter quotes such text in its errors.

use std::fmt::{self, Write};

/// The longest excerpt of a text that others wrote, in characters as they are shown.
const EXCERPT: usize = 200;

/// Shows a text with its control and bidirectional characters escaped, so that it can neither
/// steer a terminal nor reorder or fake the lines around it.
///
/// ```
/// # use kai_core::Escaped;
/// assert_eq!(Escaped("a\x1b[31mb").to_string(), r"a\u{1b}[31mb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a str);

impl Escaped<'_> {
    /// Whether a character is escaped: control, line separators, and [what steers the direction of
    /// text](https://trojansource.codes/).
    #[must_use]
    pub fn escapes(character: char) -> bool {
        character.is_control()
            || matches!(
                character,
                '\u{61c}'
                    | '\u{200e}'
                    | '\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2066}'..='\u{2069}'
            )
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut plain = self.0;
        while let Some(at) = plain.find(Self::escapes) {
            let (before, rest) = plain.split_at(at);
            f.write_str(before)?;
            let mut rest = rest.chars();
            for unfit in rest.next().into_iter().flat_map(char::escape_default) {
                f.write_char(unfit)?;
            }
            plain = rest.as_str();
        }
        f.write_str(plain)
    }
}

/// Shows a text [`Escaped`], and no more than its first 200 characters.
///
/// ```
/// # use kai_core::Excerpt;
/// assert_eq!(Excerpt(&"x".repeat(1000)).to_string().chars().count(), 201);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Excerpt<'a>(pub &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut room = EXCERPT;
        for (at, character) in self.0.char_indices() {
            let width =
                if Escaped::escapes(character) { character.escape_default().len() } else { 1 };
            if width > room {
                return write!(f, "{}…", Escaped(&self.0[..at]));
            }
            room -= width;
        }
        Escaped(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_bidirectional_characters_are_escaped_and_others_are_not() {
        let table = [
            ("nginx:1.27", "nginx:1.27"),
            ("`quotes` \"and\" \\slashes\\", "`quotes` \"and\" \\slashes\\"),
            ("größer als 日本語 🦀", "größer als 日本語 🦀"),
            ("\x1b[31mred", r"\u{1b}[31mred"),
            ("one\ntwo\r\tthree\0", r"one\ntwo\r\tthree\u{0}"),
            ("\u{7f}\u{9b}2J", r"\u{7f}\u{9b}2J"),
            ("a\u{202e}b\u{2066}c\u{2069}d", r"a\u{202e}b\u{2066}c\u{2069}d"),
            ("\u{61c}\u{200e}\u{200f}\u{2028}", r"\u{61c}\u{200e}\u{200f}\u{2028}"),
            ("", ""),
        ];
        for (text, expected) in table {
            println!("{text:?}");
            assert_eq!(Escaped(text).to_string(), expected);
            assert_eq!(Excerpt(text).to_string(), expected);
        }
    }

    #[test]
    fn an_excerpt_shows_at_most_200_characters() {
        let fits = "é".repeat(200);
        assert_eq!(Excerpt(&fits).to_string(), fits);
        let long = "é".repeat(201);
        assert_eq!(Excerpt(&long).to_string(), format!("{fits}…"));
    }

    #[test]
    fn an_escape_counts_as_the_characters_that_it_shows_and_is_never_cut() {
        let text = "\x1b".repeat(100);
        let shown = Excerpt(&text).to_string();
        assert_eq!(shown, format!("{}…", r"\u{1b}".repeat(33)));
        assert!(shown.chars().count() <= 201);
    }
}
