//! Hints for missing RBAC rights, depending on the request that was refused.

#[cfg(test)]
mod tests;

use kai_core::{Skipped, SourceError};
use kai_k8s::{MissingRight, OnForbidden};

use crate::settings::{Settings, Source};

/// What a run was asked to read.
struct Asked {
    /// How many namespaces were named; 0: all are meant.
    named: usize,
    skips: bool,
}

impl Asked {
    fn by(settings: &Settings) -> Self {
        let named = settings.collect.selector().included().map_or(0, Iterator::count);
        let skips = match &settings.source {
            Source::Cluster(cluster) => cluster.options.on_forbidden == OnForbidden::Skip,
            Source::File(_) | Source::Stdin => false,
        };
        Self { named, skips }
    }

    /// What helps against the want of a right.
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
            // Nothing would be left.
            Some(_) if self.named == 1 => grant,
            Some(_) if named => format!("{grant}; {skip}"),
            Some(_) => format!("{grant}; -n NAME asks for that namespace only; {skip}"),
        }
    }
}

/// What helps against a 403; `None`: the source says nothing of a right.
pub(crate) fn hint(error: &SourceError, settings: &Settings) -> Option<String> {
    MissingRight::of(error).map(|right| Asked::by(settings).hint(right))
}

/// What helps where every namespace was skipped.
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
