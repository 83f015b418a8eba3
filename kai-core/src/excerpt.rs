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

/// Shows a message of a parser with the characters that it quotes in backticks, as all of kai's own
/// messages have them: others write `'{'`, or begin with a backtick and end with an apostrophe.
///
/// ```
/// # use kai_core::Requoted;
/// assert_eq!(Requoted("unclosed bracket '['").to_string(), "unclosed bracket `[`");
/// assert_eq!(Requoted(r"unexpected: `\u{0}'").to_string(), r"unexpected: `\u{0}`");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Requoted<'a>(pub &'a str);

impl fmt::Display for Requoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['`', '\'']) {
            let (before, quote) = rest.split_at(at);
            let inside = &quote[1..];
            f.write_str(before)?;
            match quoted_character(inside) {
                Some(character) if !before.ends_with(char::is_alphanumeric) => {
                    write!(f, "`{character}`")?;
                    rest = &inside[character.len() + 1..];
                }
                _ => {
                    f.write_str(&quote[..1])?;
                    rest = inside;
                }
            }
        }
        f.write_str(rest)
    }
}

/// The one character, as it is or escaped, that a text begins with and an apostrophe ends.
fn quoted_character(text: &str) -> Option<&str> {
    let mut characters = text.chars();
    let length = match (characters.next()?, characters.next()?) {
        ('\\', 'u') if text.starts_with(r"\u{") => text.find('}')? + 1,
        ('\\', escaped) if text[1 + escaped.len_utf8()..].starts_with('\'') => {
            1 + escaped.len_utf8()
        }
        (character, _) => character.len_utf8(),
    };
    text[length..].starts_with('\'').then(|| &text[..length])
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

    #[test]
    fn a_character_that_a_parser_quotes_stands_in_backticks() {
        let table = [
            ("unexpected character: `\\u{0}'", "unexpected character: `\\u{0}`"),
            ("unexpected character: `\\u{10ffff}'", "unexpected character: `\\u{10ffff}`"),
            ("unexpected character: `@' at line 1", "unexpected character: `@` at line 1"),
            ("unexpected character: ``'", "unexpected character: ```"),
            ("unexpected character: `\\'' here", "unexpected character: `\\'` here"),
            ("unexpected character: `\\\\'", "unexpected character: `\\\\`"),
            ("unexpected character: `\\'", "unexpected character: `\\`"),
            ("mismatched bracket '[' closed by '}'", "mismatched bracket `[` closed by `}`"),
            ("expected ':' or 'é'", "expected `:` or `é`"),
            ("expected `,` or `}`", "expected `,` or `}`"),
            ("it doesn't 's' isn't", "it doesn't `s` isn't"),
            ("kai's 'name' is `it`", "kai's 'name' is `it`"),
            ("dogs' 'ab' `\\u{0", "dogs' 'ab' `\\u{0"),
            ("'", "'"),
            ("`", "`"),
            ("''", "''"),
            ("'\\u{'", "'\\u{'"),
            ("", ""),
        ];
        for (text, expected) in table {
            println!("{text:?}");
            assert_eq!(Requoted(text).to_string(), expected);
        }
    }
}
