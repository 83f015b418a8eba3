//! Shell completion: a script for each shell, and the protocol by which it calls kai.
//!
//! The protocol is defined here only, and is stable, so that a saved script continues to work with
//! a newer kai: `kai __complete [--new-word] -- WORD…` completes the last word (with `--new-word`
//! an empty one after it, for shells that can't pass empty words), and prints lines of
//! `value<TAB>help`. A line `<files>` requests file name completion in addition.

use std::ffi::OsString;
use std::io;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::output::print_with;

/// The subcommand for users.
pub(crate) const COMPLETION: &str = "completion";
/// The subcommand for scripts.
pub(crate) const ANSWER: &str = "__complete";
const WORDS: &str = "words";
const NEW_WORD: &str = "new-word";

/// A supported shell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shell {
    name: &'static str,
    script: &'static str,
    /// How to use it, for `--help`.
    usage: &'static str,
}

static SHELLS: [Shell; 5] = [
    Shell {
        name: "bash",
        script: include_str!("shells/scripts/kai.bash"),
        usage: "\
In the current shell:
  eval \"$(kai completion bash)\"

Permanently (requires the package bash-completion):
  mkdir -p ~/.local/share/bash-completion/completions
  kai completion bash > ~/.local/share/bash-completion/completions/kai

Without that package, in ~/.bashrc:
  eval \"$(kai completion bash)\"",
    },
    Shell {
        name: "zsh",
        script: include_str!("shells/scripts/kai.zsh"),
        usage: "\
In the current shell (after compinit):
  eval \"$(kai completion zsh)\"

Permanently, in a directory of $fpath, and before compinit is called in ~/.zshrc:
  mkdir -p ~/.zfunc
  kai completion zsh > ~/.zfunc/_kai
  # in ~/.zshrc:
  fpath=(~/.zfunc $fpath)
  autoload -Uz compinit && compinit",
    },
    Shell {
        name: "fish",
        script: include_str!("shells/scripts/kai.fish"),
        usage: "\
In the current shell:
  kai completion fish | source

Permanently:
  kai completion fish > ~/.config/fish/completions/kai.fish",
    },
    Shell {
        name: "elvish",
        script: include_str!("shells/scripts/kai.elv"),
        usage: "\
In the current shell:
  eval (kai completion elvish | slurp)

Permanently:
  kai completion elvish >> ~/.config/elvish/rc.elv",
    },
    Shell {
        name: "powershell",
        script: include_str!("shells/scripts/kai.ps1"),
        usage: "\
In the current shell:
  kai completion powershell | Out-String | Invoke-Expression

Permanently:
  kai completion powershell >> $PROFILE",
    },
];

/// `kai completion SHELL`, which accepts kai's other flags without using them.
pub(crate) fn command(unused_flags: impl Fn() -> Vec<Arg>) -> Command {
    let shells = SHELLS.iter().map(|shell| {
        Command::new(shell.name)
            .about(format!("The script for {}", shell.name))
            .after_help(shell.usage)
            .args_override_self(true)
            .args(unused_flags())
            .arg(help())
    });
    Command::new(COMPLETION)
        .about("Print the shell completion script for the flags of kai and their values")
        .after_help("`kai completion SHELL --help` shows how to use it.")
        .subcommand_required(true)
        .subcommand_value_name("SHELL")
        .subcommand_help_heading("Shells")
        .disable_help_subcommand(true)
        .args_override_self(true)
        .args(unused_flags())
        .arg(help())
        .subcommands(shells)
}

/// `kai __complete`
pub(crate) fn answer_command() -> Command {
    Command::new(ANSWER)
        .hide(true)
        .arg(Arg::new(NEW_WORD).long(NEW_WORD).action(ArgAction::SetTrue))
        .arg(Arg::new(WORDS).last(true).num_args(0..).value_parser(clap::value_parser!(OsString)))
}

/// `-h` of a subcommand.
pub(crate) fn help() -> Arg {
    Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Show this help")
}

/// The shell named in `kai completion SHELL`.
pub(crate) fn shell(matches: &ArgMatches) -> Option<&'static Shell> {
    let name = matches.subcommand_name()?;
    SHELLS.iter().find(|shell| shell.name == name)
}

/// The words of `kai __complete`, the last of which is to be completed.
pub(crate) fn words(mut matches: ArgMatches) -> Vec<OsString> {
    let empty = matches.get_flag(NEW_WORD).then(OsString::new);
    let words = matches.remove_many(WORDS).into_iter().flatten();
    words.chain(empty).collect()
}

/// Writes a shell's script to stdout.
pub(crate) fn print(shell: &Shell) -> io::Result<()> {
    print_with(|out| out.write_all(shell.script.as_bytes()))
}
