//! Warns of flags that have no effect, or not the one expected: a flag is intentional, while a file
//! may contain settings of another mode.

use super::layers::Layers;
use super::{Notice, Origin};
use crate::escape::Excerpt;
use crate::keys::{self, Glob, Key, Typed};
use crate::told::OF_ONE_KIND;

/// A warning about a flag that has no effect, if given. Invalid values are reported elsewhere.
pub(super) fn typed<T>(layers: &Layers<'_>, key: &Typed<T>, why: &str) -> Option<Notice> {
    let has_no_effect = is_typed(layers, &key.key) && layers.optional(key).is_ok();
    let origin = layers.origin(&key.key).filter(|_| has_no_effect)?;
    Some(Notice::Warning(format!("{origin} has no effect, since {why}")))
}

/// Whether the effective value of a key comes from a flag.
pub(super) fn is_typed(layers: &Layers<'_>, key: &Key) -> bool {
    matches!(layers.origin(key), Some(Origin::Flag(_)))
}

/// A warning about `-n` together with `-A`.
pub(super) fn overridden_namespaces(layers: &Layers<'_>) -> Option<Notice> {
    let args = layers.args();
    let typed = args.all_namespaces && args.typed(&keys::INCLUDE.key).is_some();
    let text = "`--namespace` has no effect, since `--all-namespaces` means every one";
    typed.then(|| Notice::Warning(text.to_owned()))
}

/// Warnings about exclude items that look like globs, but are also valid regular expressions.
pub(super) fn globs(layers: &Layers<'_>, exclude: &[String]) -> Vec<Notice> {
    let Some(origin) = layers.origin(&keys::EXCLUDE.key) else { return Vec::new() };
    let globs = exclude.iter().filter_map(|item| Some((item, Glob::of(item)?)));
    let told = globs.map(|(item, glob)| {
        Notice::Warning(format!(
            "`{}` for {origin} is taken as a regular expression, which may match anywhere in a \
             name (hint: {glob})",
            Excerpt(item)
        ))
    });
    told.take(OF_ONE_KIND).collect()
}
