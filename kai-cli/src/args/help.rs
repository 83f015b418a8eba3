//! The help texts.

use std::fmt::Write;

use crate::keys::{self, FlagArity, Key};

pub(super) const SHORT_ABOUT: &str =
    "Which container images are in use in this Kubernetes cluster, right now?";

pub(super) const ABOUT: &str = "\
Which container images are in use in this Kubernetes cluster, right now?

kai lists the pods of a cluster, or of a file that kubectl printed, and writes which images each \
namespace uses to stdout. Everything else goes to stderr.";

pub(super) const PLUGIN_ABOUT: &str = "\
Which container images are in use in this Kubernetes cluster, right now?

This is kai as a plugin of kubectl.";

pub(super) const PLUGIN: &str = "\
This is kai as a plugin of kubectl: where this help says `kai`, type `kubectl kai`. Flags come after \
that.";

pub(super) const CONFIG: &str = "\
Show the effective settings, each with its origin.

It accepts the flags of kai, so that you can see what a flag changes. The output is YAML, without \
secrets.";

pub(super) const WHERE: &str = "\
Show which containers run an image, in which workloads, since when.

A pattern is a name (`nginx`, `team/app:1.27`), which without a registry matches in any; a glob \
(`'ghcr.io/team/**'`, `'log4j*'`); a digest or its beginning (`sha256:94ab12`); or \
`registry=quay.io`, `tag=latest`, `pinned=false`, `'regex=EXPR'`.

SINCE is when the pod started, not when its image was first seen. Workloads are inferred from the \
pods; `--attribution exact` looks them up. `-o csv`, `jsonl`, `json`, `yaml`, `markdown` and `wide` \
have all columns with full values.";

pub(super) const WHERE_EXAMPLES: &str = "\
Examples:
  kai where 'log4j*'                     every container whose image is named so
  kai where nginx -n shop -L team        in one namespace, with a label of the pods
  kai where sha256:94ab12 -o csv         a digest, for a spreadsheet
  kai where tag=latest --expect none     a gate: exits with 5 if there is any
  kai where nginx -f pods.json           in a file instead of a cluster";

pub(super) const DIFF: &str = "\
Show which images appeared, vanished or moved to another digest between two reports.

OLD and NEW are reports that kai or Go kai wrote, or what `kubectl get pods -A -o json` printed. \
Without NEW, kai takes an inventory of the cluster. Compared are the namespaces that both have. \
`-o jsonl` is for machines.";

pub(super) const DIFF_EXAMPLES: &str = "\
Examples:
  kai -o json > today.json               a report to compare with later
  kai diff yesterday.json today.json     what has changed
  kai diff yesterday.json                and until now
  kai diff a.json b.json --expect none   a gate: exits with 5 if anything has";

pub(super) const AFTER: &str = "\
Examples:
  kai                            the images of the current context's cluster
  kai where nginx                which workloads run an image, since when
  kai -n shop -o csv             one namespace, for a spreadsheet

--help shows all flags with their variables, exit codes and more examples.";

pub(super) const EXAMPLES: &str = "\
Examples:
  kai                                    the images of the current context's cluster
  kai where 'log4j*'                     which workloads run an image, since when
  kai --context staging -o json          another cluster, as JSON
  kai -o refs | xargs -n1 trivy image    each image to a scanner
  kai -n shop -n web                     two namespaces; permissions in those two suffice
  kai --exclude-namespace '^kube-' -q    all but the cluster's own, without logs
  kai -m periodic -p 60 --cluster-name prod
                                         every minute, until it is stopped
  kai -m watch --cluster-name prod       whenever the images change, until it is stopped
  kubectl get namespaces,pods -A -o json | kai -f -
                                         the same without access to the cluster
  kai config --defaults > .kai.yaml      a template of a configuration file
  kai config -n shop                     the effective settings with this flag";

const EXIT_CODES: &str = "\
Exit codes:
  0    the report was written, or its reader closed the pipe
  1    something unexpected, or the report could not be written
  2    wrong flags or configuration, or an input file that cannot be read
  3    the cluster or the input could not be read, or a namespace was skipped (on-forbidden)
  4    the report could not be delivered
  5    --expect of where or diff was not met
  130  mode adhoc was ended by SIGINT; 143: by SIGTERM. It is no failure to end another mode";

/// What kai is, and how it is used.
pub(super) fn about() -> String {
    format!("{ABOUT}\n\n{EXAMPLES}")
}

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

/// The default, if worth mentioning: not that of a switch that is off, nor that of a level.
fn default(key: &Key) -> Option<&'static str> {
    let takes = key.flag.as_ref().map(|flag| flag.takes);
    match (key.default, takes) {
        ("", _) | ("false", Some(FlagArity::Switch)) | (_, Some(FlagArity::Nothing(_))) => None,
        (default, _) => Some(default),
    }
}

const SETTINGS: &str = "\
Settings:
  Precedence: flag, variable, configuration file, default. An empty variable counts as not set. The
  configuration file is the one that -c names, or the first of
    ./.kai.yaml  ./kai.yaml  ./.kai/config.yaml
    ~/.kai.yaml
    $XDG_CONFIG_HOME/kai/config.yaml  (default: ~/.config)
    $XDG_CONFIG_DIRS/kai/config.yaml  (default: /etc/xdg)
  `kai config` shows the effective settings, `kai config --defaults` a template of the file.
  These have no flag:
";

/// What follows the flags in `--help`.
pub(super) fn after_long() -> String {
    let mut text = SETTINGS.to_owned();
    for key in keys::ALL.iter().filter(|key| key.flag.is_none() && key.legacy.is_none()) {
        let default = match key.default {
            "" => String::new(),
            default => format!(" (default: {default})"),
        };
        let _ = write!(text, "\n  {}, {}{default}\n      {}", key.name, key.variable(), key.help);
    }
    format!("{text}\n\n{EXIT_CODES}")
}
