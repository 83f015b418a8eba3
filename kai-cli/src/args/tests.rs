use super::*;

/// What is typed after `kai`.
fn args(typed: &[&str]) -> Args {
    let typed = ["kai"].iter().chain(typed).map(OsString::from);
    match parse(typed) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    }
}

fn fails(typed: &[&str]) -> bool {
    parse(["kai"].iter().chain(typed).map(OsString::from)).is_err()
}

#[test]
fn the_command_line_is_sound() {
    command().debug_assert();
}

#[test]
fn nothing_is_typed_unless_it_is() {
    let args = args(&[]);
    for key in keys::ALL {
        assert_eq!(args.typed(key), None, "{}", key.name);
    }
}

#[test]
fn texts_are_kept_as_they_were_typed() {
    let table: [(&[&str], &Key, &[&str]); 16] = [
        (&["-o", "TABLE"], &keys::OUTPUT.key, &["TABLE"]),
        (&["--output=table"], &keys::OUTPUT.key, &["table"]),
        (&["-o", "json", "-o", "table"], &keys::OUTPUT.key, &["table"]),
        (&["-o", ""], &keys::OUTPUT.key, &[""]),
        (&["-n", "a", "--namespace", "b,c"], &keys::INCLUDE.key, &["a", "b,c"]),
        (&["--exclude-namespace=^a", "--exclude-namespace", "b"], &keys::EXCLUDE.key, &["^a", "b"]),
        (&["-q"], &keys::QUIET.key, &["true"]),
        (&["--quiet=false"], &keys::QUIET.key, &["false"]),
        (&["--ignore-not-running"], &keys::IGNORE_NOT_RUNNING.key, &["true"]),
        (&["--ignore-not-running=no"], &keys::IGNORE_NOT_RUNNING.key, &["no"]),
        (&["-v"], &keys::LOG_LEVEL.key, &["debug"]),
        (&["-vv"], &keys::LOG_LEVEL.key, &["trace"]),
        (&["-v", "-v", "--verbose"], &keys::LOG_LEVEL.key, &["trace"]),
        (&["-qv"], &keys::LOG_LEVEL.key, &["debug"]),
        (&["-k", "~/config"], &keys::KUBECONFIG_PATH.key, &["~/config"]),
        (&["--request-timeout=-1"], &keys::REQUEST_TIMEOUT.key, &["-1"]),
    ];
    for (typed, key, expected) in table {
        println!("{typed:?}");
        let expected: Vec<_> = expected.iter().map(OsString::from).collect();
        assert_eq!(args(typed).typed(key), Some(expected.as_slice()));
    }
}

#[test]
fn a_switch_takes_its_value_only_after_an_equals_sign() {
    assert!(fails(&["-q", "false"]));
    assert!(fails(&["--ignore-not-running", "false"]));
}

#[test]
fn a_file_and_a_choice_of_cluster_exclude_each_other() {
    for other in ["-k=c", "--context=c", "--cluster=c", "--user=u", "--as=u", "--as-group=g"] {
        println!("{other}");
        assert!(fails(&["-f", "pods.json", other]));
    }
    assert!(!fails(&["-f", "-", "--cluster-name=c"]));
}

#[test]
fn the_version_takes_a_format_in_any_case() {
    for (typed, expected) in [
        (vec!["version"], VersionFormat::Text),
        (vec!["version", "-o", "text"], VersionFormat::Text),
        (vec!["version", "--output=JSON"], VersionFormat::Json),
    ] {
        match parse(["kai"].into_iter().chain(typed).map(OsString::from)) {
            Ok(Invocation::Version(format)) => assert_eq!(format, expected),
            other => panic!("{other:?}"),
        }
    }
}
