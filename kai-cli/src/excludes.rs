//! Exclude items that match no namespace.

#[cfg(test)]
mod tests;

use kai_core::{Inventory, NamespaceImages, NamespaceSelector};
use tracing::{info, warn};

use crate::escape::Excerpt;
use crate::keys::{EXCLUDE, Glob};
use crate::told::OF_ONE_KIND;

/// Reports the items that match no namespace of a run: as a warning only if they were given on the
/// command line, since a configuration may serve several clusters.
pub(crate) fn tell_unmatched(selector: &NamespaceSelector, typed: bool, inventory: &Inventory) {
    let tell = |text: String| if typed { warn!("{text}") } else { info!("{text}") };
    let names: Vec<&str> = inventory.namespaces().iter().map(NamespaceImages::name).collect();
    let is_chosen = selector.included().is_some();
    // Globs were reported before.
    let unmatched: Vec<_> =
        selector.unmatched_excludes().filter(|item| Glob::of(item).is_none()).collect();
    for item in unmatched.iter().take(OF_ONE_KIND) {
        let none = if is_chosen { "none of the included namespaces" } else { "no namespace" };
        let hint = hint(item, &names).map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
        tell(format!("`{}` excludes {none}{hint}", Excerpt(item)));
    }
    if let Some(more @ 1..) = unmatched.len().checked_sub(OF_ONE_KIND) {
        tell(format!("… and {more} more items of {} that exclude nothing", EXCLUDE.key.name));
    }
}

/// A suggestion for an item that is treated as a name.
fn hint(item: &str, names: &[&str]) -> Option<String> {
    let is_name =
        item.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    if !is_name {
        return None;
    }
    let begin = names.iter().filter(|name| name.starts_with(item)).count();
    let contain = names.iter().filter(|name| name.contains(item)).count();
    let nearest = names.iter().map(|name| (strsim::osa_distance(name, item), name)).min();
    match (begin, contain, nearest) {
        (1.., ..) => Some(format!(
            "it is taken as a whole name; `^{item}` matches {begin} that begin with it"
        )),
        (0, 1.., _) => {
            Some(format!("it is taken as a whole name; `{item}.*` matches {contain} that have it"))
        }
        (_, _, Some((distance, name))) if distance <= 1 + item.len() / 5 => {
            Some(format!("`{}` is one", Excerpt(name)))
        }
        _ => None,
    }
}
