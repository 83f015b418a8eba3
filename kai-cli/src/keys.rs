//! The one list of keys: the only place that knows a key's name, type, default, flag and help.

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
pub(crate) use parse::{Invalid, path};
pub(crate) use reveal::looks_secret;
pub(crate) use types::{
    CredentialType, KubeconfigPath, Listen, Mode, Policy, WrittenPath, at_home, without_user,
};
pub(crate) use update_url::UpdateUrl;

/// What is known of a key, whatever its type.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name, as in a configuration file: `log.level`.
    pub(crate) name: &'static str,
    /// What its texts are.
    pub(crate) kind: Kind,
    /// The default; empty: none.
    pub(crate) default: &'static str,
    /// What a value may be, to go after "expected".
    pub(crate) expects: &'static str,
    /// How it is typed, where it can be.
    pub(crate) flag: Option<Flag>,
    /// What it does, in one line.
    pub(crate) help: &'static str,
    /// What else there is to know, in whole sentences.
    pub(crate) details: &'static str,
    /// The help where it isn't that of a flag.
    means: Option<&'static str>,
    /// Whether `$NAME` in a file stands for a variable.
    pub(crate) expands: bool,
    /// What takes its place, where it is there for old configurations only.
    pub(crate) legacy: Option<&'static str>,
    /// Whether it has no variable, since another key's has that name.
    pub(crate) in_files_only: bool,
}

/// What the texts of a key are, as far as showing them goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// One of some words, in any case.
    Word,
    /// A whole number.
    Number,
    /// A time: whole seconds, or a duration.
    Duration,
    /// `true` or `false`.
    Switch,
    /// A list.
    Items,
    /// A path. Where a file in the working directory names it, it stays in that directory.
    Path,
    /// A path of a kubeconfig, which may be anywhere. Where a file in the working directory names
    /// it, what it holds is restricted.
    Kubeconfig,
    /// The name of whom a password belongs to, which may be written behind it.
    Login,
    /// A URL; what stands before its host may be a secret.
    Url,
    /// Base64, of which a message shows nothing: it is long, and may be a key in the wrong place.
    Data,
    /// A text that is never shown.
    Secret,
}

impl Key {
    /// A key that has a variable and no flag.
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

    /// Says more.
    const fn details(mut self, text: &'static str) -> Self {
        self.details = text;
        self
    }

    /// Says in a file what its flag says otherwise.
    const fn means(mut self, text: &'static str) -> Self {
        self.means = Some(text);
        self
    }

    /// Has a flag.
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

    /// Takes `$NAME` from a file as the text of that variable.
    const fn expands(mut self) -> Self {
        self.expands = true;
        self
    }

    /// Is there for old configurations only.
    const fn legacy(mut self, instead: &'static str) -> Self {
        self.legacy = Some(instead);
        self
    }

    /// Has no variable.
    const fn in_files_only(mut self) -> Self {
        self.in_files_only = true;
        self
    }

    /// What it does, for those who write it into a file.
    pub(crate) fn in_file(&self) -> &'static str {
        self.means.unwrap_or(self.help)
    }

    /// The environment variable of this key: `KAI_LOG_LEVEL`.
    pub(crate) fn variable(&self) -> String {
        format!("KAI_{}", self.name.to_ascii_uppercase().replace(['.', '-'], "_"))
    }

    /// The section of a file that it stands in, and its name there.
    pub(crate) fn path(&self) -> (&'static str, &'static str) {
        self.name.rsplit_once('.').unwrap_or(("", self.name))
    }
}

/// The whole seconds that the text of a duration means.
pub(crate) fn whole_seconds(text: &str) -> Option<u32> {
    duration::seconds(text)
}

/// What the text of a switch means.
pub(crate) fn is_true(text: &str) -> Option<bool> {
    parse::boolean(OsStr::new(text)).ok()
}

/// The key of a name.
pub(crate) fn named(name: &str) -> Option<&'static Key> {
    ALL.iter().copied().find(|key| key.name == name)
}

/// Whether keys stand below this name.
pub(crate) fn is_section(name: &str) -> bool {
    let below = |key: &&Key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    ALL.iter().any(below)
}

/// How a key is typed.
#[derive(Debug)]
pub(crate) struct Flag {
    /// `--output`
    pub(crate) long: &'static str,
    /// `-o`
    pub(crate) short: Option<char>,
    /// What it takes.
    pub(crate) takes: FlagArity,
    /// Under which heading the help has it.
    pub(crate) section: Section,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FlagArity {
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
    /// When kai runs, and by which settings.
    Running,
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
    /// Where the report goes besides.
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
            Self::Images => "Images",
            Self::Output => "Output",
            Self::Delivery => "Delivery",
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
                // Back in a section that holds the one that ended.
                let parent = seen.last().is_some_and(|last| last.starts_with(section));
                assert!(section.is_empty() || parent || !seen.contains(&section), "{}", key.name);
                seen.push(section);
            }
        }
    }
}
