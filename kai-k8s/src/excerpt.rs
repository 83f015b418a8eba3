//! Text that others wrote, for a message.

use kai_core::Excerpt;

/// The beginning of a text, on one line and [fit to be shown](Excerpt).
pub(crate) fn excerpt(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    Excerpt(&words.join(" ")).to_string()
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
        ] {
            assert_eq!(excerpt(text), expected);
        }
        assert_eq!(excerpt(&"é".repeat(201)), "é".repeat(200) + "…");
    }
}
