//! The clap command: flags, generated from the list of keys, and subcommands.

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, Command};

use super::{VersionFormat, help};
use crate::keys::{self, Flag, FlagArity, Key, Section};
use crate::shells;

pub(super) const CONFIG: &str = "config";
pub(super) const DEFAULTS: &str = "defaults";
pub(super) const DELIVER: &str = "deliver";
pub(super) const DRY_RUN: &str = "dry-run";
pub(super) const WATCH: &str = "watch";
pub(super) const FILENAME: &str = "filename";
pub(super) const ALL_NAMESPACES: &str = "all-namespaces";
pub(super) const CLUSTER: &str = "cluster";
pub(super) const USER: &str = "user";
pub(super) const AS: &str = "as";
pub(super) const AS_GROUP: &str = "as-group";
pub(super) const COLOR: &str = "color";
pub(super) const COLUMNS: &str = "columns";
pub(super) const NO_HEADERS: &str = "no-headers";
pub(super) const SORT_BY: &str = "sort-by";
pub(super) const PIN: &str = "pin";
pub(super) const LABEL_COLUMNS: &str = "label-columns";
pub(crate) const WHERE: &str = "where";
pub(crate) const PATTERNS: &str = "pattern";
pub(super) const EXPECT: &str = "expect";
pub(super) const DIFF: &str = "diff";
pub(crate) const OLD: &str = "old";
pub(crate) const NEW: &str = "new";
pub(super) const VERSION_OUTPUT: &str = "version-output";

/// The flags that `-h` shows: with more, it would not fit on a screen.
const USUAL: [&str; 11] = [
    FILENAME,
    keys::KUBECONFIG_PATH.key.name,
    keys::KUBECONFIG_CONTEXT.key.name,
    keys::INCLUDE.key.name,
    keys::EXCLUDE.key.name,
    keys::IMAGES_INCLUDE.key.name,
    keys::PODS_SELECTOR.key.name,
    keys::OUTPUT.key.name,
    keys::QUIET.key.name,
    keys::LOG_LEVEL.key.name,
    EXPECT,
];

/// The flags of keys, and the other flags.
fn flags() -> impl Iterator<Item = Arg> {
    let flags = keys::ALL.iter().filter_map(|key| Some((key.flag.as_ref()?.section, flag(key)?)));
    let mut args = vec![(Section::Running, config_file()), (Section::Source, filename())];
    args.extend(flags);
    args.extend(flags_that_are_no_keys());
    // A stable sort, which preserves the order within a section.
    args.sort_by_key(|(section, _)| *section);
    args.into_iter().map(|(section, arg)| {
        let is_usual = USUAL.contains(&arg.get_id().as_str());
        arg.help_heading(section.title()).hide_short_help(!is_usual)
    })
}

/// The same for a command that uses none of them: an alias may contain flags, before the command or
/// after it.
pub(crate) fn unused_flags() -> impl Iterator<Item = Arg> {
    flags().map(|arg| arg.hide(true))
}

/// The whole command line.
pub(crate) fn command() -> Command {
    Command::new("kai")
        .bin_name("kai")
        .version(env!("CARGO_PKG_VERSION"))
        .about(help::SHORT_ABOUT)
        .long_about(help::about())
        .after_help(help::AFTER)
        .after_long_help(help::after_long())
        .max_term_width(100)
        // The last of several wins, so that an alias can be overridden.
        .args_override_self(true)
        // Declared below, so that it comes last.
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args(flags())
        .args(about())
        .subcommand(where_images())
        .subcommand(diff())
        .subcommand(config())
        .subcommand(version())
        .subcommand(shells::command(|| unused_flags().collect()))
        .subcommand(shells::answer_command())
}

/// The same when kai is invoked as a kubectl plugin.
pub(super) fn plugin() -> Command {
    command().bin_name("kubectl kai").about(help::PLUGIN_ABOUT).long_about(format!(
        "{}\n\n{}",
        help::about(),
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
        FlagArity::Value(name) => arg.value_name(*name),
        FlagArity::Switch => arg
            .value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        FlagArity::Nothing(_) => arg.value_parser(clap::value_parser!(u8)).action(ArgAction::Count),
        FlagArity::Items { name, .. } => arg.value_name(*name).action(ArgAction::Append),
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

/// `--filename`, which replaces the cluster as the source.
fn filename() -> Arg {
    Arg::new(FILENAME)
        .short('f')
        .long("filename")
        .value_name("FILE")
        .action(ArgAction::Append)
        .value_parser(OsStringValueParser::new())
        .help("Read pods from this file (-: stdin) instead of a cluster (repeatable)")
        .long_help(
            "Read pods from this file (-: stdin) instead of a cluster: what `kubectl get \
             namespaces,pods -A -o json` printed. It may be repeated",
        )
}

fn flags_that_are_no_keys() -> [(Section, Arg); 14] {
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
                .help("All namespaces, even if -n or the configuration names some"),
        ),
        (
            Section::Output,
            name(COLOR, "Color stderr: auto, always or never [default: auto]")
                .value_name("WHEN")
                .ignore_case(true)
                .hide_possible_values(true)
                .value_parser(["auto", "always", "never"]),
        ),
        (
            Section::Output,
            name(COLUMNS, "Columns to show, comma-separated, in this order")
                .value_name("COLUMN")
                .value_delimiter(',')
                .action(ArgAction::Append),
        ),
        (
            Section::Running,
            switch(WATCH, "Then show each image that appears or vanishes, until Ctrl-C")
                .short('w')
                .long_help(
                    "Show what runs, then a line for each image that appears in a namespace or \
                     vanishes from it, until Ctrl-C. Nothing is delivered. `-o jsonl` has the \
                     lines as objects with an `event`",
                ),
        ),
        (Section::Output, switch(NO_HEADERS, "Tables and CSV without headers")),
        (Section::Output, name(SORT_BY, "Sort rows by this column").value_name("COLUMN")),
        (
            Section::Output,
            name(PIN, "How refs and mirror name images: digest, tag or both [default: digest]")
                .hide_possible_values(true)
                .value_name("HOW")
                .ignore_case(true)
                .value_parser(["digest", "tag", "both"]),
        ),
        (
            Section::Output,
            name(LABEL_COLUMNS, "Show the value of this label of pods as a column (repeatable)")
                .short('L')
                .value_name("KEY")
                .value_delimiter(',')
                .action(ArgAction::Append),
        ),
        (
            Section::Delivery,
            switch(DELIVER, "Deliver a report from --filename too, if Anchore is configured"),
        ),
        (
            Section::Delivery,
            switch(DRY_RUN, "Do everything but deliver, and show where to").long_help(
                "Do everything but deliver, and show where to, by which API and how much. -v logs \
                 the request body, and `-o json` writes it to stdout in mode adhoc, instead of \
                 the report",
            ),
        ),
    ]
}

/// Flags for information about kai itself.
fn about() -> [Arg; 2] {
    let arg = |id: &'static str, short, action| {
        Arg::new(id).short(short).long(id).action(action).help_heading("Help")
    };
    [
        arg("help", 'h', ArgAction::Help).help("Show this help; --help shows more, -h less"),
        arg("version", 'V', ArgAction::Version).help("Show the version; `kai version` shows more"),
    ]
}

/// `--expect`, by which a command is a gate in CI.
fn expect(what: &'static str) -> Arg {
    Arg::new(EXPECT)
        .long(EXPECT)
        .value_name("WHAT")
        .ignore_case(true)
        .value_parser(["none", "some"])
        .help(what)
}

fn where_images() -> Command {
    Command::new(WHERE)
        .about("Show which containers run an image, in which workloads, since when")
        .long_about(help::WHERE)
        .after_long_help(help::WHERE_EXAMPLES)
        .disable_help_flag(true)
        .args_override_self(true)
        .arg(
            Arg::new(PATTERNS)
                .value_name("PATTERN")
                .required(true)
                .num_args(1..)
                .value_parser(OsStringValueParser::new())
                .help("Which images; of several patterns one has to match"),
        )
        .arg(expect("Exit with 5 unless this is found: none or some"))
        .args(flags())
        .args(about().into_iter().take(1))
}

fn diff() -> Command {
    let report = |id: &'static str, name: &'static str| {
        Arg::new(id).value_name(name).value_parser(OsStringValueParser::new())
    };
    Command::new(DIFF)
        .about("Show which images appeared, vanished or moved between two reports")
        .long_about(help::DIFF)
        .after_long_help(help::DIFF_EXAMPLES)
        .disable_help_flag(true)
        .args_override_self(true)
        .arg(report(OLD, "OLD").required(true).help("The earlier report, or list of pods"))
        .arg(report(NEW, "NEW").help("The later one; without it, the cluster as it is now"))
        .arg(expect("Exit with 5 unless this is found: none or some"))
        .args(flags())
        .args(about().into_iter().take(1))
}

fn config() -> Command {
    Command::new(CONFIG)
        .about("Show the effective settings, each with its origin")
        .long_about(help::CONFIG)
        .disable_help_flag(true)
        .args_override_self(true)
        .arg(Arg::new(DEFAULTS).long(DEFAULTS).action(ArgAction::SetTrue).exclusive(true).help(
            "Show a template of a configuration file instead, with every key and its default",
        ))
        .args(flags())
        .args(about().into_iter().take(1))
}

fn version() -> Command {
    Command::new("version")
        .about("Show the version of kai, and what it was built from")
        .args_override_self(true)
        .args(unused_flags().filter(|arg| arg.get_id() != keys::OUTPUT.key.name))
        .arg(shells::help())
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
                .help("Format of the output [default: text]"),
        )
}
