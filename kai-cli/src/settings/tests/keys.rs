//! Which layer wins, key by key.

use super::*;
use crate::keys;
use crate::logging::Level;

mod rows;

use rows::{Row, rows};

#[test]
fn each_key_is_set_by_flag_over_variable_over_file_over_default() {
    for Row { key, with, default, one, other, shows } in rows() {
        let variable = key.variable();
        let check = |typed: &[&str], text: &str, in_file: &str, expected: &str| {
            println!("{typed:?} {variable}={text} {in_file}");
            let mut variables = with.to_vec();
            variables.push((&variable, text));
            let (settings, effective) = with_file(typed, &variables, in_file).unwrap();
            assert_eq!(shows(&settings), expected);
            let setting = effective.0.iter().find(|setting| setting.key.name == key.name).unwrap();
            let origin = match (typed, text, in_file) {
                ([_, ..], ..) => format!("flag --{}", key.flag.as_ref().unwrap().long),
                (_, "", "") => "default".to_owned(),
                (_, "", file) => format!("kai.yaml, line {}", file.lines().count()),
                _ => format!("variable {variable}"),
            };
            assert_eq!(setting.origin.place(), origin);
        };
        let file = |text: &str| in_file(key.name, &format!("'{text}'"));
        if !default.is_empty() {
            check(&[], "", "", default);
            let variables = with.to_vec();
            for null in ["", "~", "null"] {
                let (settings, _) = with_file(&[], &variables, &in_file(key.name, null)).unwrap();
                assert_eq!(shows(&settings), default);
            }
        }
        check(&[], one.0, "", one.1);
        check(&[], other.0, "", other.1);
        check(&[], "", &file(one.0), one.1);
        check(&[], "", &file(other.0), other.1);
        check(&[], one.0, &file(other.0), one.1);
        // What has no effect is not looked at.
        check(&[], one.0, &file("/// !"), one.1);
        let is_counted =
            matches!(key.flag.as_ref().map(|flag| flag.takes), Some(keys::FlagArity::Nothing(_)));
        if let Some(flag) = key.flag.as_ref().filter(|_| !is_counted) {
            let typed = format!("--{}={}", flag.long, other.0);
            check(&[&typed], "", "", other.1);
            check(&[&typed], one.0, &file(one.0), other.1);
            check(&[&typed], "/// !", "", other.1);
        }
    }
}

#[test]
fn no_key_is_left_out_of_the_table() {
    let listed: Vec<&str> = rows().iter().map(|row| row.key.name).collect();
    for key in keys::ALL {
        // Those of an inline cluster belong together, and legacy ones are rewritten: elsewhere.
        let elsewhere = key.legacy.is_some()
            || key.name.starts_with("kubeconfig.user.")
            || ["kubeconfig.server", "kubeconfig.cluster-cert"].contains(&key.name);
        assert!(elsewhere || listed.contains(&key.name), "{}", key.name);
    }
}

#[test]
fn typed_verbosity_wins_over_the_level() {
    let level =
        |typed: &[&str], variable| settings(typed, &[("KAI_LOG_LEVEL", variable)]).unwrap().log;
    assert_eq!(level(&["-v"], "error").level, Level::DEBUG);
    assert_eq!(level(&["-vv"], "error").level, Level::TRACE);
    assert_eq!(level(&["-vvv"], "").level, Level::TRACE);
    assert!(!level(&["-v", "-q"], "").console);
    for (name, expected) in
        [("panic", Level::ERROR), ("fatal", Level::ERROR), ("warn", Level::WARN)]
    {
        assert_eq!(level(&[], name).level, expected, "{name}");
    }
}

#[test]
fn with_a_log_file_the_console_is_silent_unless_more_is_asked_for() {
    let table: [(Typed, &str, bool); 6] = [
        (&[], "", true),
        (&[], "kai.log", false),
        (&["-v"], "kai.log", true),
        (&["-q"], "", false),
        (&["-q", "-v"], "kai.log", false),
        (&["-q=false"], "kai.log", false),
    ];
    for (typed, file, console) in table {
        println!("{typed:?} {file}");
        let log = settings(typed, &[("KAI_LOG_FILE", file)]).unwrap().log;
        assert_eq!(log.console, console);
    }
}
