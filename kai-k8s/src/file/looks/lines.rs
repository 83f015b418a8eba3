//! Recognises a text by its first line.

use super::Look;

/// How many characters of base64 make a line that is nothing else.
const BASE64_MIN: usize = 40;

/// What the first line that is not blank looks like.
pub(super) fn look(text: &str) -> Option<Look> {
    let text = text.trim_start_matches(|it: char| it.is_whitespace() || it == '\u{feff}');
    let line = text.lines().next()?.trim_end();
    // A comment of YAML, or what only YAML begins with; but `-bash: …`.
    let is_yaml = line.starts_with(['#', '%', '"', '&', '!', '?', '{', '['])
        || ["- ", "---"].iter().any(|begin| line.starts_with(begin))
        || line == "-";
    if is_yaml {
        return None;
    }
    let lower = line.to_lowercase();
    let rules = [markup, shell, failure, message, by_words, base64];
    rules.iter().find_map(|rule| rule(line, &lower))
}

fn markup(_: &str, lower: &str) -> Option<Look> {
    let begins = |tags: &[&str]| tags.iter().any(|tag| lower.starts_with(tag));
    if begins(&["<!doctype", "<html", "<head", "<body", "<script", "<meta", "<title", "<!--"]) {
        Some(Look::Html)
    } else {
        lower.starts_with('<').then_some(Look::Xml)
    }
}

/// Of shells that found no kubectl, or no file.
fn shell(line: &str, lower: &str) -> Option<Look> {
    let says = [
        "command not found",
        "is not recognized as",
        "kubectl: not found",
        ": no such file or directory",
        ": permission denied",
        "access is denied",
    ];
    says.iter().any(|said| lower.contains(said)).then(|| Look::Shell(line.to_owned()))
}

/// Of a kubectl, or its plugin, that printed nothing else.
fn failure(line: &str, lower: &str) -> Option<Look> {
    let begins = [
        "error: ",
        "error from server",
        "fatal: ",
        "no resources found",
        "unable to connect to the server",
        "the connection to the server",
        "the server doesn't have a resource type",
        "you must be logged in",
        "please enter username",
        "an error occurred (",
        "usage:",
        "to sign in, use a web browser",
    ];
    begins.iter().any(|text| lower.starts_with(text)).then(|| Look::Failure(line.to_owned()))
}

/// Of a kubectl that goes on.
fn message(line: &str, lower: &str) -> Option<Look> {
    let begins = [
        "warning: ",
        "warn: ",
        "info: ",
        "deprecated",
        "flag --",
        "defaulted container",
        "error ",
        // PowerShell formats everything from stderr as an error.
        "kubectl : ",
        "kubectl.exe : ",
        "kubectl: ",
    ];
    let is = is_klog(line) || begins.iter().any(|text| lower.starts_with(text));
    is.then(|| Look::Message(line.to_owned()))
}

/// Whether a line begins as those of kubectl's log: `E1126 08:11:02.123456   12345 memcache.go:287]`.
fn is_klog(line: &str) -> bool {
    let Some((level, rest)) = line.split_at_checked(1) else { return false };
    let mut words = rest.split_whitespace();
    let (Some(day), Some(time)) = (words.next(), words.next()) else { return false };
    matches!(level, "I" | "W" | "E" | "F")
        && day.len() == 4
        && day.bytes().all(|byte| byte.is_ascii_digit())
        && time.bytes().filter(|&byte| byte == b':').count() == 2
}

/// What kubectl prints in its other forms.
fn by_words(line: &str, _: &str) -> Option<Look> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let first = *words.first()?;
    if words.len() > 1 && first == "Name:" {
        return Some(Look::Describe);
    }
    if line.starts_with("map[") {
        return Some(Look::GoMap);
    }
    let kinds = ["pod/", "pods/", "namespace/", "namespaces/", "deployment.apps/", "service/"];
    if words.len() == 1 && kinds.iter().any(|kind| first.starts_with(kind)) {
        return Some(Look::Names);
    }
    let heads =
        |word: &&str| word.bytes().all(|it| it.is_ascii_uppercase() || b"-()_/#%".contains(&it));
    let is_head = first.bytes().all(|it| it.is_ascii_uppercase())
        && words.iter().all(heads)
        && (words.len() > 1 || matches!(first, "NAME" | "NAMESPACE"));
    let is_row = words.len() > 2
        && !line.contains(": ")
        && (words[1..].iter().take(2).any(|word| is_ready(word))
            || matches!(words[1], "Active" | "Terminating"));
    (is_head || is_row).then_some(Look::Table)
}

/// Whether a word says how many containers are ready, as `1/1`.
fn is_ready(word: &str) -> bool {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    word.split_once('/').is_some_and(|(ready, all)| number(ready) && number(all))
}

fn base64(line: &str, _: &str) -> Option<Look> {
    let digits = line.trim_end_matches('=');
    let is = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mixed = digits.bytes().any(|it| it.is_ascii_uppercase())
        && digits.bytes().any(|it| it.is_ascii_lowercase());
    (digits.len() >= BASE64_MIN && mixed && digits.bytes().all(is)).then_some(Look::Base64)
}
