//! Hints for missing permissions, depending on what was requested.

#[cfg(test)]
mod tests;

use kai_core::{Skipped, SourceError};
use kai_k8s::{MissingRight, OnForbidden};

use crate::settings::{Settings, Source};

/// What a run was to read.
struct Asked {
    /// The number of namespaces selected by name; 0 means all.
    named: usize,
    skips: bool,
}

impl Asked {
    fn by(settings: &Settings) -> Self {
        let named = settings.collect.selector().included().map_or(0, Iterator::count);
        let skips = match &settings.source {
            Source::Cluster(cluster) => cluster.options.on_forbidden == OnForbidden::Skip,
            Source::Inputs(_) => false,
        };
        Self { named, skips }
    }

    /// The hint for a missing permission.
    fn hint(&self, right: &MissingRight) -> String {
        if right.is_anonymous() {
            return "the server saw no credential: -k PATH, --context NAME or --user NAME says \
                    whose to use"
                .to_owned();
        }
        let named = self.named > 0;
        let granted = match right.namespace() {
            Some(_) if !named => right.clone().everywhere(),
            _ => right.clone(),
        };
        let there = if granted.namespace().is_some() { " there" } else { "" };
        let grant = format!("grant `{right}`{there}: {}", granted.grant());
        let skip = "--on-forbidden skip leaves out those that may not be read";
        match right.namespace() {
            _ if right.is_to_impersonate() => grant,
            _ if right.is_of_namespaces() && self.skips => format!(
                "{grant}; -n NAME needs no such right, and --on-forbidden skip cannot know without \
                 one which namespaces there are"
            ),
            None => format!("{grant}; with -n NAME, the right in that namespace suffices"),
            // Skipping the only namespace would leave nothing.
            Some(_) if self.named == 1 => grant,
            Some(_) if named => format!("{grant}; {skip}"),
            Some(_) => format!("{grant}; -n NAME asks for that namespace only; {skip}"),
        }
    }
}

/// The hint for a 403; `None` if the error doesn't identify a missing permission.
pub(crate) fn hint(error: &SourceError, settings: &Settings) -> Option<String> {
    MissingRight::of(error).map(|right| Asked::by(settings).hint(right))
}

/// The hint if every namespace was skipped.
pub(crate) fn hint_of_skipped(skipped: &[Skipped], settings: &Settings) -> Option<String> {
    let first = skipped.iter().min_by_key(|skipped| &skipped.namespace)?;
    let asked = Asked::by(settings);
    let right = MissingRight::list_pods(Some(&first.namespace), &first.reason);
    Some(match (asked.named, skipped.len()) {
        (1.., 1) => Asked { named: 1, ..asked }.hint(&right),
        (1.., 2..) if !right.is_anonymous() => {
            format!("grant `{right}` in each of them, as in the first: {}", right.grant())
        }
        _ => asked.hint(&right.everywhere()),
    })
}
