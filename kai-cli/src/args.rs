//! Parses the command line.

mod command;
mod help;
mod leftover;
#[cfg(test)]
mod man;
mod misuse;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::ArgMatches;
use clap::error::ErrorKind;

use crate::keys::{self, FlagArity, Key};
use crate::shells::{self, Shell};

use command::{
    ALL_NAMESPACES, AS, AS_GROUP, CLUSTER, CONFIG, DEFAULTS, DELIVER, DRY_RUN, FILENAME, USER,
    VERSION_OUTPUT, plugin,
};

pub(crate) use command::command;
pub(crate) use misuse::Misuse;

/// Output format of `kai version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum VersionFormat {
    /// One line per fact.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// What kai is invoked to do.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// `kai`: take an inventory.
    Inventory(Args),
    /// `kai config`: show the effective settings.
    Config(Args),
    /// `kai config --defaults`: print a configuration file with the defaults.
    Defaults,
    /// `kai version`: print version and build information.
    Version(VersionFormat),
    /// `kai completion`: print a shell's completion script.
    Completion(&'static Shell),
    /// Called by that script: complete the last of these words.
    Answer(Vec<OsString>),
}

/// The given flags, unparsed.
#[derive(Debug, Default)]
pub(crate) struct Args {
    /// Flags of keys, by the key's name.
    keys: BTreeMap<&'static str, Vec<OsString>>,
    /// `--config`
    pub(crate) config: Option<OsString>,
    /// `--filename`
    pub(crate) filename: Option<OsString>,
    /// `--all-namespaces`
    pub(crate) all_namespaces: bool,
    /// `--cluster`, a cluster entry of the kubeconfig
    pub(crate) cluster: Option<String>,
    /// `--user`, a user entry of the kubeconfig
    pub(crate) user: Option<String>,
    /// `--as`
    pub(crate) impersonate: Option<String>,
    /// `--as-group`
    pub(crate) impersonate_groups: Vec<String>,
    /// `--deliver`
    pub(crate) deliver: bool,
    /// `--dry-run`
    pub(crate) dry_run: bool,
}

impl Args {
    /// The values given for a key; several only if it is a list.
    pub(crate) fn typed(&self, key: &Key) -> Option<&[OsString]> {
        self.keys.get(key.name).map(Vec::as_slice)
    }

    /// Removes the values given for a key.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.keys.remove(key.name);
    }

    /// Whether no flags were given.
    fn is_empty(&self) -> bool {
        let Self { keys, config, filename, cluster, user, impersonate, .. } = self;
        let texts = [config, filename].iter().all(|text| text.is_none());
        let names = [cluster, user, impersonate].iter().all(|text| text.is_none());
        let switched = self.all_namespaces || self.deliver || self.dry_run;
        keys.is_empty() && texts && names && self.impersonate_groups.is_empty() && !switched
    }

    /// Merges the flags given before a command's name with those after it: the last of several
    /// wins, as within each of the two, and lists are concatenated.
    fn and(mut self, later: Self) -> Self {
        for key in keys::ALL {
            let Some(texts) = later.keys.get(key.name) else { continue };
            let earlier = self.keys.entry(key.name).or_default();
            match key.flag.as_ref().map(|flag| flag.takes) {
                Some(FlagArity::Items { .. }) => earlier.extend_from_slice(texts),
                Some(FlagArity::Nothing(levels)) => *earlier = vec![both(levels, earlier, texts)],
                _ => earlier.clone_from(texts),
            }
        }
        let mut groups = self.impersonate_groups;
        groups.extend(later.impersonate_groups);
        Self {
            keys: self.keys,
            config: later.config.or(self.config),
            filename: later.filename.or(self.filename),
            all_namespaces: later.all_namespaces || self.all_namespaces,
            cluster: later.cluster.or(self.cluster),
            user: later.user.or(self.user),
            impersonate: later.impersonate.or(self.impersonate),
            impersonate_groups: groups,
            deliver: later.deliver || self.deliver,
            dry_run: later.dry_run || self.dry_run,
        }
    }

    /// Rejects flags that select a cluster if a file is read instead.
    fn checked(self) -> Result<Self, Misuse> {
        let typed = |key: &Key| self.keys.contains_key(key.name);
        let choices = [
            ("kubeconfig", typed(&keys::KUBECONFIG_PATH.key)),
            ("context", typed(&keys::KUBECONFIG_CONTEXT.key)),
            (CLUSTER, self.cluster.is_some()),
            (USER, self.user.is_some()),
            (AS, self.impersonate.is_some()),
            (AS_GROUP, !self.impersonate_groups.is_empty()),
        ];
        match choices.into_iter().find(|(_, typed)| *typed) {
            Some((choice, _)) if self.filename.is_some() => {
                Err(Misuse::exclusive(FILENAME, choice, "a file is read instead of a cluster"))
            }
            _ => Ok(self),
        }
    }
}

/// The value of a counting flag, given before and after a command's name.
fn both(levels: &[&str], earlier: &[OsString], later: &[OsString]) -> OsString {
    let times = |texts: &[OsString]| {
        levels
            .iter()
            .position(|level| texts.iter().any(|text| text == level))
            .map_or(0, |at| at + 1)
    };
    let times = (times(earlier) + times(later)).clamp(1, levels.len());
    levels[times - 1].into()
}

/// Why parsing returned no invocation.
#[derive(Debug)]
pub(crate) enum Unparsed {
    /// Help or version was requested: clap's error contains the text.
    Shown(clap::Error),
    /// The command line is invalid.
    Misuse(Misuse),
}

impl From<Misuse> for Unparsed {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

/// Parses the command line.
///
/// # Errors
/// When it is invalid, or when help or version is requested.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Invocation, Unparsed> {
    let argv: Vec<OsString> = argv.into_iter().collect();
    let as_called = || if argv.first().is_some_and(is_plugin) { plugin() } else { command() };
    let mut matches =
        as_called().try_get_matches_from(&argv).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Unparsed::Shown(error),
            _ => Misuse::of(&error, &as_called(), &argv).into(),
        })?;
    let subcommand = matches.remove_subcommand();
    let before = args(matches);
    Ok(match subcommand {
        Some((name, matches)) => invocation(before, &name, matches)?,
        None => Invocation::Inventory(before.checked()?),
    })
}

/// Whether kai was invoked under its kubectl plugin name.
fn is_plugin(program: &OsString) -> bool {
    Path::new(program).file_stem().is_some_and(|name| name == "kubectl-kai")
}

fn args(mut matches: ArgMatches) -> Args {
    Args {
        keys: keys::ALL.iter().filter_map(|key| typed(key, &mut matches)).collect(),
        config: matches.remove_one(CONFIG),
        filename: matches.remove_one(FILENAME),
        all_namespaces: matches.get_flag(ALL_NAMESPACES),
        cluster: matches.remove_one(CLUSTER),
        user: matches.remove_one(USER),
        impersonate: matches.remove_one(AS),
        impersonate_groups: matches.remove_many(AS_GROUP).into_iter().flatten().collect(),
        deliver: matches.get_flag(DELIVER),
        dry_run: matches.get_flag(DRY_RUN),
    }
}

/// Builds a command's invocation. Flags before its name count as if given after it; `version` and
/// `completion` read no configuration, and accept all flags, which an alias may contain.
fn invocation(before: Args, name: &str, mut matches: ArgMatches) -> Result<Invocation, Misuse> {
    Ok(match (name, shells::shell(&matches)) {
        (shells::COMPLETION, Some(shell)) => Invocation::Completion(shell),
        (shells::ANSWER, _) => Invocation::Answer(shells::words(matches)),
        (CONFIG, _) if matches.get_flag(DEFAULTS) => {
            if !before.is_empty() {
                return Err(Misuse::alone(DEFAULTS));
            }
            Invocation::Defaults
        }
        (CONFIG, _) => Invocation::Config(before.and(args(matches)).checked()?),
        _ => Invocation::Version(match matches.remove_one(VERSION_OUTPUT) {
            Some(format) => format,
            None => version_format(&before)?,
        }),
    })
}

/// The format of `kai version` from kai's own `-o`: formats that only exist for the report, such as
/// `table`, mean text.
fn version_format(before: &Args) -> Result<VersionFormat, Misuse> {
    let Some(typed) = before.typed(&keys::OUTPUT.key).and_then(<[_]>::last) else {
        return Ok(VersionFormat::default());
    };
    let is = |name: &str| typed.eq_ignore_ascii_case(name);
    match (keys::OUTPUT.parse)(typed) {
        _ if is("json") => Ok(VersionFormat::Json),
        Ok(_) => Ok(VersionFormat::Text),
        Err(_) if is("text") => Ok(VersionFormat::Text),
        Err(_) => Err(Misuse::invalid(keys::OUTPUT.key.name, typed, "`text` or `json`")),
    }
}

fn typed(key: &Key, matches: &mut ArgMatches) -> Option<(&'static str, Vec<OsString>)> {
    let texts = match key.flag.as_ref()?.takes {
        FlagArity::Nothing(texts) => {
            let times = usize::from(matches.get_count(key.name)).min(texts.len());
            vec![texts[times.checked_sub(1)?].into()]
        }
        FlagArity::Value(_) | FlagArity::Switch | FlagArity::Items { .. } => {
            matches.remove_many(key.name)?.collect()
        }
    };
    Some((key.name, texts))
}
