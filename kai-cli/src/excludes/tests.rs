use std::time::SystemTime;

use kai_core::{InventoryBuilder, Namespace, Visitor};

use super::*;
use crate::logging::Level;
use crate::logging::tests::logged;

/// What is said of a run over these namespaces.
fn told(include: &[&str], exclude: &[&str], names: &[&str]) -> String {
    let selector = NamespaceSelector::new(include, exclude).unwrap();
    let mut builder = InventoryBuilder::default();
    for name in names.iter().filter(|name| selector.selects(name)) {
        builder.namespace(&Namespace::new(*name));
    }
    let inventory = builder.finish(SystemTime::UNIX_EPOCH);
    logged(Level::INFO, false, || tell_unmatched(&selector, true, &inventory))
}

#[test]
fn an_item_that_excludes_no_namespace_of_the_run_has_a_word() {
    let names = ["default", "kube-public", "kube-system", "my-shop", "shop-2", "web"];
    let table: [(&[&str], &[&str]); 13] = [
        (&[], &["default", "^kube-", "web$"]),
        (&[], &["kube"]),
        (&[], &["shop"]),
        (&[], &["system"]),
        (&[], &["wbe"]),
        (&[], &["defualt", "web"]),
        (&[], &["kube-sytem"]),
        (&[], &["something-else"]),
        (&[], &["^cube-", "Web", "web "]),
        (&[], &["none*"]),
        (&["web"], &["default"]),
        (&["web"], &["^kube-"]),
        (&["web", "default"], &["default"]),
    ];
    let rows = table.map(|(include, exclude)| {
        format!("{include:?} {exclude:?}\n{}", told(include, exclude, &names))
    });
    insta::assert_snapshot!(rows.concat());
}

#[test]
fn of_many_such_items_twenty_are_told_and_the_rest_counted() {
    let items: Vec<String> = (0..25).map(|number| format!("^none-{number}$")).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let told = told(&[], &items, &["a"]);
    assert_eq!(told.lines().count(), 21);
    let last = told.lines().last().unwrap();
    assert_eq!(
        last,
        "warning: … and 5 more items of namespace-selectors.exclude that exclude nothing"
    );
}

#[test]
fn a_name_of_the_cluster_that_steers_a_terminal_is_escaped() {
    assert_eq!(
        told(&[], &["web-1"], &["web\u{1b}1"]),
        "warning: `web-1` excludes no namespace (hint: `web\\u{1b}1` is one)\n"
    );
}

#[test]
fn what_is_configured_has_a_word_that_is_no_warning() {
    let selector = NamespaceSelector::excluding(["^none"]).unwrap();
    let inventory = InventoryBuilder::default().finish(SystemTime::UNIX_EPOCH);
    let told = logged(Level::INFO, false, || tell_unmatched(&selector, false, &inventory));
    assert_eq!(told, "info: `^none` excludes no namespace\n");
}
