//! The one list of keys: the only place that knows a key's name, type, default, flag and help.

mod parse;

use std::ffi::OsStr;
use std::num::NonZeroU32;

use kai_core::{NamespaceName, Tag};
use kai_k8s::OnForbidden;

use crate::logging::Level;
use crate::output::Format;

pub(crate) use parse::{Invalid, KubeconfigPath, Policy};

/// What is known of a key, whatever its type.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name, as in a configuration file: `log.level`.
    pub(crate) name: &'static str,
    /// The text that holds where nobody gives another; empty: none.
    pub(crate) default: &'static str,
    /// What a value may be, to go after "expected".
    pub(crate) expects: &'static str,
    /// How it is typed, where it can be.
    pub(crate) flag: Option<Flag>,
    /// What it does, in one line.
    pub(crate) help: &'static str,
    /// What else there is to know, in whole sentences.
    pub(crate) details: &'static str,
}

impl Key {
    /// The environment variable of this key: `KAI_LOG_LEVEL`.
    pub(crate) fn variable(&self) -> String {
        format!("KAI_{}", self.name.to_ascii_uppercase().replace(['.', '-'], "_"))
    }
}

/// How a key is typed.
#[derive(Debug)]
pub(crate) struct Flag {
    /// `--output`
    pub(crate) long: &'static str,
    /// `-o`
    pub(crate) short: Option<char>,
    /// What it takes.
    pub(crate) takes: Takes,
    /// Under which heading the help has it.
    pub(crate) section: Section,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Takes {
    /// A value, shown under this name.
    Value(&'static str),
    /// `true`, unless `=false` follows.
    Switch,
    /// Nothing: how often it is typed says which of these texts is meant.
    Nothing(&'static [&'static str]),
    /// A value, and again with each time that the flag is typed.
    Items {
        /// Its name in the help.
        name: &'static str,
        /// Whether a comma separates items there too.
        comma: bool,
    },
}

/// The headings of the help, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Where pods come from.
    Source,
    /// How a cluster is asked.
    Requests,
    /// Which namespaces.
    Namespaces,
    /// Which images.
    Images,
    /// What is written.
    Output,
}

impl Section {
    /// The heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Source => "Where the pods come from",
            Self::Requests => "How a cluster is asked",
            Self::Namespaces => "Which namespaces",
            Self::Images => "Which images",
            Self::Output => "What is written",
        }
    }
}

/// A key together with the type that its values become.
#[derive(Debug)]
pub(crate) struct Typed<T: 'static> {
    /// What is known of it.
    pub(crate) key: Key,
    /// Makes a value, or an item of a list, of a text.
    pub(crate) parse: fn(&OsStr) -> Result<T, Invalid>,
}

/// Declares the keys, and [`ALL`] of them.
macro_rules! keys {
    ($($(#[$doc:meta])* $id:ident: $type:ty = $parse:path, $key:expr;)*) => {
        $($(#[$doc])* pub(crate) static $id: Typed<$type> = Typed { key: $key, parse: $parse };)*

        /// Every key, in the order of the help.
        pub(crate) static ALL: &[&Key] = &[$(&$id.key),*];
    };
}

keys! {
    /// The kubeconfig.
    KUBECONFIG_PATH: KubeconfigPath = parse::kubeconfig_path, Key {
        name: "kubeconfig.path",
        default: "",
        expects: "a path, or `use-in-cluster`",
        flag: Some(Flag {
            long: "kubeconfig",
            short: Some('k'),
            takes: Takes::Value("PATH"),
            section: Section::Source,
        }),
        help: "Kubeconfig of the cluster, or use-in-cluster",
        details: "The latter means the service account of the pod that kai runs in. Without \
                  it, kai looks where kubectl does: the files that KUBECONFIG names, \
                  ~/.kube/config, and then the service account.",
    };
    /// The context.
    KUBECONFIG_CONTEXT: String = parse::name, Key {
        name: "kubeconfig.context",
        default: "",
        expects: "a name",
        flag: Some(Flag {
            long: "context",
            short: None,
            takes: Takes::Value("NAME"),
            section: Section::Source,
        }),
        help: "Context to use instead of the current one",
        details: "",
    };
    /// The name of the cluster, as Go kai has it.
    KUBECONFIG_CLUSTER: String = parse::name, Key {
        name: "kubeconfig.cluster",
        default: "",
        expects: "a name",
        flag: None,
        help: "Name of the cluster in the report, unless cluster-name or --context is given",
        details: "",
    };
    /// The name of the cluster.
    CLUSTER_NAME: String = parse::name, Key {
        name: "cluster-name",
        default: "",
        expects: "a name",
        flag: Some(Flag {
            long: "cluster-name",
            short: None,
            takes: Takes::Value("NAME"),
            section: Section::Output,
        }),
        help: "Name of the cluster in the report",
        details: "Without it, it is the name that the kubeconfig gives the cluster.",
    };
    /// The deadline.
    REQUEST_TIMEOUT: NonZeroU32 = parse::at_least_one, Key {
        name: "kubernetes.request-timeout-seconds",
        default: "60",
        expects: "a whole number of seconds, at least 1",
        flag: Some(Flag {
            long: "request-timeout",
            short: None,
            takes: Takes::Value("SECONDS"),
            section: Section::Requests,
        }),
        help: "How long one request may take",
        details: "That is one GET or one page of a list, all its attempts and waits together.",
    };
    /// The size of a page.
    REQUEST_BATCH_SIZE: u32 = parse::number, Key {
        name: "kubernetes.request-batch-size",
        default: "500",
        expects: "a whole number; 0 means no paging",
        flag: None,
        help: "How many objects one page of a list holds; 0: no paging",
        details: "",
    };
    /// The most requests in flight.
    WORKER_POOL_SIZE: NonZeroU32 = parse::at_least_one, Key {
        name: "kubernetes.worker-pool-size",
        default: "8",
        expects: "a whole number, at least 1",
        flag: None,
        help: "How many requests are in flight at the most; above 32 it is taken as 32",
        details: "",
    };
    /// What to do without a right.
    ON_FORBIDDEN: OnForbidden = parse::on_forbidden, Key {
        name: "kubernetes.on-forbidden",
        default: "fail",
        expects: "`fail` or `skip`",
        flag: None,
        help: "What to do about a namespace whose pods may not be listed: fail or skip",
        details: "",
    };
    /// Namespaces to include.
    INCLUDE: NamespaceName = parse::namespace, Key {
        name: "namespace-selectors.include",
        default: "",
        expects: "the name of a namespace: 1 to 63 lower-case letters, digits and dashes, \
                  beginning and ending with a letter or digit",
        flag: Some(Flag {
            long: "namespace",
            short: Some('n'),
            takes: Takes::Items { name: "NAME", comma: true },
            section: Section::Namespaces,
        }),
        help: "Only this namespace (repeatable, or with commas)",
        details: "Rights in the named namespaces suffice then.",
    };
    /// Namespaces to exclude.
    EXCLUDE: String = parse::exclude, Key {
        name: "namespace-selectors.exclude",
        default: "",
        expects: "the name of a namespace or a regular expression",
        flag: Some(Flag {
            long: "exclude-namespace",
            short: None,
            takes: Takes::Items { name: "NAME", comma: false },
            section: Section::Namespaces,
        }),
        help: "Not this one, or a regular expression (repeatable)",
        details: "What looks like a name is an exact one. Anything else is a regular expression \
                  that may match anywhere in a name: `^kube-` excludes kube-system, and \
                  `^kube-*` also kubefoo. In the variable, a comma separates items.",
    };
    /// What to do with an image that has no tag.
    MISSING_TAG_POLICY: Policy = parse::policy, Key {
        name: "missing-tag-policy.policy",
        default: "digest",
        expects: "`digest`, `insert` or `drop`",
        flag: Some(Flag {
            long: "missing-tag-policy",
            short: None,
            takes: Takes::Value("POLICY"),
            section: Section::Images,
        }),
        help: "Images without a tag: digest, insert or drop",
        details: "Such an image is known by its digest only. digest: the tag is the digest's \
                  hexadecimal digits. insert: it is that of --missing-tag. drop: the image is \
                  left out.",
    };
    /// The tag to insert.
    MISSING_TAG: Tag = parse::tag, Key {
        name: "missing-tag-policy.tag",
        default: "UNKNOWN",
        expects: "a tag: 1 to 128 letters, digits, `_`, `.` or `-`, beginning with none of the \
                  last two",
        flag: Some(Flag {
            long: "missing-tag",
            short: None,
            takes: Takes::Value("TAG"),
            section: Section::Images,
        }),
        help: "The tag to insert",
        details: "",
    };
    /// Whether pods that don't run are left out.
    IGNORE_NOT_RUNNING: bool = parse::boolean, Key {
        name: "ignore-not-running",
        default: "true",
        expects: "`true` or `false`",
        flag: Some(Flag {
            long: "ignore-not-running",
            short: None,
            takes: Takes::Switch,
            section: Section::Images,
        }),
        help: "Leave out pods of which nothing runs",
        details: "=false takes every pod.",
    };
    /// The form of the report.
    OUTPUT: Format = parse::format, Key {
        name: "output",
        default: "json",
        expects: "`json` or `table`",
        flag: Some(Flag {
            long: "output",
            short: Some('o'),
            takes: Takes::Value("FORMAT"),
            section: Section::Output,
        }),
        help: "Form of the report: json or table",
        details: "",
    };
    /// Whether the console is silent.
    QUIET: bool = parse::boolean, Key {
        name: "quiet",
        default: "false",
        expects: "`true` or `false`",
        flag: Some(Flag {
            long: "quiet",
            short: Some('q'),
            takes: Takes::Switch,
            section: Section::Output,
        }),
        help: "Nothing but the report, and the error that ends a run",
        details: "It wins over -v.",
    };
    /// What is logged.
    LOG_LEVEL: Level = parse::level, Key {
        name: "log.level",
        default: "info",
        expects: "`trace`, `debug`, `info`, `warn` or `error`",
        flag: Some(Flag {
            long: "verbose",
            short: Some('v'),
            takes: Takes::Nothing(&["debug", "trace"]),
            section: Section::Output,
        }),
        help: "Say more on stderr: -v debug, -vv trace",
        details: "debug says of each container why it is left out. The variable takes the name of \
                  a level: trace, debug, info, warn or error.",
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_variable_is_the_key_in_capitals() {
        assert_eq!(LOG_LEVEL.key.variable(), "KAI_LOG_LEVEL");
        assert_eq!(REQUEST_TIMEOUT.key.variable(), "KAI_KUBERNETES_REQUEST_TIMEOUT_SECONDS");
    }

    #[test]
    fn no_two_keys_share_a_variable_or_a_flag() {
        let variables: BTreeSet<_> = ALL.iter().map(|key| key.variable()).collect();
        assert_eq!(variables.len(), ALL.len());
        let flags: Vec<_> = ALL.iter().filter_map(|key| key.flag.as_ref()).collect();
        let longs: BTreeSet<_> = flags.iter().map(|flag| flag.long).collect();
        assert_eq!(longs.len(), flags.len());
    }
}
