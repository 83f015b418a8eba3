//! Answers the shell scripts: completes the words on the command line.

mod live;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::exit;
use std::thread;

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use crate::args;
use crate::exit::Exit;
use crate::keys::{self, Key};
use crate::output::print_with;
use live::{Live, PATIENCE};

/// Requests file name completion.
const FILES: &str = "<files>";

/// Completes the last of the words, `kai` being the first. There are no errors: what can't be
/// completed yields nothing.
pub(crate) fn answer(words: &[OsString]) -> io::Result<()> {
    // The deadline: exiting the process ends whatever it blocks on, be it a server or a file.
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        exit(Exit::Success.code().into());
    });
    let lines = lines(words, &Live::of(words));
    print_with(|out| out.write_all(lines.as_bytes()))
}

/// The response in the script's format.
fn lines(words: &[OsString], live: &Live) -> String {
    let Some(last) = words.len().checked_sub(1) else { return String::new() };
    let mut command = completed(live);
    let candidates = complete(&mut command, words.to_vec(), last, None).unwrap_or_default();
    let mut lines = String::new();
    for candidate in candidates {
        let Some(value) = candidate.get_value().to_str() else { continue };
        if value.ends_with(FILES) {
            lines.push_str(FILES);
        } else if is_plain(value) {
            lines.push_str(value);
            if let Some(help) = candidate.get_help() {
                lines.push('\t');
                lines.push_str(help.to_string().lines().next().unwrap_or_default());
            }
        } else {
            continue;
        }
        lines.push('\n');
    }
    lines
}

/// Whether a string is safe in every shell without quoting. Names come from servers and files: one
/// that a shell would expand, or run, is not offered.
fn is_plain(text: &str) -> bool {
    text.chars().all(|it| it.is_alphanumeric() || "-_.,:/@%+=".contains(it))
}

/// The clap command, with a completer for each value.
fn completed(live: &Live) -> Command {
    let live_images = one(live, live::images);
    let command = args::command().mut_subcommand(args::WHERE, |command| {
        command.mut_arg(args::PATTERNS, |arg| arg.add(live_images))
    });
    command.mut_args(|arg| match arg.get_id().as_str() {
        id if id == keys::INCLUDE.key.name => arg.add(items(live, live::namespaces)),
        id if id == keys::EXCLUDE.key.name => arg.add(one(live, live::namespaces)),
        id if id == keys::IMAGES_INCLUDE.key.name || id == keys::IMAGES_EXCLUDE.key.name => {
            arg.add(one(live, live::images))
        }
        args::OLD | args::NEW => {
            let files = [FILES.to_owned()];
            arg.add(ArgValueCompleter::new(move |typed: &OsStr| matching(&files, "", typed)))
        }
        id if id == keys::KUBECONFIG_CONTEXT.key.name => arg.add(one(live, live::contexts)),
        id => match fixed(&arg, keys::ALL.iter().find(|key| key.name == id).copied()) {
            values if values.is_empty() => arg,
            values => {
                arg.add(ArgValueCompleter::new(move |typed: &OsStr| matching(&values, "", typed)))
            }
        },
    })
}

/// Completes a name.
fn one(live: &Live, names: fn(&Live) -> Vec<String>) -> ArgValueCompleter {
    let live = live.clone();
    ArgValueCompleter::new(move |typed: &OsStr| matching(&names(&live), "", typed))
}

/// Completes the last of several names, separated by commas.
fn items(live: &Live, names: fn(&Live) -> Vec<String>) -> ArgValueCompleter {
    let live = live.clone();
    ArgValueCompleter::new(move |typed: &OsStr| {
        let text = typed.to_str().unwrap_or_default();
        let before = text.rfind(',').map_or("", |comma| &text[..=comma]);
        matching(&names(&live), before, typed)
    })
}

/// The values that begin with what was typed, each prefixed with the items before it.
fn matching(values: &[String], before: &str, typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(typed) = typed.to_str() else { return Vec::new() };
    let values = values.iter().map(|value| format!("{before}{value}"));
    let fits = |value: &String| value == FILES || value.starts_with(typed);
    values.filter(fits).map(CompletionCandidate::new).collect()
}

/// The statically known values of a flag.
fn fixed(arg: &Arg, key: Option<&Key>) -> Vec<String> {
    let mut values: Vec<String> =
        key.map(choices).unwrap_or_default().into_iter().map(str::to_owned).collect();
    let names = arg.get_value_names().unwrap_or_default();
    if names.iter().any(|name| name == "FILE" || name == "PATH") {
        values.push(FILES.to_owned());
    }
    values
}

/// The words in a key's `expects` text, which are in backticks there.
pub(super) fn choices(key: &Key) -> Vec<&'static str> {
    let quoted = key.expects.split('`').skip(1).step_by(2);
    let is_word = |text: &&str| {
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'=');
        text.len() > 1 && text.bytes().all(is_letter)
    };
    quoted.filter(is_word).collect()
}
