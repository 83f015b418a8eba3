//! What is wrong, and what is said of it.

use super::*;
use crate::error::one_line;

#[test]
fn a_bad_value_names_its_flag_or_variable_and_says_what_is_valid() {
    let typed: [Typed; 25] = [
        &["-o", "yml"],
        &["-o", ""],
        &["-q=maybe"],
        &["--ignore-not-running=yes"],
        &["--request-timeout", "0"],
        &["--request-timeout=-1"],
        &["--request-timeout", "60s"],
        &["--request-timeout", ""],
        &["-n", ""],
        &["-n", "Shop"],
        &["-n", "a,,b"],
        &["-n=-shop"],
        &["-n", "a\x1b[2J"],
        &["--exclude-namespace", ""],
        &["--exclude-namespace", "[a"],
        &["-n", "a", "--exclude-namespace", "a"],
        &["--missing-tag-policy", "keep"],
        &["--missing-tag-policy", "insert", "--missing-tag=-x"],
        &["--missing-tag-policy", "insert", "--missing-tag", ""],
        &["-f", ""],
        &["-k", ""],
        &["--context", ""],
        &["--as", ""],
        &["--as-group", ""],
        &["--cluster-name", ""],
    ];
    let variables = [
        ("KAI_OUTPUT", "yml"),
        ("KAI_QUIET", "quiet"),
        ("KAI_LOG_LEVEL", "loud"),
        ("KAI_KUBERNETES_REQUEST_TIMEOUT_SECONDS", "0"),
        ("KAI_KUBERNETES_REQUEST_BATCH_SIZE", "-5"),
        ("KAI_KUBERNETES_WORKER_POOL_SIZE", "0"),
        ("KAI_KUBERNETES_ON_FORBIDDEN", "ignore"),
        ("KAI_NAMESPACE_SELECTORS_INCLUDE", "a,B"),
        ("KAI_NAMESPACE_SELECTORS_EXCLUDE", "a,(b"),
        ("KAI_MISSING_TAG_POLICY_POLICY", "keep"),
        ("KAI_IGNORE_NOT_RUNNING", "2"),
    ];
    let mut told = String::new();
    let mut tell = |what: String, result: Result<Settings, SettingsError>| {
        let error = result.map(|settings| panic!("{what}: {settings:?}")).unwrap_err();
        let message = one_line(&error).replace('\n', "\n    ");
        told.extend([what.as_str(), "\n    ", &message, "\n"]);
    };
    for typed in typed {
        tell(format!("{typed:?}"), settings(typed, &[]));
    }
    tell("a long text".into(), settings(&["-n", &"x".repeat(300)], &[]));
    for (name, text) in variables {
        tell(format!("{name}={text}"), settings(&[], &[(name, text)]));
    }
    insta::assert_snapshot!(told);
}

#[cfg(unix)]
#[test]
fn a_text_that_is_no_utf8_is_a_bad_value_except_as_a_path() {
    use std::os::unix::ffi::OsStringExt;
    let odd = || OsString::from_vec(b"a\xff".to_vec());
    let args = |flag: &str| match args::parse(["kai".into(), flag.into(), odd()]) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    };
    assert!(Settings::from(&args("--output"), |_| None).is_err());
    let settings = Settings::from(&args("--kubeconfig"), |_| None).unwrap();
    match &of_cluster(&settings).settings {
        ClusterSettings::Kubeconfig { path, .. } => assert_eq!(path.as_os_str(), odd()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bad_value_that_has_no_effect_is_a_warning() {
    let tag: &[&str] = &["--missing-tag=-x"];
    let table: [(Typed, Variables); 7] = [
        (tag, &[]),
        (tag, &[("KAI_MISSING_TAG_POLICY_POLICY", "drop")]),
        (&[], &[("KAI_MISSING_TAG_POLICY_TAG", "a b")]),
        (&["-f", "-"], &[("KAI_KUBERNETES_WORKER_POOL_SIZE", "0")]),
        (&["-f", "-"], &[("KAI_KUBERNETES_REQUEST_BATCH_SIZE", "x")]),
        (&["-f", "-"], &[("KAI_KUBERNETES_ON_FORBIDDEN", "x")]),
        (&["-f", "-", "--request-timeout", "0"], &[]),
    ];
    let told = table.map(|(typed, variables)| {
        let settings = settings(typed, variables).unwrap();
        assert_eq!(settings.notices.len(), 1, "{settings:?}");
        format!("{typed:?} {variables:?}\n    {:?}", settings.notices[0])
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_namespace_that_is_included_and_excluded_is_a_warning_that_names_both() {
    let settings = settings(&["-n", "a,b", "--exclude-namespace", "^a"], &[]).unwrap();
    assert_eq!(selected(&settings), "b");
    let warning = Notice::Warning("namespace `a` is included, but `^a` excludes it".into());
    assert_eq!(settings.notices, [warning]);
}

#[test]
fn of_30_conflicts_20_and_a_count_are_told() {
    let names: Vec<String> = (0..30).map(|n| format!("a{n}")).chain(["b".into()]).collect();
    let settings = settings(&["-n", &names.join(","), "--exclude-namespace", "^a"], &[]).unwrap();
    assert_eq!(settings.notices.len(), 21);
    let count = Notice::Warning("… and 10 more included namespaces are excluded".into());
    assert_eq!(settings.notices.last(), Some(&count));
}

#[test]
fn no_override_is_lost_in_a_cluster() {
    for flag in ["--context=c", "--cluster=l", "--user=u", "--as=bob", "--as-group=g"] {
        let error = settings(&[flag], &[("KAI_KUBECONFIG_PATH", "use-in-cluster")]).unwrap_err();
        let (flag, _) = flag.split_once('=').unwrap();
        assert_eq!(
            error.to_string(),
            format!("`{flag}` needs a kubeconfig, and `KAI_KUBECONFIG_PATH` says `use-in-cluster`")
        );
    }
    let configured = [("KAI_KUBECONFIG_CONTEXT", "c")];
    let settings = settings(&["-k", "use-in-cluster"], &configured).unwrap();
    let text = "`KAI_KUBECONFIG_CONTEXT` has no effect, since `--kubeconfig` says `use-in-cluster`";
    assert_eq!(settings.notices, [Notice::Warning(text.into())]);
}
