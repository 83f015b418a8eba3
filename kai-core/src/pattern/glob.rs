//! Text in which `*` stands for anything within a segment, and `**` for any segments.

use regex::Regex;

/// A glob: a text without a star is compared as it is.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    Literal(Box<str>),
    Expression(Box<Regex>),
}

impl Glob {
    pub(super) fn new(text: &str) -> Self {
        if !text.contains('*') {
            return Self::Literal(text.into());
        }
        // What stands between the stars is escaped and short, so that this always compiles; a glob
        // that didn't would match nothing but itself.
        Regex::new(&expression(text))
            .map_or_else(|_| Self::Literal(text.into()), |it| Self::Expression(Box::new(it)))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => **literal == *text,
            Self::Expression(expression) => expression.is_match(text),
        }
    }

    /// The text, where it has no star.
    pub(super) fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Expression(_) => None,
        }
    }
}

/// The regular expression that matches as much, and all of a text.
fn expression(glob: &str) -> String {
    let mut expression = String::from("^");
    let mut rest = glob;
    while let Some(at) = rest.find('*') {
        let (before, stars) = rest.split_at(at);
        expression.push_str(&regex::escape(before));
        let at_start = expression.len() == 1 || before.ends_with('/');
        rest = stars.trim_start_matches('*');
        let stars = stars.len() - rest.len();
        expression.push_str(match (stars, rest.strip_prefix('/')) {
            (1, _) => "[^/]*",
            // Between slashes it stands for no segment, too.
            (_, Some(after)) if at_start => {
                rest = after;
                "(?:.*/)?"
            }
            _ => ".*",
        });
        // Runs of them match what one does, and cost as much as their number.
        if expression.ends_with(".*.*") {
            expression.truncate(expression.len() - 2);
        }
    }
    expression.push_str(&regex::escape(rest));
    expression.push('$');
    expression
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stays_within_a_segment_and_two_go_across() {
        let table = [
            ("a/*", "a/b", true),
            ("a/*", "a/", true),
            ("a/*", "a/b/c", false),
            ("a/**", "a/b/c", true),
            ("**/c", "c", true),
            ("**/c", "a/b/c", true),
            ("**/c", "a/bc", false),
            ("a/**/c", "a/c", true),
            ("a/**/c", "a/b/b/c", true),
            ("a**c", "a/b/c", true),
            ("a.c", "abc", false),
            ("*.example.com", "a.example.com", true),
            ("*.example.com", "example.com", false),
            ("***", "a/b", true),
            ("1.*", "1.27", true),
            ("a+*", "a+b", true),
            ("a+*", "aab", false),
        ];
        for (glob, text, expected) in table {
            assert_eq!(Glob::new(glob).matches(text), expected, "{glob} {text}");
        }
    }
}
