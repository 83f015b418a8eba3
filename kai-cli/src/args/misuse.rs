//! Usage errors in the style of kai's other errors: clap detects them, but its own messages have
//! other quotes, other hints and a usage line that repeats the help.

use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::leftover::{self, Before, Leftover};
use super::words::{Arity, Shown, Word, arity, flag_of, quoted};
use crate::keys;

/// An invalid command line.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Misuse {
    message: String,
    hint: Option<String>,
}

impl Misuse {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The hint: how to correct it.
    pub(crate) fn what_helps(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Two mutually exclusive flags.
    pub(super) fn exclusive(one: &str, other: &str, why: &str) -> Self {
        Self::new(format!("`--{one}` and `--{other}` exclude each other: {why}"))
    }

    /// A flag that excludes all others.
    pub(super) fn alone(long: &str) -> Self {
        let misuse = Self::new(format!("`--{long}` stands alone, without any other flag"));
        misuse.hint(format!("write `kai config --{long}`"))
    }

    /// A format that a command doesn't print.
    pub(crate) fn format(command: &str, format: &str, formats: &str) -> Self {
        Self::new(format!("`kai {command}` does not print `{format}`: it prints {formats}"))
    }

    /// A pattern about what reports don't have.
    pub(crate) fn not_in_reports(pattern: &str) -> Self {
        let what = format!("{pattern} has no place in `kai diff`");
        Self::new(format!("{what}: a report does not have what the specs of pods say"))
    }

    /// Both sides of a comparison are standard input.
    pub(crate) fn stdin_twice() -> Self {
        Self::new("`kai diff - -` would read standard input twice: one of the two has to be a file")
    }

    /// A value that a flag doesn't accept.
    pub(super) fn invalid(long: &str, value: &OsStr, expected: &str) -> Self {
        let value = value.to_string_lossy();
        Self::new(format!("invalid value `{}` for `--{long}`: expected {expected}", Shown(&value)))
    }

    /// Converts clap's error.
    pub(super) fn of(error: &clap::Error, command: &Command, argv: &[OsString]) -> Self {
        let words: Vec<Word> = argv.iter().skip(1).map(Word::of).collect();
        let found = Found { error, command, words: &words };
        let misuse = match error.kind() {
            ErrorKind::UnknownArgument | ErrorKind::TooManyValues => found.unknown(),
            ErrorKind::InvalidSubcommand => found.leftover(),
            ErrorKind::InvalidValue => Some(found.invalid_value()),
            ErrorKind::MissingSubcommand => Some(found.no_subcommand()),
            ErrorKind::ArgumentConflict => Some(Self::alone(found.flag().trim_start_matches('-'))),
            ErrorKind::InvalidUtf8 => Found::not_utf8(argv),
            ErrorKind::MissingRequiredArgument => Some(found.nothing_given()),
            _ => None,
        };
        let misuse = misuse.unwrap_or_else(|| Self::new(in_short(error)));
        if misuse.hint.is_some() { misuse } else { misuse.hint(found.help()) }
    }
}

/// clap's error, and the command line.
struct Found<'a> {
    error: &'a clap::Error,
    command: &'a Command,
    words: &'a [Word],
}

impl Found<'_> {
    /// A string of the error's context.
    fn text(&self, kind: ContextKind) -> Option<&str> {
        match self.error.get(kind)? {
            ContextValue::String(text) => Some(text),
            ContextValue::Strings(texts) => texts.first().map(String::as_str),
            _ => None,
        }
    }

    fn texts(&self, kind: ContextKind) -> &[String] {
        match self.error.get(kind) {
            Some(ContextValue::Strings(texts)) => texts,
            _ => &[],
        }
    }

    /// The flag named by clap, without its value name: `--output <FORMAT>`.
    fn flag(&self) -> &str {
        let shown = self.text(ContextKind::InvalidArg).unwrap_or_default();
        shown.split([' ', '[', '=']).next().unwrap_or(shown)
    }

    /// Refers to the help, under the name by which kai was invoked.
    fn help(&self) -> String {
        let name = self.command.get_bin_name().unwrap_or(self.command.get_name());
        let (_, path) = leftover::last_level(self.command, self.words);
        let space = if path.is_empty() { "" } else { " " };
        format!("`{name}{space}{path} --help` lists what there is")
    }

    fn leftover(&self) -> Option<Misuse> {
        let found = leftover::find(self.command, self.words)?;
        let known = self.text(ContextKind::SuggestedSubcommand);
        let choices = found.level.get_subcommand_value_name().is_some();
        if let Some(long) = leftover::with_one_dash(self.command, self.words) {
            return Some(two_dashes(long));
        }
        if let Some(misuse) = found.words.iter().find_map(|word| typographic(word)) {
            return Some(misuse);
        }
        Some(if choices { Self::no_such_choice(&found) } else { leftover_word(&found, known) })
    }

    /// A command without what it is about.
    fn nothing_given(&self) -> Misuse {
        let (_, command) = leftover::last_level(self.command, self.words);
        let misuse = Misuse::new(format!("`kai {command}` needs at least one argument"));
        misuse.hint(match command.as_str() {
            "where" => "a pattern of images, as `kai where nginx`".to_owned(),
            "diff" => "a report, as `kai diff yesterday.json`".to_owned(),
            _ => self.help(),
        })
    }

    /// An unknown flag, or a value that a flag doesn't accept.
    fn unknown(&self) -> Option<Misuse> {
        let invalid = self.text(ContextKind::InvalidArg)?;
        if !invalid.starts_with('-') {
            return self.leftover();
        }
        if let Some(misuse) = self.value_of_no_value() {
            return Some(misuse);
        }
        if let Some((before, dashed)) = leftover::dashed(self.command, self.words, invalid) {
            let misuse = Misuse::new(format!("`{}` needs a value", Shown(&before)));
            return Some(misuse.hint(format!(
                "a value that begins with a dash stands behind `=`: `{}={}`",
                Shown(&before),
                Shown(&quoted(&dashed))
            )));
        }
        if let Some(long) = leftover::with_one_dash(self.command, self.words) {
            return Some(two_dashes(long));
        }
        let misuse = Misuse::new(format!("unknown flag `{}`", Shown(invalid)));
        let known = self.text(ContextKind::SuggestedArg);
        Some(match known {
            Some(known) => misuse.hint(format!("`{known}` is one")),
            None => misuse,
        })
    }

    /// `-v=2`, `--dry-run=client`: kubectl has such flags.
    fn value_of_no_value(&self) -> Option<Misuse> {
        let (typed, value, arg) = leftover::valued(self.command, self.words)?;
        let misuse =
            Misuse::new(format!("unexpected value `{}` for `{}`", Shown(&value), Shown(&typed)));
        Some(misuse.hint(no_value(&typed, arg)))
    }

    fn invalid_value(&self) -> Misuse {
        let (flag, value) = (self.flag(), self.text(ContextKind::InvalidValue).unwrap_or_default());
        let valid: Vec<_> =
            self.texts(ContextKind::ValidValue).iter().map(|it| format!("`{it}`")).collect();
        let expected = match (one_of(&valid), expects(flag)) {
            (Some(valid), _) => format!(": expected {valid}"),
            (None, Some(expects)) => format!(": expected {expects}"),
            (None, None) => String::new(),
        };
        if value.is_empty() {
            Misuse::new(format!("`{flag}` needs a value{expected}"))
        } else {
            Misuse::new(format!("invalid value `{}` for `{flag}`{expected}", Shown(value)))
        }
    }

    fn no_subcommand(&self) -> Misuse {
        let (level, path) = leftover::last_level(self.command, self.words);
        let what = level.get_subcommand_value_name().unwrap_or("COMMAND");
        Misuse::new(format!("`{path}` needs a {what}: expected {}", choices(level)))
    }

    fn no_such_choice(found: &Leftover<'_>) -> Misuse {
        let (word, name) = (Shown(found.first()), found.level.get_name());
        Misuse::new(format!(
            "invalid value `{word}` for `{name}`: expected {}",
            choices(found.level)
        ))
    }

    fn not_utf8(argv: &[OsString]) -> Option<Misuse> {
        let odd = argv.iter().find(|text| text.to_str().is_none())?;
        let shown = odd.to_string_lossy();
        Some(Misuse::new(format!("invalid value `{}`: expected UTF-8", Shown(&shown))))
    }
}

/// A flag whose dashes were replaced by typographic ones.
fn typographic(word: &str) -> Option<Misuse> {
    let dashes =
        ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}', '\u{ff0d}'];
    let name = word.trim_start_matches(dashes).trim_start_matches('-');
    if name.len() == word.len() || !word.starts_with(dashes) {
        return None;
    }
    let dash =
        if name.split('=').next().is_some_and(|it| it.chars().count() > 1) { "--" } else { "-" };
    let misuse = Misuse::new(format!("unexpected word `{}`", Shown(word)));
    Some(misuse.hint(format!("flags begin with `-`: write `{dash}{}`", Shown(name))))
}

fn two_dashes(long: &str) -> Misuse {
    let misuse = Misuse::new(format!("unknown flag `-{long}`"));
    misuse.hint(format!("write `--{long}`, with two dashes"))
}

/// What to write instead of a leftover word.
fn leftover_word(found: &Leftover<'_>, known: Option<&str>) -> Misuse {
    let word = found.first();
    let Some(before) = &found.before else { return lonely(found, known) };
    let typed = Shown(&before.typed).to_string();
    let hint = match (arity(before.arg), switched(word)) {
        (Arity::Switch, Some(value)) if before.value.is_none() => {
            format!("write `{typed}={value}`")
        }
        (Arity::Nothing, _) if is_like_a_value(word) => no_value(&typed, before.arg),
        (Arity::Switch | Arity::Nothing, _) => return lonely(found, known),
        (Arity::Items { comma }, _) => format!("write `{}`", Shown(&items(before, found, comma))),
        (Arity::Value, _) if may_have_spaces(before.arg) => format!(
            "`{typed}` takes one value, which needs quotes if it has spaces: `{}`",
            Shown(&with_spaces(before, found))
        ),
        (Arity::Value, _) => format!("`{typed}` takes one value"),
    };
    Misuse::new(format!("unexpected word `{}` after `{typed}`", Shown(word))).hint(hint)
}

/// A leftover word that no flag could take.
fn lonely(found: &Leftover<'_>, known: Option<&str>) -> Misuse {
    let word = found.first();
    if let Some(known) = known {
        let misuse = Misuse::new(format!("unknown command `{}`", Shown(word)));
        return misuse.hint(format!("`{known}` is one"));
    }
    let misuse = Misuse::new(match word {
        "" => "unexpected empty word".to_owned(),
        word => format!("unexpected word `{}`", Shown(word)),
    });
    let shown = flag_of(found.level, "namespace").is_some_and(|flag| !flag.is_hide_set());
    if !shown {
        return misuse;
    }
    let ends = [".json", ".yaml", ".yml"].iter().any(|end| word.ends_with(end));
    if ends || word.contains('/') || word == "-" {
        misuse.hint(format!("write `-f {}` to read a file", Shown(&quoted(word))))
    } else if word.parse::<kai_core::NamespaceName>().is_ok() {
        misuse.hint(format!("write `-n {word}` for a namespace, `-f {word}` for a file"))
    } else {
        misuse
    }
}

/// Whether a word was probably meant as a value of the flag before it, which takes none.
fn is_like_a_value(word: &str) -> bool {
    let of_kubectl = ["client", "server", "none"].contains(&word);
    let is_level = (keys::LOG_LEVEL.parse)(word.as_ref()).is_ok();
    of_kubectl || is_level || word.parse::<u32>().is_ok() || switched(word).is_some()
}

/// Whether a value may contain spaces: a name or a path.
fn may_have_spaces(arg: &Arg) -> bool {
    let names = arg.get_value_names().unwrap_or_default();
    names.iter().any(|name| ["NAME", "FILE", "PATH"].contains(&name.as_str()))
}

/// The boolean that a word stands for.
fn switched(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" => Some(true),
        "no" | "off" | "n" => Some(false),
        word => keys::is_true(word),
    }
}

fn no_value(typed: &str, arg: &Arg) -> String {
    if arg.get_id() == keys::LOG_LEVEL.key.name {
        return format!(
            "`{typed}` takes no value: `-v` logs debug messages, `-vv` trace messages too"
        );
    }
    format!("`{typed}` takes no value")
}

/// All items that were probably meant for a flag, in its syntax.
fn items(before: &Before<'_>, found: &Leftover<'_>, comma: bool) -> String {
    let first = before.value.as_deref().unwrap_or_default();
    let more = found.words.iter().copied();
    if comma {
        let all = std::iter::once(first).chain(more);
        let all = all.map(|item| item.trim_matches([',', ' '])).filter(|item| !item.is_empty());
        return before.with(&all.collect::<Vec<_>>().join(","));
    }
    let all = std::iter::once(first).chain(more);
    all.map(|item| before.with(item)).collect::<Vec<_>>().join(" ")
}

fn with_spaces(before: &Before<'_>, found: &Leftover<'_>) -> String {
    let first = before.value.as_deref().unwrap_or_default();
    let all: Vec<_> = std::iter::once(first).chain(found.words.iter().copied()).collect();
    before.with(&all.join(" "))
}

/// The expected values of a flag.
fn expects(flag: &str) -> Option<&'static str> {
    let long = flag.strip_prefix("--")?;
    let is_it = |key: &&&keys::Key| key.flag.as_ref().is_some_and(|flag| flag.long == long);
    let key = keys::ALL.iter().find(is_it).map(|key| key.expects);
    key.or(match long {
        "config" => Some("the path of a file"),
        "filename" => Some("the path of a file, or `-` for stdin"),
        "cluster" | "user" | "as" | "as-group" => Some("a name"),
        _ => None,
    })
}

fn choices(level: &Command) -> String {
    let names = level.get_subcommands().filter(|it| !it.is_hide_set() && it.get_name() != "help");
    let names: Vec<_> = names.map(|it| format!("`{}`", it.get_name())).collect();
    one_of(&names).unwrap_or_default()
}

/// `a`, `b` or `c`
fn one_of(names: &[String]) -> Option<String> {
    let (last, rest) = names.split_last()?;
    Some(if rest.is_empty() { last.clone() } else { format!("{} or {last}", rest.join(", ")) })
}

/// clap's message, for errors that aren't converted here.
fn in_short(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).replace('\'', "`")
}
