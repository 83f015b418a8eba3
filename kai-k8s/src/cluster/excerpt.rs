//! Excerpts of untrusted text for error messages.

use kai_core::Excerpt;
use kai_net::secrets;

/// The beginning of a text, on one line and [fit to be shown](Excerpt), with secrets masked.
pub(crate) fn excerpt(text: &str) -> String {
    Excerpt(&secrets::mask_on_one_line(text)).to_string()
}

/// The end of a text, likewise: what a program says last, mostly says what is wrong.
pub(crate) fn excerpt_of_end(text: &str) -> String {
    let line = secrets::mask_on_one_line(text);
    match line.char_indices().rev().nth(END) {
        None => Excerpt(&line).to_string(),
        // From the next word on.
        Some((at, _)) => {
            let end = &line[at..];
            let from = end.find(' ').map_or(end, |blank| &end[blank + 1..]);
            format!("… {}", Excerpt(from))
        }
    }
}

/// How long the end of a text may be, in characters.
const END: usize = 195;

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
    fn the_end_of_a_text_is_that_of_its_last_line() {
        assert_eq!(excerpt_of_end("one\n\ttwo\r\n"), "one two");
        let usage = "usage: plugin [flags]\n".repeat(50);
        let shown = excerpt_of_end(&format!("{usage}error: not logged in\n"));
        assert!(shown.starts_with("… ") && shown.ends_with("error: not logged in"), "{shown}");
        assert!(shown.chars().count() <= 200, "{shown}");
        assert_eq!(excerpt_of_end(&"é".repeat(300)).chars().count(), 198);
    }

    #[test]
    fn a_secret_is_masked_before_the_text_is_cut() {
        secrets::register("excerpt-of-a-token");
        let text = format!("{} excerpt-of-a-token", "x".repeat(190));
        let shown = excerpt(&text);
        assert!(shown.ends_with(" <redacted…"), "{shown}");
    }
}
