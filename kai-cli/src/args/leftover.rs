//! Words that belong to no flag, and the flag before them.

use clap::{Arg, Command};

use super::words::{Arity, Word, arity, flag_of, quoted, short_of};

/// The first word that is neither a flag, a flag's value, nor a command.
pub(super) struct Leftover<'a> {
    /// The flag before it.
    pub(super) before: Option<Before<'a>>,
    /// The word, and those that follow up to the next flag.
    pub(super) words: Vec<&'a str>,
    /// The command that would have to accept it.
    pub(super) level: &'a Command,
}

impl Leftover<'_> {
    pub(super) fn first(&self) -> &str {
        self.words.first().copied().unwrap_or_default()
    }
}

/// A flag as given, and its value.
#[derive(Clone)]
pub(super) struct Before<'a> {
    pub(super) arg: &'a Arg,
    /// `--namespace`, `-n`, `-qn`
    pub(super) typed: String,
    pub(super) value: Option<String>,
    /// The separator between the two: `=`, a space, or nothing.
    glue: &'static str,
}

impl Before<'_> {
    /// The flag with another value.
    pub(super) fn with(&self, value: &str) -> String {
        format!("{}{}{}", self.typed, self.glue, quoted(value))
    }
}

/// One step of parsing a command line.
enum Step<'a> {
    Flag(Before<'a>),
    /// An unknown flag.
    Unknown,
    /// `--`: everything after it is a word.
    End,
    Command(&'a Command),
    Word,
}

/// Parses the words from left to right.
struct Walk<'a> {
    level: &'a Command,
    words: &'a [Word],
    at: usize,
}

impl<'a> Walk<'a> {
    fn new(command: &'a Command, words: &'a [Word]) -> Self {
        Self { level: command, words, at: 0 }
    }

    /// Consumes a flag with its value, or one word.
    fn step(&mut self) -> Option<Step<'a>> {
        let Word(word) = self.words.get(self.at)?;
        self.at += 1;
        if word == "--" {
            return Some(Step::End);
        }
        if let Some(long) = word.strip_prefix("--") {
            return Some(self.long(long));
        }
        if let Some(shorts) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            return Some(self.shorts(word, shorts));
        }
        let known = self.level.get_subcommands().find(|it| it.get_name() == word);
        Some(match known {
            Some(command) => {
                self.level = command;
                Step::Command(command)
            }
            // clap's own, which takes the other commands' names.
            None if word == "help" && self.at == 1 => Step::Command(self.level),
            None => Step::Word,
        })
    }

    fn long(&mut self, long: &str) -> Step<'a> {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (long, None),
        };
        let Some(arg) = flag_of(self.level, name) else { return Step::Unknown };
        let typed = format!("--{name}");
        Step::Flag(match value {
            Some(value) => Before { arg, typed, value: Some(value), glue: "=" },
            None => self.with_next(arg, typed),
        })
    }

    fn shorts(&mut self, word: &str, shorts: &str) -> Step<'a> {
        let mut last = None;
        for (at, short) in shorts.char_indices() {
            let (typed, rest) = word.split_at(1 + at + short.len_utf8());
            let Some(arg) = short_of(self.level, short) else { return Step::Unknown };
            let takes = matches!(arity(arg), Arity::Value | Arity::Items { .. });
            if let Some(value) = rest.strip_prefix('=') {
                let value = Some(value.to_owned());
                return Step::Flag(Before { arg, typed: typed.to_owned(), value, glue: "=" });
            }
            if takes && !rest.is_empty() {
                let value = Some(rest.to_owned());
                return Step::Flag(Before { arg, typed: typed.to_owned(), value, glue: "" });
            }
            last = Some((arg, typed.to_owned()));
        }
        match last {
            Some((arg, typed)) => Step::Flag(self.with_next(arg, typed)),
            None => Step::Unknown,
        }
    }

    /// A flag, with the next word as its value if it takes one.
    fn with_next(&mut self, arg: &'a Arg, typed: String) -> Before<'a> {
        let takes = matches!(arity(arg), Arity::Value | Arity::Items { .. });
        let next = self.words.get(self.at).filter(|Word(next)| takes && !is_flag(next));
        let value = next.map(|Word(next)| next.clone());
        self.at += usize::from(value.is_some());
        Before { arg, typed, value, glue: " " }
    }
}

/// Whether a word can only be a value after `=`.
fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

/// Finds the first leftover word.
pub(super) fn find<'a>(command: &'a Command, words: &'a [Word]) -> Option<Leftover<'a>> {
    let (mut walk, mut before) = (Walk::new(command, words), None);
    loop {
        let at = walk.at;
        match walk.step()? {
            Step::Flag(flag) => before = Some(flag),
            Step::Unknown => return None,
            Step::Command(_) => before = None,
            Step::End | Step::Word => {
                let from = if words[at].0 == "--" { at + 1 } else { at };
                let before = if from == at { before } else { None };
                let rest = words.get(from..)?.iter().map(|Word(word)| word.as_str());
                let words: Vec<_> = rest.take_while(|word| !is_flag(word)).collect();
                let level = walk.level;
                return (!words.is_empty()).then_some(Leftover { before, words, level });
            }
        }
    }
}

/// The flag that takes no value but has one after `=`.
pub(super) fn valued<'a>(
    command: &'a Command,
    words: &'a [Word],
) -> Option<(String, String, &'a Arg)> {
    let mut walk = Walk::new(command, words);
    loop {
        match walk.step()? {
            Step::Flag(Before { arg, typed, value: Some(value), .. })
                if arity(arg) == Arity::Nothing =>
            {
                return Some((typed, value, arg));
            }
            _ => {}
        }
    }
}

/// The flag whose value is missing because the next word begins with a dash.
pub(super) fn dashed(command: &Command, words: &[Word], invalid: &str) -> Option<(String, String)> {
    let mut walk = Walk::new(command, words);
    loop {
        let Step::Flag(Before { arg, typed, value: None, .. }) = walk.step()? else { continue };
        let takes = matches!(arity(arg), Arity::Value | Arity::Items { .. });
        let next = words.get(walk.at).map(|Word(next)| next);
        if let Some(next) = next.filter(|next| takes && next.starts_with(invalid)) {
            return Some((typed, next.clone()));
        }
    }
}

/// The name of a long flag given with a single dash, which was parsed as several short flags or as
/// the value of the first.
pub(super) fn with_one_dash<'a>(command: &'a Command, words: &'a [Word]) -> Option<&'a str> {
    let mut walk = Walk::new(command, words);
    loop {
        let (at, level) = (walk.at, walk.level);
        walk.step()?;
        let single = words[at].0.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        let name = single.and_then(|rest| rest.split('=').next()).unwrap_or_default();
        if name.len() > 1 && flag_of(level, name).is_some() {
            return Some(name);
        }
    }
}

/// The (sub)command that the words lead to, and its path: `completion bash`.
pub(super) fn last_level<'a>(command: &'a Command, words: &'a [Word]) -> (&'a Command, String) {
    let (mut walk, mut path) = (Walk::new(command, words), Vec::new());
    while let Some(step) = walk.step() {
        match step {
            Step::Command(level) if level.get_name() != command.get_name() => {
                path.push(level.get_name());
            }
            Step::End => break,
            _ => {}
        }
    }
    (walk.level, path.join(" "))
}
