//! Text that others wrote, for a message.

use kai_core::Excerpt;
use kai_net::secrets;

/// The beginning of a text, on one line and [fit to be shown](Excerpt), with secrets masked.
pub(crate) fn excerpt(text: &str) -> String {
    let text = secrets::mask(text);
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

    #[test]
    fn a_secret_is_masked_before_the_text_is_cut() {
        secrets::register("excerpt-of-a-token");
        let text = format!("{} excerpt-of-a-token", "x".repeat(190));
        let shown = excerpt(&text);
        assert!(shown.ends_with(" <redacted…"), "{shown}");
    }
}
