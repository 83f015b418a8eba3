//! `kai config`: the settings as a configuration file, and a default configuration file.

#[cfg(test)]
mod tests;

use std::fmt::Write;
use std::io;

use crate::escape::Escaped;
use crate::keys::{self, Key, Kind};
use crate::output::print_with;
use crate::settings::Effective;

/// Width of a comment.
const WIDTH: usize = 96;

/// Writes the effective settings, each with its origin.
pub(crate) fn print_effective(effective: &Effective) -> io::Result<()> {
    let mut file = File::default();
    for setting in &effective.0 {
        file.enter(setting.key);
        let value = value(setting.key, setting.texts.iter().map(String::as_str));
        let line = format!("{value}  # {}", setting.origin.place());
        file.line(setting.key, line.trim_start());
    }
    print_with(|out| out.write_all(file.text.as_bytes()))
}

/// Writes the default configuration file.
pub(crate) fn print_defaults() -> io::Result<()> {
    print_with(|out| out.write_all(defaults().as_bytes()))
}

/// A configuration file with the defaults, and a description of each key.
pub(crate) fn defaults() -> String {
    let mut file = File::default();
    file.comment(
        "The settings of kai, each with its default. A flag takes precedence over a variable, a \
         variable over this file. An empty value counts as not set. `kai config` prints the \
         effective settings.",
    );
    for key in keys::ALL.iter().filter(|key| key.legacy.is_none()) {
        if File::sections(key) != file.open || !key.name.contains('.') {
            file.text.push('\n');
        }
        file.enter(key);
        let details = if key.details.is_empty() { "" } else { ". " };
        file.comment(&format!("{}{details}{}", key.in_file(), key.details));
        let flag = key.flag.as_ref().map(|flag| match flag.short {
            Some(short) => format!("-{short}, --{}; ", flag.long),
            None => format!("--{}; ", flag.long),
        });
        file.comment(&format!("[{}{}]", flag.unwrap_or_default(), key.variable()));
        let default = (!key.default.is_empty()).then_some(key.default);
        file.line(key, &value(key, default.into_iter()));
    }
    file.text
}

/// Builder of a configuration file.
#[derive(Default)]
struct File {
    text: String,
    /// The sections that the last key is in.
    open: Vec<&'static str>,
}

impl File {
    fn sections(key: &Key) -> Vec<&'static str> {
        let (section, _) = key.path();
        section.split('.').filter(|name| !name.is_empty()).collect()
    }

    /// Opens the sections of a key that aren't open yet.
    fn enter(&mut self, key: &Key) {
        let sections = Self::sections(key);
        let common = self.open.iter().zip(&sections).take_while(|(a, b)| a == b).count();
        for (depth, name) in sections.iter().enumerate().skip(common) {
            // Writing to a string can't fail.
            let _ = writeln!(self.text, "{:1$}{name}:", "", 2 * depth);
        }
        self.open = sections;
    }

    fn line(&mut self, key: &Key, value: &str) {
        let (_, name) = key.path();
        let indent = 2 * self.open.len();
        let space = if value.is_empty() { "" } else { " " };
        let _ = writeln!(self.text, "{:indent$}{name}:{space}{value}", "");
    }

    /// Adds a comment, wrapped and indented to the depth of the open sections.
    fn comment(&mut self, text: &str) {
        let indent = 2 * self.open.len();
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && indent + 3 + line.chars().count() + word.chars().count() > WIDTH
            {
                let _ = writeln!(self.text, "{:indent$}#{line}", "");
                line.clear();
            }
            line.push(' ');
            line.push_str(word);
        }
        let _ = writeln!(self.text, "{:indent$}#{line}", "");
    }
}

/// A value as YAML.
fn value<'t>(key: &Key, mut texts: impl Iterator<Item = &'t str>) -> String {
    match key.kind {
        Kind::Items => format!("[{}]", texts.map(scalar).collect::<Vec<_>>().join(", ")),
        kind => match (texts.next(), kind) {
            (Some(text), _) => scalar(text),
            // An empty value is the only way to write that it isn't set.
            (None, Kind::Word | Kind::Number | Kind::Duration | Kind::Switch) => String::new(),
            (None, _) => "\"\"".to_owned(),
        },
    }
}

/// A string as a YAML scalar that parses back to it.
fn scalar(text: &str) -> String {
    let inside =
        |character: char| character.is_ascii_alphanumeric() || "/_.:@-".contains(character);
    let first = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '/');
    let plain = first && text.chars().all(inside) && !text.ends_with(':');
    let is_null = text.eq_ignore_ascii_case("null");
    // Only short numbers are certain not to overflow.
    let is_number = text.starts_with(|first: char| first.is_ascii_digit()) && text.len() > 9;
    if plain && !is_null && !is_number {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            unfit if Escaped::escapes(unfit) => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(unfit));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
