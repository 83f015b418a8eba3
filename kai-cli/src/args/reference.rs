//! `docs/reference/cli.md`, generated from the same commands and texts as the help.

use std::fmt::Write as _;

use clap::{Arg, Command};

use super::{command, help};
use crate::docs::{self, cell};

/// A table of flags for each section of the help.
fn flags(command: &Command) -> String {
    let shown = |arg: &&Arg| !arg.is_hide_set() && !arg.is_positional();
    let mut text = String::new();
    let mut heading = None;
    for arg in command.get_arguments().filter(shown) {
        let section = arg.get_help_heading().unwrap_or("Options");
        if heading != Some(section) {
            heading = Some(section);
            let _ = write!(text, "\n### {section}\n\n| flag | meaning | key |\n|---|---|---|\n");
        }
        let _ = writeln!(text, "{}", row(arg));
    }
    text
}

fn row(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("`-{short}`, "));
    let help = arg.get_long_help().or_else(|| arg.get_help()).unwrap().to_string();
    // What the help has in brackets is in the table of keys, too.
    let (help, key) = match help.split_once("\n[key: ") {
        Some((help, rest)) => (help.to_owned(), rest.split([',', ']']).next()),
        None => (help, None),
    };
    let key = key.map_or_else(|| " ".to_owned(), |key| format!(" `{key}` "));
    format!("| {}`{arg}` | {} |{key}|", short.unwrap_or_default(), cell(&help))
}

/// The flags of kai itself.
fn root() -> String {
    let mut command = command();
    command.build();
    flags(&command)
}

/// The commands, with their own flags.
fn commands() -> String {
    let mut root = command();
    root.build();
    let mut text = String::new();
    let named = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    for command in root.get_subcommands().filter(named) {
        let about = command.get_long_about().or_else(|| command.get_about()).unwrap();
        let _ = write!(text, "\n### kai {}\n\n{about}", command.get_name());
        if !about.to_string().ends_with('.') {
            text.push('.');
        }
        text.push('\n');
        let own = |arg: &&Arg| {
            !arg.is_hide_set()
                && arg.get_id() != "help"
                && !root.get_arguments().any(|of_root| of_root.get_id() == arg.get_id())
        };
        let mut own = command.get_arguments().filter(own).peekable();
        if own.peek().is_some() {
            text.push_str("\n| flag | meaning | key |\n|---|---|---|\n");
        }
        for arg in own {
            let _ = writeln!(text, "{}", row(arg));
        }
        // For a shell: how to use its script.
        for shell in command.get_subcommands().filter(named) {
            let usage = shell.get_after_help().unwrap();
            let _ = write!(text, "\n`kai {} {}`:\n\n", command.get_name(), shell.get_name());
            let _ = writeln!(text, "```text\n{usage}\n```");
        }
    }
    text
}

#[test]
fn docs_have_the_flags_and_the_commands() {
    let examples = format!("```text\n{}\n```\n", help::EXAMPLES.split_once('\n').unwrap().1);
    let parts = [("flags", root()), ("commands", commands()), ("examples", examples)];
    docs::compare("cli.md", &parts);
}
