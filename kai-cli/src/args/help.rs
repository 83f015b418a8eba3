//! The texts of the help.

use std::fmt::Write;

use crate::keys::{self, Key, Takes};

pub(super) const ABOUT: &str = "\
Which container images are in use in this Kubernetes cluster, right now?

kai lists the pods of a cluster, or of a file that kubectl printed, and writes which images each \
namespace uses to stdout. Everything else goes to stderr.";

pub(super) const AFTER: &str =
    "--help says more, with the variable of each flag, exit codes and examples.";

const EXAMPLES: &str = "\
Examples:
  kai                                    the current context's cluster, as JSON
  kai --context staging -o table         another cluster, for people
  kai -n shop -n web                     two namespaces; rights in those two suffice
  kai --exclude-namespace '^kube-' -q    all but the cluster's own, without a word
  kubectl get namespaces,pods -A -o json | kai -f -
                                         the same without access to the cluster";

const EXIT_CODES: &str = "\
Exit codes:
  0    the report was written, or its reader closed the pipe
  1    something unexpected, or the report could not be written
  2    wrong flags or configuration, or an input file that cannot be read
  3    the cluster or the input could not be read, or a namespace was skipped (on-forbidden)
  130  ended by SIGINT; 143: by SIGTERM";

/// One line for `-h`.
pub(super) fn short(key: &Key) -> String {
    match default(key) {
        None => key.help.to_owned(),
        Some(default) => format!("{} [default: {default}]", key.help),
    }
}

/// A paragraph for `--help`.
pub(super) fn long(key: &Key) -> String {
    let details = if key.details.is_empty() { "" } else { ". " };
    let default = default(key).map(|default| format!(", default: {default}"));
    format!(
        "{}{details}{}\n[key: {}, variable: {}{}]",
        key.help,
        key.details,
        key.name,
        key.variable(),
        default.unwrap_or_default()
    )
}

/// The default that is worth a word: not that of a switch that is off, nor that of a level.
fn default(key: &Key) -> Option<&'static str> {
    let takes = key.flag.as_ref().map(|flag| flag.takes);
    match (key.default, takes) {
        ("", _) | ("false", Some(Takes::Switch)) | (_, Some(Takes::Nothing(_))) => None,
        (default, _) => Some(default),
    }
}

/// What follows the flags in `--help`.
pub(super) fn after_long() -> String {
    let mut text = String::from(
        "Settings:\n  A flag wins over its variable, and that over the default; an empty variable \
         counts as none.\n  These have no flag:\n",
    );
    for key in keys::ALL.iter().filter(|key| key.flag.is_none()) {
        let _ = write!(
            text,
            "\n  {}{}\n      {}",
            key.variable(),
            if key.default.is_empty() {
                String::new()
            } else {
                format!(" (default: {})", key.default)
            },
            key.help
        );
    }
    format!("{text}\n\n{EXIT_CODES}\n\n{EXAMPLES}")
}
