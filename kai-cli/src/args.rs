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
use std::fmt;
use std::path::Path;

use clap::ArgMatches;
use clap::error::ErrorKind;
use kai_core::ImagePattern;

use crate::keys::{self, FlagArity, Key};
use crate::shells::{self, Shell};

use command::{
    ALL_NAMESPACES, AS, AS_GROUP, CLUSTER, COLOR, COLUMNS, CONFIG, DEFAULTS, DELIVER, DIFF,
    DRY_RUN, EXPECT, FILENAME, LABEL_COLUMNS, NO_HEADERS, PIN, SORT_BY, USER, VERSION_OUTPUT,
    WATCH, plugin,
};

pub(crate) use command::{NEW, OLD, PATTERNS, WHERE, command};
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
    /// `kai where`: find the containers that run an image.
    Where(Args, Sought),
    /// `kai diff`: compare two reports.
    Diff(Args, Compared),
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

/// What `kai where` looks for.
#[derive(Clone, Debug)]
pub(crate) struct Sought {
    /// The patterns.
    pub(crate) patterns: Vec<ImagePattern>,
    /// What is expected to be found.
    pub(crate) expect: Option<Expect>,
}

/// What `kai diff` compares.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    /// The earlier report.
    pub(crate) old: OsString,
    /// The later one; `None`: the cluster.
    pub(crate) new: Option<OsString>,
    /// What is expected to differ.
    pub(crate) expect: Option<Expect>,
}

/// What a gate expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Nothing.
    None,
    /// At least one thing.
    Some,
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Some => "some",
        })
    }
}

impl Expect {
    /// Whether so many are as expected.
    pub(crate) fn is_met(self, count: usize) -> bool {
        (self == Self::None) == (count == 0)
    }
}

/// The given flags, unparsed.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Args {
    /// Flags of keys, by the key's name.
    keys: BTreeMap<&'static str, Vec<OsString>>,
    /// `--config`
    pub(crate) config: Option<OsString>,
    /// `--filename`, of which several are read one after another
    pub(crate) filename: Vec<OsString>,
    /// Whether they are those of `kai where`, whose rows are of single pods.
    pub(crate) of_where: bool,
    /// `--color`: whether stderr is colored; `None`: where it is a terminal
    pub(crate) color: Option<bool>,
    /// `--columns`
    pub(crate) columns: Vec<String>,
    /// `--no-headers`
    pub(crate) no_headers: bool,
    /// `--sort-by`
    pub(crate) sort_by: Option<String>,
    /// `--pin`
    pub(crate) pin: Option<String>,
    /// `--label-columns`
    pub(crate) label_columns: Vec<String>,
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
    /// `--watch`
    pub(crate) watch: bool,
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
        let Self { keys, config, cluster, user, impersonate, sort_by, pin, .. } = self;
        let names = [cluster, user, impersonate, sort_by, pin].iter().all(|text| text.is_none());
        let switched = self.all_namespaces || self.deliver || self.dry_run || self.no_headers;
        let switched = switched || self.watch;
        let lists = [&self.impersonate_groups, &self.columns, &self.label_columns];
        let switched = switched || self.color.is_some();
        let listed = lists.iter().any(|list| !list.is_empty()) || !self.filename.is_empty();
        keys.is_empty() && config.is_none() && names && !listed && !switched
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
        let both = |mut earlier: Vec<String>, later| {
            earlier.extend(later);
            earlier
        };
        let mut filename = self.filename;
        filename.extend(later.filename);
        Self {
            keys: self.keys,
            config: later.config.or(self.config),
            filename,
            of_where: false,
            color: later.color.or(self.color),
            columns: both(self.columns, later.columns),
            no_headers: later.no_headers || self.no_headers,
            sort_by: later.sort_by.or(self.sort_by),
            pin: later.pin.or(self.pin),
            label_columns: both(self.label_columns, later.label_columns),
            all_namespaces: later.all_namespaces || self.all_namespaces,
            cluster: later.cluster.or(self.cluster),
            user: later.user.or(self.user),
            impersonate: later.impersonate.or(self.impersonate),
            impersonate_groups: both(self.impersonate_groups, later.impersonate_groups),
            deliver: later.deliver || self.deliver,
            dry_run: later.dry_run || self.dry_run,
            watch: later.watch || self.watch,
        }
    }

    /// The flags of a command that answers once.
    fn checked_once(self, command: &str) -> Result<Self, Misuse> {
        if self.watch {
            return Err(Misuse::new(format!(
                "`kai {command}` answers once: it has no `--{WATCH}`"
            )));
        }
        self.checked()
    }

    /// Rejects flags that select a cluster if a file is read instead.
    fn checked(self) -> Result<Self, Misuse> {
        if self.watch && !self.filename.is_empty() {
            return Err(Misuse::exclusive(FILENAME, WATCH, "an input is read once"));
        }
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
            Some((choice, _)) if !self.filename.is_empty() => {
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
        filename: many(&mut matches, FILENAME),
        of_where: false,
        color: color(&mut matches),
        columns: many(&mut matches, COLUMNS),
        no_headers: matches.get_flag(NO_HEADERS),
        sort_by: matches.remove_one(SORT_BY),
        pin: matches.remove_one(PIN),
        label_columns: many(&mut matches, LABEL_COLUMNS),
        all_namespaces: matches.get_flag(ALL_NAMESPACES),
        cluster: matches.remove_one(CLUSTER),
        user: matches.remove_one(USER),
        impersonate: matches.remove_one(AS),
        impersonate_groups: many(&mut matches, AS_GROUP),
        deliver: matches.get_flag(DELIVER),
        dry_run: matches.get_flag(DRY_RUN),
        watch: matches.get_flag(WATCH),
    }
}

/// The values of a flag that may be given several times.
fn many<T: Clone + Send + Sync + 'static>(matches: &mut ArgMatches, id: &str) -> Vec<T> {
    matches.remove_many(id).into_iter().flatten().collect()
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
        (WHERE, _) => {
            let patterns = many::<OsString>(&mut matches, PATTERNS);
            let patterns = patterns.iter().map(pattern).collect::<Result<_, _>>()?;
            let expect = expect(&mut matches);
            let args = before.and(args(matches)).checked_once(WHERE)?;
            let args = Args { of_where: true, ..args };
            Invocation::Where(args, Sought { patterns, expect })
        }
        (DIFF, _) => {
            let old = matches.remove_one(OLD).unwrap_or_default();
            let new: Option<OsString> = matches.remove_one(NEW);
            let expect = expect(&mut matches);
            let args = before.and(args(matches)).checked_once(DIFF)?;
            if let (Some(new), false) = (&new, args.filename.is_empty()) {
                let named = new.to_string_lossy();
                let why = format!("`{named}` is compared with already");
                return Err(Misuse::new(format!("`--{FILENAME}` has no place here: {why}")));
            }
            Invocation::Diff(args, Compared { old, new, expect })
        }
        (CONFIG, _) => Invocation::Config(before.and(args(matches)).checked()?),
        _ => Invocation::Version(match matches.remove_one(VERSION_OUTPUT) {
            Some(format) => format,
            None => version_format(&before)?,
        }),
    })
}

fn pattern(text: &OsString) -> Result<ImagePattern, Misuse> {
    keys::pattern(text).map_err(|keys::Invalid(cause)| {
        let shown = text.to_string_lossy();
        let why = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
        let what = format!("`{}` is no pattern of images{why}", crate::escape::Excerpt(&shown));
        Misuse::new(what).hint("`kai where --help` shows what a pattern may be")
    })
}

/// `always` or `never`; `None` for `auto`.
fn color(matches: &mut ArgMatches) -> Option<bool> {
    let choice: String = matches.remove_one(COLOR)?;
    let is = |name: &str| choice.eq_ignore_ascii_case(name);
    (!is("auto")).then(|| is("always"))
}

fn expect(matches: &mut ArgMatches) -> Option<Expect> {
    let expect: String = matches.remove_one(EXPECT)?;
    Some(if expect.eq_ignore_ascii_case("none") { Expect::None } else { Expect::Some })
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
