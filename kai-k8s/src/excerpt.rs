//! Text that others wrote, made fit for a message: one line, nothing that steers a terminal, and
//! not too much of it.

/// The longest excerpt, in characters as they are shown.
const LONGEST: usize = 200;

/// The beginning of a text on one line, with control and bidirectional characters escaped.
pub(crate) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    let mut room = LONGEST;
    for word in text.split_whitespace() {
        let space = if shown.is_empty() { "" } else { " " };
        for character in space.chars().chain(word.chars()) {
            let unfit = is_unfit(character);
            let width = if unfit { character.escape_default().len() } else { 1 };
            if width > room {
                shown.push('…');
                return shown;
            }
            room -= width;
            if unfit {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
    }
    shown
}

/// Whether a character is escaped: control, and [what steers the direction of
/// text](https://trojansource.codes/).
fn is_unfit(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_line_that_steers_nothing() {
        for (text, expected) in [
            ("", ""),
            ("  one\n\ttwo \r\n", "one two"),
            ("\x1b[31mred\u{202e}", r"\u{1b}[31mred\u{202e}"),
            ("größer 日本語", "größer 日本語"),
        ] {
            assert_eq!(excerpt(text), expected);
        }
    }

    #[test]
    fn an_excerpt_has_at_most_200_characters_and_cuts_no_escape() {
        assert_eq!(excerpt(&"é".repeat(200)), "é".repeat(200));
        assert_eq!(excerpt(&"é".repeat(201)), "é".repeat(200) + "…");
        assert_eq!(excerpt(&"\x1b".repeat(100)), r"\u{1b}".repeat(33) + "…");
    }
}
