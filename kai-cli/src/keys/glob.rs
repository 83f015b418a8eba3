//! Detects shell globs where regular expressions are expected.

use std::fmt;

use kai_core::NamespaceName;

/// An exclude item that looks like a glob, and its replacement.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Glob {
    /// The equivalent regular expression.
    expression: String,
    /// The name between stars, if any: alone, it would match exactly one namespace.
    name: Option<String>,
}

impl std::error::Error for Glob {}

impl Glob {
    /// Parses an item; `None` if it looks like a name or a regular expression instead.
    pub(crate) fn of(item: &str) -> Option<Self> {
        let of_names = |it: char| it.is_ascii_alphanumeric() || "-_*?".contains(it);
        if !item.contains(['*', '?']) || !item.chars().all(of_names) {
            return None;
        }
        let inner = item.trim_matches('*');
        let (open, closed) = (item.starts_with('*'), item.ends_with('*'));
        let mut expression = String::from(if open { "" } else { "^" });
        for character in inner.chars() {
            match character {
                '*' => expression.push_str(".*"),
                '?' => expression.push('.'),
                other => expression.push(other),
            }
        }
        expression.push_str(if closed { "" } else { "$" });
        let name = expression.parse::<NamespaceName>().is_ok().then(|| expression.clone());
        // By itself it would be a name, and match only that.
        if name.is_some() || expression.is_empty() {
            expression.push_str(".*");
        }
        Some(Self { expression, name })
    }
}

/// The suggested replacement.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expression = &self.expression;
        match &self.name {
            None => write!(f, "it looks like a glob: write `{expression}`"),
            Some(name) => write!(
                f,
                "it looks like a glob: write `{name}` for the namespace of that name, \
                 `{expression}` for every one whose name has it"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use kai_core::NamespaceSelector;

    use super::*;

    const NAMES: [&str; 9] = [
        "kube",
        "kube-system",
        "kubefoo",
        "my-kube",
        "my-kube-2",
        "team-1",
        "team-12",
        "shop",
        "a-b",
    ];

    /// Whether a shell glob matches a name.
    fn matches(glob: &[u8], name: &[u8]) -> bool {
        match (glob, name) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=name.len()).any(|taken| matches(rest, &name[taken..])),
            ([b'?', glob @ ..], [_, name @ ..]) => matches(glob, name),
            ([one, glob @ ..], [other, name @ ..]) => one == other && matches(glob, name),
            _ => false,
        }
    }

    #[test]
    fn what_looks_like_a_glob_has_a_regular_expression_that_matches_the_same() {
        let table = [
            ("*kube*", "kube.*"),
            ("kube-*", "^kube-"),
            ("kube*", "^kube"),
            ("*-system", "-system$"),
            ("*kube", "kube$"),
            ("team-?", "^team-.$"),
            ("*-?", "-.$"),
            ("?-*", "^.-"),
            ("a*b", "^a.*b$"),
            ("*a*b*", "a.*b"),
            ("**", ".*"),
            ("*", ".*"),
            ("*-*", "-"),
        ];
        for (item, expected) in table {
            println!("{item}");
            let glob = Glob::of(item).unwrap();
            assert_eq!(glob.expression, expected);
            let selector = NamespaceSelector::excluding([&glob.expression]).unwrap();
            for name in NAMES {
                let excluded = !selector.selects(name);
                assert_eq!(excluded, matches(item.as_bytes(), name.as_bytes()), "{name}");
            }
        }
    }

    #[test]
    fn a_name_and_a_regular_expression_look_like_no_glob() {
        for item in [
            "",
            "kube",
            "kube-system",
            "^kube-*",
            "^kube-",
            "kube.*",
            ".*",
            "a+",
            "(a|b)*",
            "[ab]*",
            "kube-*$",
            r"\w*",
            "a{2}",
            "a b*",
            "^?",
        ] {
            assert_eq!(Glob::of(item), None, "{item}");
        }
    }

    #[test]
    fn what_to_write_is_said() {
        let told = ["*kube*", "kube-*", "*"].map(|item| Glob::of(item).unwrap().to_string());
        insta::assert_snapshot!(told.join("\n"), @"
        it looks like a glob: write `kube` for the namespace of that name, `kube.*` for every one whose name has it
        it looks like a glob: write `^kube-`
        it looks like a glob: write `.*`
        ");
    }
}
