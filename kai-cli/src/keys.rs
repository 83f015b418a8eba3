//! The configuration keys: the only definition of each name, type, default, flag and help.

mod duration;
mod glob;
mod list;
mod parse;
mod reveal;
mod types;
mod update_url;

use std::ffi::OsStr;

pub(crate) use glob::Glob;
pub(crate) use list::*;
pub(crate) use parse::{Invalid, path, pattern};
pub(crate) use reveal::looks_secret;
pub(crate) use types::{
    Attribution, CredentialType, KubeconfigPath, Listen, Mode, Policy, ReportWindow, WrittenPath,
    at_home, without_user,
};
pub(crate) use update_url::UpdateUrl;

/// A key's definition, independent of its type.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name, as in a configuration file: `log.level`.
    pub(crate) name: &'static str,
    /// The kind of its values.
    pub(crate) kind: Kind,
    /// The default value; empty: none.
    pub(crate) default: &'static str,
    /// The expected values, as a phrase to follow "expected".
    pub(crate) expects: &'static str,
    /// Its flag, if it has one.
    pub(crate) flag: Option<Flag>,
    /// Help in one line.
    pub(crate) help: &'static str,
    /// More help, in full sentences.
    pub(crate) details: &'static str,
    /// Help for configuration files, if it differs from the flag's.
    means: Option<&'static str>,
    /// Whether `$NAME` in a file is replaced by the variable's value.
    pub(crate) expands: bool,
    /// The replacement, if the key is deprecated.
    pub(crate) legacy: Option<&'static str>,
    /// Whether it has no environment variable, since another key's variable has that name.
    pub(crate) in_files_only: bool,
}

/// How a key's values are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of several words, case-insensitive.
    Word,
    /// A whole number.
    Number,
    /// A duration: whole seconds, or Go syntax.
    Duration,
    /// `true` or `false`.
    Switch,
    /// A list.
    Items,
    /// A path. In an untrusted file of the working directory, it is confined to that directory.
    Path,
    /// A path of a kubeconfig, which may be anywhere. If an untrusted file names it, the content is
    /// restricted.
    Kubeconfig,
    /// A user name; a password may follow it by mistake.
    Login,
    /// A URL; the part before its host may be secret.
    Url,
    /// Base64, which messages never show: it is long, and may be a misplaced private key.
    Data,
    /// A secret, which is never shown.
    Secret,
}

impl Key {
    /// A key with an environment variable but no flag.
    const fn new(
        name: &'static str,
        kind: Kind,
        default: &'static str,
        expects: &'static str,
        help: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            expects,
            flag: None,
            help,
            details: "",
            means: None,
            expands: false,
            legacy: None,
            in_files_only: false,
        }
    }

    /// Adds details to the help.
    const fn details(mut self, text: &'static str) -> Self {
        self.details = text;
        self
    }

    /// Sets a different help text for configuration files.
    const fn means(mut self, text: &'static str) -> Self {
        self.means = Some(text);
        self
    }

    /// Adds a flag.
    const fn flag(
        mut self,
        long: &'static str,
        short: Option<char>,
        takes: FlagArity,
        section: Section,
    ) -> Self {
        self.flag = Some(Flag { long, short, takes, section });
        self
    }

    /// Enables `$NAME` in files.
    const fn expands(mut self) -> Self {
        self.expands = true;
        self
    }

    /// Marks the key as deprecated.
    const fn legacy(mut self, instead: &'static str) -> Self {
        self.legacy = Some(instead);
        self
    }

    /// Removes the environment variable.
    const fn in_files_only(mut self) -> Self {
        self.in_files_only = true;
        self
    }

    /// The help for configuration files.
    pub(crate) fn in_file(&self) -> &'static str {
        self.means.unwrap_or(self.help)
    }

    /// The environment variable of this key: `KAI_LOG_LEVEL`.
    pub(crate) fn variable(&self) -> String {
        format!("KAI_{}", self.name.to_ascii_uppercase().replace(['.', '-'], "_"))
    }

    /// The section of a file that it belongs to, and its name there.
    pub(crate) fn path(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or(("", self.name))
    }
}

/// Parses a duration into whole seconds.
pub(crate) fn whole_seconds(text: &str) -> Option<u32> {
    duration::seconds(text)
}

/// Parses a boolean.
pub(crate) fn is_true(text: &str) -> Option<bool> {
    parse::boolean(OsStr::new(text)).ok()
}

/// Looks up a key by its name.
pub(crate) fn named(name: &str) -> Option<&'static Key> {
    ALL.iter().copied().find(|key| key.name == name)
}

/// Whether a name is the prefix of keys.
pub(crate) fn is_section(name: &str) -> bool {
    let below = |key: &&Key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    ALL.iter().any(below)
}

/// A key's flag.
#[derive(Debug)]
pub(crate) struct Flag {
    /// `--output`
    pub(crate) long: &'static str,
    /// `-o`
    pub(crate) short: Option<char>,
    /// What it takes.
    pub(crate) takes: FlagArity,
    /// The section of the help that lists it.
    pub(crate) section: Section,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FlagArity {
    /// A value, shown under this name.
    Value(&'static str),
    /// `true`, unless `=false` follows.
    Switch,
    /// Nothing: the number of occurrences selects one of these values.
    Nothing(&'static [&'static str]),
    /// A value; may be given repeatedly.
    Items {
        /// Its name in the help.
        name: &'static str,
        /// Whether commas separate items on the command line, too.
        comma: bool,
    },
}

/// The sections of the help, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    /// Mode and configuration file.
    Running,
    /// Source of pods.
    Source,
    /// Requests to the cluster.
    Requests,
    /// Selection of namespaces.
    Namespaces,
    /// Image policy.
    Images,
    /// Report output.
    Output,
    /// Delivery of the report.
    Delivery,
}

impl Section {
    /// The heading.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Running => "General",
            Self::Source => "Source",
            Self::Requests => "Requests",
            Self::Namespaces => "Namespaces",
            Self::Images => "Pods and images",
            Self::Output => "Output",
            Self::Delivery => "Delivery",
        }
    }
}

/// A key with the type of its values.
#[derive(Debug)]
pub(crate) struct Typed<T: 'static> {
    /// The definition.
    pub(crate) key: Key,
    /// Parses a value, or an item of a list.
    pub(crate) parse: fn(&OsStr) -> Result<T, Invalid>,
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
        let with: Vec<_> = ALL.iter().filter(|key| !key.in_files_only).collect();
        let variables: BTreeSet<_> = with.iter().map(|key| key.variable()).collect();
        assert_eq!(variables.len(), with.len());
        let flags: Vec<_> = ALL.iter().filter_map(|key| key.flag.as_ref()).collect();
        let longs: BTreeSet<_> = flags.iter().map(|flag| flag.long).collect();
        assert_eq!(longs.len(), flags.len());
    }

    #[test]
    fn a_key_that_expects_a_path_is_of_a_kind_that_is_confined_or_restricted() {
        for key in ALL {
            let path = matches!(key.kind, Kind::Path | Kind::Kubeconfig);
            assert_eq!(key.expects.starts_with("a path"), path, "{}", key.name);
        }
    }

    #[test]
    fn the_keys_of_a_section_stand_together() {
        let mut seen: Vec<&str> = Vec::new();
        for key in ALL {
            let (section, _) = key.path();
            if seen.last() != Some(&section) {
                // Back in a section that contains the one that ended.
                let parent = seen.last().is_some_and(|last| last.starts_with(section));
                assert!(section.is_empty() || parent || !seen.contains(&section), "{}", key.name);
                seen.push(section);
            }
        }
    }
}
