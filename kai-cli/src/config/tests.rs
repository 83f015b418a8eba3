use std::ffi::OsString;

use super::*;
use crate::args::{self, Invocation};
use crate::docs;
use crate::keys::FlagArity;
use crate::settings::{ConfigFile, Settings};

fn effective(text: &str) -> Effective {
    let args = match args::parse([OsString::from("kai")]) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    };
    let file = ConfigFile::parse("kai.yaml".into(), false, text).unwrap();
    let (settings, effective) =
        Settings::from(&args, &std::iter::empty().collect(), Some(&file)).unwrap();
    // That the file is read, and nothing else.
    assert_eq!(settings.notices.len(), 1, "{:?}", settings.notices);
    effective
}

#[test]
fn the_file_to_start_from_says_what_holds_anyway() {
    let (of_defaults, of_nothing) = (effective(&defaults()), effective("# nothing"));
    for (setting, nothing) in of_defaults.0.iter().zip(&of_nothing.0) {
        assert_eq!(setting.texts, nothing.texts, "{}", setting.key.name);
    }
}

#[test]
fn each_key_has_a_line_in_the_file_to_start_from() {
    insta::assert_snapshot!(defaults());
}

#[test]
fn a_text_is_quoted_where_yaml_would_take_it_for_something_else() {
    let table = [
        ("eks-prod", "eks-prod"),
        ("/etc/kube", "/etc/kube"),
        ("https://a:80/x", "https://a:80/x"),
        ("null", "\"null\""),
        ("", "\"\""),
        ("a: b", "\"a: b\""),
        ("#a", "\"#a\""),
        ("^kube-", "\"^kube-\""),
        ("a\"b\\c", r#""a\"b\\c""#),
        ("one\ntwo\t\x1b[2J", r#""one\ntwo\u0009\u001b[2J""#),
        ("a\u{202e}b", r#""a\u202eb""#),
        ("12345678901", "\"12345678901\""),
        ("<redacted>", "\"<redacted>\""),
    ];
    for (text, expected) in table {
        println!("{text:?}");
        assert_eq!(scalar(text), expected);
        // What is empty is not set, and what looks like a placeholder is refused.
        if !text.is_empty() && !text.starts_with('<') {
            let read_back = effective(&format!("cluster-name: {}", scalar(text)));
            let setting = read_back.0.iter().find(|setting| setting.key.name == "cluster-name");
            assert_eq!(setting.unwrap().texts, [text]);
        }
    }
}

/// The table of keys in `docs/reference/configuration.md`.
fn reference() -> String {
    let mut table =
        String::from("| key | flag | variable | default | meaning |\n|---|---|---|---|---|\n");
    for key in keys::ALL {
        let flag = key.flag.as_ref().map(|flag| match (flag.short, flag.takes) {
            (Some(short), FlagArity::Nothing(_)) => format!("`-{short}`, `-{short}{short}`"),
            (Some(short), _) => format!("`-{short}`, `--{}`", flag.long),
            (None, _) => format!("`--{}`", flag.long),
        });
        let variable =
            if key.in_files_only { String::new() } else { format!("`{}`", key.variable()) };
        let default =
            if key.default.is_empty() { String::new() } else { format!("`{}`", key.default) };
        let legacy = key.legacy.map(|instead| format!(" (deprecated: {instead})"));
        let details =
            if key.details.is_empty() { String::new() } else { format!(". {}", key.details) };
        let cells = [
            format!("`{}`", key.name),
            flag.unwrap_or_default(),
            variable,
            default,
            docs::cell(&format!("{}{details}{}", key.in_file(), legacy.unwrap_or_default())),
        ];
        let row =
            cells.iter().map(|cell| if cell.is_empty() { " ".into() } else { format!(" {cell} ") });
        let _ = writeln!(table, "|{}|", row.collect::<Vec<_>>().join("|"));
    }
    table
}

#[test]
fn docs_have_the_keys_and_the_file_to_start_from() {
    let defaults = format!("```yaml\n{}```\n", defaults());
    docs::compare("configuration.md", &[("keys", reference()), ("defaults", defaults)]);
}
