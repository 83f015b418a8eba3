//! Routing of namespaces to several accounts, which other programs' configurations have and kai has
//! not: every namespace would go to one account, and its images be seen by the wrong people.

use super::yaml::{Entry, Value};

/// The accounts, each with the namespaces that belong to it.
pub(super) const ROUTES: &str = "account-routes";
/// The label whose value is an account.
const BY_LABEL: &str = "account-route-by-namespace-label";
/// The part of it that turns that on; the rest stands in files that do not route.
pub(super) const LABEL: &str = "account-route-by-namespace-label.key";

/// Whether a value of a file, under a name that is no key, routes namespaces.
pub(super) fn routes(name: &str, value: &Value) -> bool {
    let below = |section: &str| {
        name.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    if name == BY_LABEL {
        let Value::Map(entries) = value else { return false };
        let label = |entry: &Entry| entry.key.to_lowercase() == "key" && says(&entry.node.value);
        return entries.iter().any(label);
    }
    (name == LABEL || below(ROUTES)) && says(value)
}

/// Whether there is anything in a value.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Scalar(text) => !text.trim().is_empty(),
        Value::List(nodes) => !nodes.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
    }
}
