use std::fs;

use super::*;
use crate::keys;
use crate::settings::Settings;
use crate::shells::ANSWER;

/// The answer to words after `kai`, without help.
fn answered(typed: &[&str]) -> Vec<String> {
    let words: Vec<_> = ["kai"].iter().chain(typed).map(OsString::from).collect();
    let lines = lines(&words, &Live::of(&words));
    lines.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn flags_and_known_values_are_completed() {
    let table: [(&[&str], &[&str]); 14] = [
        (&["--outp"], &["--output"]),
        (
            &["--output", ""],
            &[
                "json",
                "table",
                "images",
                "wide",
                "yaml",
                "jsonl",
                "csv",
                "markdown",
                "refs",
                "mirror=skopeo",
                "mirror=text",
                "cyclonedx",
                "html",
            ],
        ),
        (&["-o", "t"], &["table"]),
        (&["-ot"], &["-otable"]),
        (&["--output=t"], &["--output=table"]),
        (&["--quiet="], &["--quiet=true", "--quiet=false"]),
        (&["--missing-tag-policy", ""], &["digest", "insert", "drop"]),
        (&["--missing-tag", ""], &[]),
        (&["-f", "po"], &["<files>"]),
        (&["--kubeconfig", ""], &["use-in-cluster", "<files>"]),
        (&["--kubeconfig=./"], &["<files>"]),
        (&["comp"], &["completion"]),
        (&["completion", "z"], &["zsh"]),
        (&["version", "-o", ""], &["text", "json"]),
    ];
    for (typed, expected) in table {
        println!("{typed:?}");
        assert_eq!(answered(typed), expected);
    }
    assert!(lines(&[], &Live::default()).is_empty());
}

#[test]
fn what_only_scripts_use_is_offered_to_nobody() {
    assert!(!answered(&[""]).contains(&ANSWER.to_owned()));
}

#[test]
fn every_choice_that_is_offered_is_one_that_the_key_takes() {
    let mut checked = 0;
    for key in keys::ALL {
        let Some(flag) = key.flag.as_ref() else { continue };
        for choice in choices(key) {
            let typed = ["kai".to_owned(), format!("--{}={choice}", flag.long)].map(OsString::from);
            if let Ok(crate::args::Invocation::Inventory(args)) = crate::args::parse(typed) {
                println!("{} {choice}", key.name);
                assert!(Settings::from(&args, &std::iter::empty().collect(), None).is_ok());
                checked += 1;
            }
        }
    }
    assert!(checked >= 8, "{checked}");
}

/// A kubeconfig of contexts with these names, as a flag.
fn kubeconfig(names: &[&str]) -> (tempfile::NamedTempFile, String) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let contexts =
        names.iter().map(|name| format!("- {{name: '{name}', context: {{cluster: c}}}}\n"));
    fs::write(file.path(), format!("contexts:\n{}", contexts.collect::<String>())).unwrap();
    let flag = format!("--kubeconfig={}", file.path().display());
    (file, flag)
}

#[test]
fn contexts_are_those_of_the_kubeconfig_that_the_words_name() {
    let (_file, flag) = kubeconfig(&["staging", "arn:aws:eks:eu-west-1:1:cluster/prod"]);
    let all = ["staging", "arn:aws:eks:eu-west-1:1:cluster/prod"];
    assert_eq!(answered(&[&flag, "--context", ""]), all);
    assert_eq!(answered(&[&flag, "--context", "arn:aws"]), all[1..]);
    assert_eq!(answered(&[&flag, "--context=st"]), ["--context=staging"]);
    assert!(
        answered(&[&flag, "-f", "x", "--context", ""]).is_empty(),
        "the two exclude each other"
    );
}

#[test]
fn a_name_that_a_shell_would_run_or_expand_is_not_offered() {
    let names =
        ["ok", "$(touch gone)", "`id`", "a b", "a;b", "~", "*", "a\"b", "größe", "a|b", "&"];
    let (_file, flag) = kubeconfig(&names);
    assert_eq!(answered(&[&flag, "--context", ""]), ["ok", "größe"]);
}

#[test]
fn a_kubeconfig_that_cannot_be_read_completes_nothing() {
    assert!(answered(&["--kubeconfig=/nonexistent/kubeconfig", "--context", ""]).is_empty());
    assert!(answered(&["--kubeconfig=/nonexistent/kubeconfig", "-n", ""]).is_empty());
}

#[test]
fn a_shell_that_cannot_pass_an_empty_word_says_that_one_begins() {
    let typed = ["kai", ANSWER, "--new-word", "--", "kai", "-o"].map(OsString::from);
    match crate::args::parse(typed) {
        Ok(crate::args::Invocation::Answer(words)) => assert_eq!(words, ["kai", "-o", ""]),
        other => panic!("{other:?}"),
    }
}
