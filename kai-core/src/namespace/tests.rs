//! Which namespaces are covered (behaviour, section 4), row by row.

use super::*;

fn selector(include: &[&str], exclude: &[&str]) -> NamespaceSelector {
    NamespaceSelector::new(include, exclude).unwrap()
}

fn error(include: &[&str], exclude: &[&str]) -> String {
    NamespaceSelector::new(include, exclude).unwrap_err().to_string()
}

fn included(selector: &NamespaceSelector) -> Option<Vec<&str>> {
    selector.included().map(|names| names.map(NamespaceName::as_str).collect())
}

#[test]
fn name_is_a_dns_1123_label() {
    let longest = "n".repeat(63);
    for name in ["a", "0", "a-b", "a--b", "kube-system", "1-2", &longest] {
        let parsed: NamespaceName = name.parse().unwrap();
        assert_eq!((parsed.as_str(), parsed.to_string()), (name, name.to_owned()));
    }
    let too_long = "n".repeat(64);
    for name in [
        "", "-", "-a", "a-", "A", "aB", "a.b", "a_b", "a b", " a", "a\n", "ä", "^a", "*", "a/b",
        "a,b", &too_long,
    ] {
        let message = name.parse::<NamespaceName>().unwrap_err().to_string();
        assert!(
            message.starts_with(&format!("`{name}` is no name of a namespace")),
            "row: {name:?}: {message}"
        );
        assert_eq!(error(&["shop", name], &[]), message, "row: {name:?}");
    }
}

#[test]
fn without_includes_every_namespace_is_covered() {
    for everything in [NamespaceSelector::all(), NamespaceSelector::default(), selector(&[], &[])] {
        assert!(everything.selects("shop") && everything.selects("kube-system"));
        assert_eq!((included(&everything), everything.excludes_any()), (None, false));
        assert!(everything.conflicts().is_empty());
    }
}

#[test]
fn includes_are_exact_names() {
    let named = selector(&["shop", "a"], &[]);
    for (namespace, covered) in [
        ("shop", true),
        ("a", true),
        ("sho", false),
        ("shop-2", false),
        ("my-shop", false),
        ("", false),
    ] {
        assert_eq!(named.selects(namespace), covered, "row: {namespace:?}");
    }
    assert_eq!(included(&named), Some(vec!["a", "shop"]));
}

#[test]
fn duplicate_includes_collapse() {
    assert_eq!(included(&selector(&["b", "a", "b", "a", "b"], &[])), Some(vec!["a", "b"]));
}

#[test]
fn exclude_that_looks_like_a_name_is_exact_and_any_other_an_expression() {
    // The item, what it excludes and what it doesn't.
    let too_long_for_a_name = "n".repeat(64);
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("kube-system", &["kube-system"], &["kube-system-2", "my-kube-system", "kube"]),
        ("a", &["a"], &["b", "aa", "ba"]),
        ("0", &["0"], &["10"]),
        (&too_long_for_a_name, &[&too_long_for_a_name], &["n"]),
        // Unanchored, as it is documented.
        ("^kube-*", &["kube-system", "kube", "kubefoo", "kube--x"], &["my-kube", "kub"]),
        ("kube.*", &["kube", "kube-system", "my-kube"], &["kub"]),
        ("-system", &["kube-system", "a-system-b"], &["system"]),
        ("kube-", &["kube-system", "my-kube-x"], &["kube"]),
        ("test$", &["test", "my-test"], &["test-2"]),
        ("^test$", &["test"], &["test-2", "my-test"]),
        ("a.c", &["abc", "a-c", "xabcx"], &["ac"]),
        ("dev|test", &["dev", "my-test-1"], &["prod"]),
        ("^(dev|test)-[0-9]+$", &["dev-1", "test-42"], &["dev", "dev-1a", "my-dev-1"]),
        (".", &["a", "anything"], &[""]),
        // An upper-case letter makes it an expression, which no namespace matches.
        ("Kube", &[], &["kube", "kube-system"]),
        ("(?i)Kube", &["kube", "my-kube"], &["kub"]),
    ];
    for (item, excluded, covered) in rows {
        let selector = selector(&[], &[item]);
        assert!(selector.excludes_any());
        for namespace in *excluded {
            assert!(!selector.selects(namespace), "row: {item:?} excludes {namespace:?}");
        }
        for namespace in *covered {
            assert!(selector.selects(namespace), "row: {item:?} does not exclude {namespace:?}");
        }
    }
}

#[test]
fn each_exclude_counts() {
    let selector = selector(&[], &["default", "^kube-", "default"]);
    for (namespace, covered) in
        [("shop", true), ("default", false), ("kube-x", false), ("default-2", true)]
    {
        assert_eq!(selector.selects(namespace), covered, "row: {namespace:?}");
    }
}

#[test]
fn empty_or_invalid_exclude_is_an_error_that_names_it() {
    assert_eq!(
        error(&[], &["default", ""]),
        "an empty expression excludes nothing: give a name of a namespace or a regular expression",
    );
    for item in ["[", "(a", "*", "a{2,1}", "\\", "(?<n", "+kube"] {
        let error = NamespaceSelector::new::<[&str; 0], _>([], [item]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{item}` is neither a name of a namespace nor a regular expression"),
        );
        let SelectorError::Expression { source, .. } = error else {
            panic!("row: {item:?}: {error:?}")
        };
        assert!(!source.to_string().is_empty(), "row: {item:?}");
    }
}

#[test]
fn exclude_goes_over_include_and_the_conflict_names_both() {
    let selector = selector(
        &["shop", "kube-system", "default", "kube-public"],
        &["default", "^kube-s", "shop-2"],
    );
    assert_eq!(included(&selector), Some(vec!["kube-public", "shop"]));
    let conflicts: Vec<_> =
        selector.conflicts().iter().map(|both| (both.name.as_str(), &*both.item)).collect();
    assert_eq!(conflicts, [("default", "default"), ("kube-system", "^kube-s")]);
    assert!(
        !selector.selects("default")
            && !selector.selects("kube-system")
            && selector.selects("shop")
    );
}

#[test]
fn nothing_left_is_an_error_that_names_what_was_included() {
    assert_eq!(
        error(&["kube-system", "default", "default"], &["default", "^kube-"]),
        "no namespace is left: each included one (default, kube-system) is excluded too",
    );
    // All may be excluded where none was named: nobody can tell beforehand.
    assert!(!selector(&[], &["."]).selects("shop"));
}

/// Includes, excludes, names that are asked about, items that match none.
type Row =
    (&'static [&'static str], &'static [&'static str], &'static str, &'static [&'static str]);

#[test]
fn an_item_that_matches_no_name_is_known_after_all_were_asked_about() {
    let unmatched = |selector: &NamespaceSelector| {
        selector.unmatched_excludes().map(str::to_owned).collect::<Vec<_>>()
    };
    let table: [Row; 12] = [
        (&[], &[], "a b", &[]),
        (&[], &["a"], "", &["a"]),
        (&[], &["a"], "a b", &[]),
        (&[], &["a"], "ab b", &["a"]),
        (&[], &["a", "b"], "a", &["b"]),
        (&[], &["^a", "a", "b$"], "a", &["b$"]),
        (&[], &["a", "^a", "^ab"], "a abc", &[]),
        (&[], &["^kube-", "kube-system"], "kube-system", &[]),
        (&[], &["^a", "^ab", "^abc"], "ab abx", &["^abc"]),
        // Names that were named are all that there are.
        (&["a", "b"], &["b"], "", &[]),
        (&["a", "b"], &["^b", "b", "c"], "c", &["c"]),
        (&["a"], &["b"], "a b", &["b"]),
    ];
    for (include, exclude, names, expected) in table {
        let row = format!("{include:?} {exclude:?} {names}");
        let selector = selector(include, exclude);
        let clone = selector.clone();
        for name in names.split(' ') {
            let _ = clone.selects(name);
        }
        assert_eq!(unmatched(&selector), expected, "row: {row}");
        assert_eq!(unmatched(&clone), expected, "row: {row}");
    }
}
