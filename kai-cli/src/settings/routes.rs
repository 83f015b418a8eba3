//! Rejects routing of namespaces to several accounts, which other programs support and kai doesn't:
//! all namespaces would go to one account, and their images be visible to the wrong users.

use super::yaml::{Entry, Value};

/// The accounts, each with its namespaces.
pub(super) const ROUTES: &str = "account-routes";
/// The namespace label that names the account.
const BY_LABEL: &str = "account-route-by-namespace-label";
/// The key that enables it; files without routing may contain the others.
pub(super) const LABEL: &str = "account-route-by-namespace-label.key";

/// Whether a name that is no key, with this value, configures routing.
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

/// Whether a value is non-empty.
fn says(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Scalar(text) => !text.trim().is_empty(),
        Value::List(nodes) => !nodes.is_empty(),
        Value::Map(entries) => !entries.is_empty(),
    }
}
