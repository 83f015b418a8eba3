//! Routing of namespaces to several accounts, which other programs' configurations have and kai has
//! not: every namespace would go to one account, and its images be seen by the wrong people.

use super::SettingsError;
use super::environment::Environment;
use super::file::{ConfigFile, Unknown};
use super::yaml::{Entry, Value};
use crate::escape::Excerpt;

/// The accounts, each with the namespaces that belong to it.
const ROUTES: &str = "account-routes";
/// The label whose value is an account.
const BY_LABEL: &str = "account-route-by-namespace-label";
/// The part of it that turns that on; the rest stands in files that do not route.
const LABEL: &str = "account-route-by-namespace-label.key";

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

/// Refuses a file, or variables, that route.
pub(super) fn refuse(env: &Environment, file: Option<&ConfigFile>) -> Result<(), SettingsError> {
    if let Some((file, Unknown { name, line })) =
        file.and_then(|file| Some((file, file.routes.as_ref()?)))
    {
        let place = format!("`{}` ({}, line {line})", Excerpt(name), Excerpt(&file.path));
        return Err(SettingsError::Routes { place });
    }
    let variable =
        |name: &str| format!("KAI_{}", name.to_ascii_uppercase().replace(['.', '-'], "_"));
    let (routes, label) = (variable(ROUTES), variable(LABEL));
    let set = |name: &str| {
        let text = env.get(name).unwrap_or_default();
        let text = text.to_string_lossy();
        !["", "{}", "[]", "null", "~"].contains(&text.trim())
    };
    let is_route = |name: &&str| {
        let rest = name.strip_prefix(&*routes);
        *name == label || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    match env.ours().filter(is_route).find(|name| set(name)) {
        None => Ok(()),
        Some(name) => Err(SettingsError::Routes { place: format!("`{}`", Excerpt(name)) }),
    }
}
