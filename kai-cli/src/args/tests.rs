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
fn the_version_takes_a_format_in_any_case_and_before_its_name() {
    for (typed, expected) in [
        (vec!["version"], VersionFormat::Text),
        (vec!["version", "-o", "text"], VersionFormat::Text),
        (vec!["version", "--output=JSON"], VersionFormat::Json),
        (vec!["-o", "json", "version"], VersionFormat::Json),
        (vec!["-o", "JSON", "version", "-o", "text"], VersionFormat::Text),
        (vec!["-o", "text", "version"], VersionFormat::Text),
        (vec!["-o", "table", "version"], VersionFormat::Text),
        (vec!["-c", "none.yaml", "-vn", "a", "version", "-q", "-c", "other"], VersionFormat::Text),
    ] {
        match parse(["kai"].into_iter().chain(typed).map(OsString::from)) {
            Ok(Invocation::Version(format)) => assert_eq!(format, expected),
            other => panic!("{other:?}"),
        }
    }
}

/// What `kai config` is asked with these words.
fn config_args(typed: &[&str]) -> Args {
    match parse(["kai"].iter().chain(typed).map(OsString::from)) {
        Ok(Invocation::Config(args)) => args,
        other => panic!("{typed:?}: {other:?}"),
    }
}

#[test]
fn flags_mean_the_same_before_and_behind_the_name_of_a_command() {
    let table: [(&[&str], &Key, &[&str]); 10] = [
        (&["-o", "table", "config"], &keys::OUTPUT.key, &["table"]),
        (&["config", "-o", "table"], &keys::OUTPUT.key, &["table"]),
        (&["-o", "table", "config", "-o", "json"], &keys::OUTPUT.key, &["json"]),
        (&["-n", "a", "config", "-n", "b,c"], &keys::INCLUDE.key, &["a", "b,c"]),
        (&["-v", "config"], &keys::LOG_LEVEL.key, &["debug"]),
        (&["-v", "config", "-v"], &keys::LOG_LEVEL.key, &["trace"]),
        (&["-vv", "config", "-v"], &keys::LOG_LEVEL.key, &["trace"]),
        (&["-q", "config", "-q=false"], &keys::QUIET.key, &["false"]),
        (&["-k", "one", "config"], &keys::KUBECONFIG_PATH.key, &["one"]),
        (&["--context=a", "config", "--context", "b"], &keys::KUBECONFIG_CONTEXT.key, &["b"]),
    ];
    for (typed, key, expected) in table {
        println!("{typed:?}");
        let expected: Vec<_> = expected.iter().map(OsString::from).collect();
        assert_eq!(config_args(typed).typed(key), Some(expected.as_slice()));
    }
    let args =
        config_args(&["-c", "a", "-f", "x", "-A", "--deliver", "config", "-c", "b", "--dry-run"]);
    assert_eq!(args.config, Some("b".into()));
    assert_eq!(args.filename, ["x"]);
    assert!(args.all_namespaces && args.deliver && args.dry_run);
    let args = config_args(&["--user=a", "--as=b", "--as-group=c", "config", "--as-group=d"]);
    assert_eq!((args.user.as_deref(), args.impersonate.as_deref()), (Some("a"), Some("b")));
    assert_eq!(args.impersonate_groups, ["c", "d"]);
    assert_eq!(config_args(&["--cluster=a", "config"]).cluster.as_deref(), Some("a"));
    assert!(fails(&["-f", "pods.json", "config", "-k=c"]));
    assert!(fails(&["-n", "a", "config", "--defaults"]));
}

#[test]
fn a_script_for_a_shell_is_printed_whatever_an_alias_adds() {
    for typed in [
        &["-c", "none.yaml", "completion", "bash"][..],
        &["-q", "-n", "a", "completion", "-v", "bash", "-o", "table"],
    ] {
        println!("{typed:?}");
        let parsed = parse(["kai"].iter().chain(typed).map(OsString::from));
        assert!(matches!(parsed, Ok(Invocation::Completion(_))), "{parsed:?}");
    }
}
