//! What was typed.

mod help;
#[cfg(test)]
mod man;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::completion::{self, Shell};
use crate::keys::{self, Flag, Key, Section, Takes};
use crate::version::VersionFormat;

/// What kai is asked to do.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// `kai`: take an inventory.
    Inventory(Args),
    /// `kai config`: show the settings that hold.
    Config(Args),
    /// `kai config --defaults`: show a file to start from.
    Defaults,
    /// `kai version`: say which kai this is.
    Version(VersionFormat),
    /// `kai completion`: print a shell's script.
    Completion(&'static Shell),
    /// What that script asks: complete the last of these words.
    Answer(Vec<OsString>),
}

/// The flags that were typed, as texts.
#[derive(Debug, Default)]
pub(crate) struct Args {
    /// Those that are keys, by the key's name.
    keys: BTreeMap<&'static str, Vec<OsString>>,
    /// `--config`
    pub(crate) config: Option<OsString>,
    /// `--filename`
    pub(crate) filename: Option<OsString>,
    /// `--all-namespaces`
    pub(crate) all_namespaces: bool,
    /// `--cluster`, a cluster of the kubeconfig
    pub(crate) cluster: Option<String>,
    /// `--user`, a user of the kubeconfig
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
    /// The texts that were typed for a key; several only where it is a list.
    pub(crate) fn typed(&self, key: &Key) -> Option<&[OsString]> {
        self.keys.get(key.name).map(Vec::as_slice)
    }

    /// Takes away what was typed for a key.
    pub(crate) fn forget(&mut self, key: &Key) {
        self.keys.remove(key.name);
    }
}

/// Reads the command line.
///
/// # Errors
/// When it is wrong, and also when it asks for the help or the version: clap's error says which,
/// and holds the text.
pub(crate) fn parse(argv: impl IntoIterator<Item = OsString>) -> Result<Invocation, clap::Error> {
    let mut argv = argv.into_iter().peekable();
    let command = if argv.peek().is_some_and(is_plugin) { plugin() } else { command() };
    let mut matches = command.try_get_matches_from(argv)?;
    Ok(match matches.remove_subcommand() {
        Some((name, matches)) => subcommand(&name, matches),
        None => Invocation::Inventory(args(matches)),
    })
}

/// Whether kai was called by the name under which kubectl finds it.
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

fn subcommand(name: &str, mut matches: ArgMatches) -> Invocation {
    match (name, completion::shell(&matches)) {
        (completion::COMPLETION, Some(shell)) => Invocation::Completion(shell),
        (completion::ANSWER, _) => Invocation::Answer(completion::words(matches)),
        (CONFIG, _) if matches.get_flag(DEFAULTS) => Invocation::Defaults,
        (CONFIG, _) => Invocation::Config(args(matches)),
        _ => Invocation::Version(matches.remove_one(VERSION_OUTPUT).unwrap_or_default()),
    }
}

fn typed(key: &Key, matches: &mut ArgMatches) -> Option<(&'static str, Vec<OsString>)> {
    let texts = match key.flag.as_ref()?.takes {
        Takes::Nothing(texts) => {
            let times = usize::from(matches.get_count(key.name)).min(texts.len());
            vec![texts[times.checked_sub(1)?].into()]
        }
        Takes::Value(_) | Takes::Switch | Takes::Items { .. } => {
            matches.remove_many(key.name)?.collect()
        }
    };
    Some((key.name, texts))
}

const CONFIG: &str = "config";
const DEFAULTS: &str = "defaults";
const DELIVER: &str = "deliver";
const DRY_RUN: &str = "dry-run";
const FILENAME: &str = "filename";
const ALL_NAMESPACES: &str = "all-namespaces";
const CLUSTER: &str = "cluster";
const USER: &str = "user";
const AS: &str = "as";
const AS_GROUP: &str = "as-group";
const VERSION_OUTPUT: &str = "version-output";

/// The flags of the keys, and those that are none.
fn flags() -> impl Iterator<Item = Arg> {
    let flags = keys::ALL.iter().filter_map(|key| Some((key.flag.as_ref()?.section, flag(key)?)));
    let mut args = vec![(Section::Running, config_file()), (Section::Source, filename())];
    args.extend(flags);
    args.extend(flags_that_are_no_keys());
    // Stable: within a section they keep this order.
    args.sort_by_key(|(section, _)| *section);
    args.into_iter().map(|(section, arg)| arg.help_heading(section.title()))
}

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("kai")
        .bin_name("kai")
        .version(env!("CARGO_PKG_VERSION"))
        .about(help::SHORT_ABOUT)
        .long_about(help::ABOUT)
        .after_help(help::AFTER)
        .after_long_help(help::after_long())
        .max_term_width(100)
        // The last of several wins, so that an alias can be overridden.
        .args_override_self(true)
        .args_conflicts_with_subcommands(true)
        // Declared below, to come last.
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(flags())
        .args(about())
        .subcommand(config())
        .subcommand(version())
        .subcommand(completion::command())
        .subcommand(completion::answer_command())
}

/// The same as people type it who have kai as a plugin of kubectl.
fn plugin() -> Command {
    command().bin_name("kubectl kai").about(help::PLUGIN_ABOUT).long_about(format!(
        "{}\n\n{}",
        help::ABOUT,
        help::PLUGIN
    ))
}

/// The flag of a key.
fn flag(key: &'static Key) -> Option<Arg> {
    let Flag { long, short, takes, .. } = key.flag.as_ref()?;
    let arg = Arg::new(key.name)
        .long(*long)
        .short(*short)
        .help(help::short(key))
        .long_help(help::long(key))
        .value_parser(OsStringValueParser::new());
    Some(match takes {
        Takes::Value(name) => arg.value_name(*name),
        Takes::Switch => arg
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Takes::Nothing(_) => arg.value_parser(clap::value_parser!(u8)).action(ArgAction::Count),
        Takes::Items { name, .. } => arg.value_name(*name).action(ArgAction::Append),
    })
}

/// `--config`
fn config_file() -> Arg {
    Arg::new(CONFIG)
        .short('c')
        .long("config")
        .value_name("FILE")
        .value_parser(OsStringValueParser::new())
        .help("Configuration file to read")
}

/// `--filename`, which replaces the cluster.
fn filename() -> Arg {
    Arg::new(FILENAME)
        .short('f')
        .long("filename")
        .value_name("FILE")
        .value_parser(OsStringValueParser::new())
        .conflicts_with_all([
            keys::KUBECONFIG_PATH.key.name,
            keys::KUBECONFIG_CONTEXT.key.name,
            CLUSTER,
            USER,
            AS,
            AS_GROUP,
        ])
        .help("Read pods from this file (-: stdin) instead of a cluster")
        .long_help(
            "Read pods from this file (-: stdin) instead of a cluster: what `kubectl get \
             namespaces,pods -A -o json` printed",
        )
}

fn flags_that_are_no_keys() -> [(Section, Arg); 7] {
    let name =
        |id: &'static str, help: &'static str| Arg::new(id).long(id).value_name("NAME").help(help);
    let switch = |id: &'static str, help: &'static str| {
        Arg::new(id).long(id).action(ArgAction::SetTrue).help(help)
    };
    [
        (
            Section::Source,
            name(CLUSTER, "Cluster of the kubeconfig to use instead of the context's"),
        ),
        (Section::Source, name(USER, "User of the kubeconfig to use instead of the context's")),
        (Section::Source, name(AS, "User to impersonate")),
        (
            Section::Source,
            name(AS_GROUP, "Group to impersonate; may be repeated").action(ArgAction::Append),
        ),
        (
            Section::Namespaces,
            Arg::new(ALL_NAMESPACES)
                .short('A')
                .long("all-namespaces")
                .action(ArgAction::SetTrue)
                .help("Every namespace, whatever -n or the configuration names"),
        ),
        (
            Section::Delivery,
            switch(DELIVER, "Deliver also what --filename gives, if Anchore is configured"),
        ),
        (Section::Delivery, switch(DRY_RUN, "Do everything but deliver, and say where to")),
    ]
}

/// The flags that ask about kai itself.
fn about() -> [Arg; 2] {
    let arg = |id: &'static str, short, action| {
        Arg::new(id).short(short).long(id).action(action).help_heading("About kai")
    };
    [
        arg("help", 'h', ArgAction::Help).help("Show this help; --help says more, -h less"),
        arg("version", 'V', ArgAction::Version).help("Show the version; `kai version` says more"),
    ]
}

fn config() -> Command {
    Command::new(CONFIG)
        .about("Show the settings that hold, each with where it comes from")
        .long_about(help::CONFIG)
        .disable_help_flag(true)
        .args_override_self(true)
        .arg(
            Arg::new(DEFAULTS)
                .long(DEFAULTS)
                .action(ArgAction::SetTrue)
                .exclusive(true)
                .help("Show a file to start from instead, with every key and its default"),
        )
        .args(flags())
        .args(about().into_iter().take(1))
}

fn version() -> Command {
    Command::new("version")
        .about("Show which kai this is, and what it was built of")
        .arg(completion::help())
        .arg(
            Arg::new(VERSION_OUTPUT)
                .short('o')
                .long("output")
                .value_name("FORMAT")
                .ignore_case(true)
                .value_parser(PossibleValuesParser::new(["text", "json"]).map(|name| {
                    if name.eq_ignore_ascii_case("json") {
                        VersionFormat::Json
                    } else {
                        VersionFormat::Text
                    }
                }))
                .help("Form of the answer [default: text]"),
        )
}
