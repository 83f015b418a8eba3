//! The words of a command line, classified as flags and values.

use std::ffi::OsString;
use std::fmt;

use clap::{Arg, ArgAction, Command};

use crate::escape::Excerpt;
use crate::keys::{self, FlagArity};
use crate::secret::REDACTED;

/// A word for display; lossy if it isn't UTF-8.
#[derive(Clone, Debug)]
pub(super) struct Word(pub(super) String);

impl Word {
    pub(super) fn of(typed: &OsString) -> Self {
        Self(typed.to_string_lossy().into_owned())
    }
}

/// Words as quoted in messages: whatever looks like a secret is redacted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'w>(pub(super) &'w str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(words) = self;
        if keys::looks_secret(words) {
            f.write_str(REDACTED)
        } else if words.contains("://") {
            Excerpt(&keys::without_user(words)).fmt(f)
        } else {
            Excerpt(words).fmt(f)
        }
    }
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arity {
    Nothing,
    Switch,
    Value,
    Items { comma: bool },
}

/// What a flag takes, whether it belongs to a key or not.
pub(super) fn arity(arg: &Arg) -> Arity {
    match arg.get_action() {
        ArgAction::Append => Arity::Items { comma: has_commas(arg) },
        ArgAction::Set if arg.is_require_equals_set() => Arity::Switch,
        ArgAction::Set => Arity::Value,
        _ => Arity::Nothing,
    }
}

fn has_commas(arg: &Arg) -> bool {
    let key = keys::ALL.iter().find(|key| arg.get_id() == key.name);
    let takes = key.and_then(|key| key.flag.as_ref()).map(|flag| flag.takes);
    matches!(takes, Some(FlagArity::Items { comma: true, .. }))
}

/// The flag with this long name.
pub(super) fn flag_of<'c>(command: &'c Command, long: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(long))
}

/// The flag with this short name.
pub(super) fn short_of(command: &Command, short: char) -> Option<&Arg> {
    command.get_arguments().find(|arg| arg.get_short() == Some(short))
}

/// Quotes a string as one word for a shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |it: char| it.is_alphanumeric() || "-_.,:/@%+=^~".contains(it);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
