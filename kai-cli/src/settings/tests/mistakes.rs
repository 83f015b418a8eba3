//! What is wrong, and what is said of it.

use super::*;
use crate::error::one_line;
use crate::keys::Kind;

#[test]
fn a_bad_flag_is_named_with_what_is_valid() {
    let typed: [Typed; 38] = [
        &["-o", "yml"],
        &["-o", ""],
        &["-q=maybe"],
        &["-i=maybe"],
        &["-m", "daemon"],
        &["-m", "periodic", "-p", "0"],
        &["-m", "periodic", "--listen", "8080"],
        &["-m", "periodic", "-f", "-"],
        &["-m", "watch", "-f", "-"],
        &["-m", "watch", "-o", "csv"],
        &["--deliver"],
        &["--ignore-not-running=yes"],
        &["--request-timeout", "0"],
        &["--request-timeout=-1"],
        &["--request-timeout", "60x"],
        &["--request-timeout", "0s"],
        &["--request-timeout", "500ms"],
        &["--request-timeout", "1.5s"],
        &["--request-timeout=-5s"],
        &["-m", "periodic", "-p", "0h"],
        &["-m", "periodic", "-p", "5 m"],
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
    ];
    let mut told = String::new();
    for typed in typed {
        told += &refusal(&format!("{typed:?}"), settings(typed, &[]));
    }
    told += &refusal("a long text", settings(&["-n", &"x".repeat(300)], &[]));
    insta::assert_snapshot!(told);
}

/// What is told of settings that are refused.
fn refusal(what: &str, result: Result<Settings, SettingsError>) -> String {
    let error = result.map(|settings| panic!("{what}: {settings:?}")).unwrap_err();
    format!("{what}\n    {}\n", one_line(&error).replace('\n', "\n    "))
}

/// A bad value of each key that can have one, and what else is needed for it to matter.
const BAD: &[(&str, &str, Variables)] = &[
    ("output", "yml", &[]),
    ("quiet", "quiet", &[]),
    ("verbose-inventory-reports", "no", &[]),
    ("mode", "daemon", &[]),
    ("polling-interval-seconds", "0", PERIODIC),
    ("watch.quiet-seconds", "0", WATCH),
    ("watch.latest-seconds", "soon", WATCH),
    ("watch.verify-seconds", "-1", WATCH),
    ("report.window", "all", WATCH),
    ("check-for-app-update", "2", &[]),
    ("update-url", "example.com", &[]),
    ("log.level", "loud", &[]),
    ("log.structured", "json", &[]),
    ("kubeconfig.cluster-cert", "----", TOKEN),
    ("kubeconfig.server", "localhost:6443", TOKEN),
    ("kubeconfig.user.type", "password", SERVER),
    ("kubeconfig.user.client-cert", "a", SERVER),
    ("kubeconfig.user.private-key", "a", CERT),
    ("kubeconfig.user.token", "two words", &[("KAI_KUBECONFIG_USER_TYPE", "token")]),
    ("kubernetes.request-timeout-seconds", "0", &[]),
    ("kubernetes.request-batch-size", "-5", &[]),
    ("kubernetes.worker-pool-size", "0", &[]),
    ("kubernetes.on-forbidden", "ignore", &[]),
    ("kubernetes.compression", "gzip", &[]),
    ("listen", "localhost", PERIODIC),
    ("listen-inventory", "x", PERIODIC),
    ("namespace-selectors.include", "a,B", &[]),
    ("namespace-selectors.exclude", "a,(b", &[]),
    ("images.include", "nginx, a b", &[]),
    ("images.exclude", "~nginx", &[]),
    ("pods.selector", "app in web", &[]),
    ("pods.exclude-annotations", "-a", &[]),
    ("attribution", "yes", &[]),
    ("missing-tag-policy.policy", "keep", &[]),
    ("missing-tag-policy.tag", "a b", &[("KAI_MISSING_TAG_POLICY_POLICY", "insert")]),
    ("ignore-not-running", "2", &[]),
    ("anchore.url", "anchore.example", &[]),
    ("anchore.url", "https:anchore.example", &[]),
    ("anchore.url", "https://me:secret@anchore.example", &[]),
    ("anchore.url", "https://anchore.example/?a=b", &[]),
    ("anchore.user", "me:hunter2", NO_USER),
    ("anchore.api", "v3", ANCHORE),
    ("anchore.http.insecure", "x", ANCHORE),
    ("anchore.http.timeout-seconds", "10x", ANCHORE),
    ("namespaces", "A", &[]),
];

const PERIODIC: Variables = &[("KAI_MODE", "periodic")];
const WATCH: Variables = &[("KAI_MODE", "watch")];
const SERVER: Variables = &[("KAI_KUBECONFIG_SERVER", "https://k8s.example")];
const CERT: Variables = &[
    ("KAI_KUBECONFIG_SERVER", "https://k8s.example"),
    ("KAI_KUBECONFIG_USER_CLIENT_CERT", "YQ=="),
];
const TOKEN: Variables =
    &[("KAI_KUBECONFIG_USER_TYPE", "token"), ("KAI_KUBECONFIG_USER_TOKEN", "t")];
const TOKEN_AND_BAD_KEY: Variables = &[
    ("KAI_KUBECONFIG_SERVER", "https://k8s.example"),
    ("KAI_KUBECONFIG_USER_TYPE", "token"),
    ("KAI_KUBECONFIG_USER_TOKEN", "t"),
    ("KAI_KUBECONFIG_USER_PRIVATE_KEY", "!"),
];
const KEY_AND_BAD_TOKEN: Variables = &[
    ("KAI_KUBECONFIG_SERVER", "https://k8s.example"),
    ("KAI_KUBECONFIG_USER_CLIENT_CERT", "YQ=="),
    ("KAI_KUBECONFIG_USER_PRIVATE_KEY", "YQ=="),
    ("KAI_KUBECONFIG_USER_TOKEN", "two words"),
];
const NO_USER: Variables =
    &[("KAI_ANCHORE_URL", "https://anchore.example"), ("KAI_ANCHORE_PASSWORD", "p")];
const ANCHORE: Variables = &[
    ("KAI_ANCHORE_URL", "https://anchore.example"),
    ("KAI_ANCHORE_USER", "me"),
    ("KAI_ANCHORE_PASSWORD", "p"),
];

#[test]
fn a_bad_value_names_its_variable_or_its_line_and_says_what_is_valid() {
    let mut told = String::new();
    for (name, text, with) in BAD {
        let key = crate::keys::named(name).unwrap();
        let mut variables = with.to_vec();
        let variable = key.variable();
        variables.push((&variable, text));
        told += &refusal(&format!("{variable}={text}"), settings(&[], &variables));

        let file = in_file(name, &format!("'{text}'"));
        let of_file = with_file(&[], with, &file).map(|(settings, _)| settings);
        let error = one_line(&of_file.unwrap_err());
        let line = file.lines().count();
        assert!(error.contains(&format!("`{name}` (kai.yaml, line {line})")), "{file}{error}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn every_key_that_can_be_wrong_has_a_row() {
    for key in crate::keys::ALL {
        let text = matches!(key.kind, Kind::Text | Kind::Path | Kind::Kubeconfig)
            || ["anchore.account", "anchore.password"].contains(&key.name);
        let elsewhere = key.in_files_only || key.name == "dev.profile-cpu";
        let listed = BAD.iter().any(|(name, ..)| *name == key.name);
        assert!(text || elsewhere || listed, "{}", key.name);
    }
}

#[test]
fn a_value_of_another_shape_is_refused() {
    let told = [
        "output: [json]",
        "output: {format: json}",
        "namespace-selectors:\n  include: {a: b}",
        "namespace-selectors:\n  include:\n  - [a]",
        "log: {level: {a: b}}",
        "- output",
        "output",
        "missing-tag-policy: {policy: insert, tag: ''}",
        "kubernetes-request-timeout-seconds: soon",
    ]
    .map(|text| refusal(text, with_file(&[], &[], text).map(|(settings, _)| settings)));
    insta::assert_snapshot!(told.join(""));
}

#[cfg(unix)]
#[test]
fn a_text_that_is_no_utf8_is_a_bad_value_except_as_a_path() {
    use std::os::unix::ffi::OsStringExt;
    let odd = || OsString::from_vec(b"a\xff".to_vec());
    let none = || std::iter::empty().collect();
    let args = |flag: &str| match args::parse(["kai".into(), flag.into(), odd()]) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    };
    assert!(Settings::from(&args("--output"), &none(), None).is_err());
    let (settings, _) = Settings::from(&args("--kubeconfig"), &none(), None).unwrap();
    match &of_cluster(&settings).settings {
        ClusterSettings::Kubeconfig { path, .. } => assert_eq!(path.as_os_str(), odd()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_bad_value_that_has_no_effect_is_a_warning() {
    let tag: &[&str] = &["--missing-tag=-x"];
    let table: [(Typed, Variables); 20] = [
        (&[], &[("KAI_KUBECONFIG_USER_TYPE", "password")]),
        (&[], TOKEN_AND_BAD_KEY),
        (&[], KEY_AND_BAD_TOKEN),
        (&["-p", "0"], &[]),
        (&["--listen", "8080"], &[]),
        (&[], &[("KAI_LISTEN_INVENTORY", "x")]),
        (&[], &[("KAI_ANCHORE_API", "v3")]),
        (&[], &[("KAI_ANCHORE_HTTP_TIMEOUT_SECONDS", "x")]),
        (&["-f", "-"], &[("KAI_ANCHORE_URL", "anchore.example")]),
        (&["-f", "-"], &[("KAI_KUBECONFIG_SERVER", "k8s.example")]),
        (&["-f", "-"], &[("KAI_KUBECONFIG_USER_PRIVATE_KEY", "secret!")]),
        (&["-f", "-"], &[("KAI_KUBERNETES_COMPRESSION", "gzip")]),
        (&[], &[("KAI_CHECK_FOR_APP_UPDATE", "false"), ("KAI_UPDATE_URL", "x")]),
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
fn what_is_typed_without_an_effect_has_a_word_and_what_is_configured_has_none() {
    let told = |typed: &[&str], variables: &[(&str, &str)]| {
        let settings = settings(typed, variables).unwrap();
        let texts = warnings(&settings).into_iter().map(|text| format!("\n    {text}"));
        format!("{typed:?} {variables:?}{}\n", texts.collect::<String>())
    };
    let insert: &[(&str, &str)] = &[("KAI_MISSING_TAG_POLICY_POLICY", "insert")];
    let table: [(&[&str], Pairs<'_>); 25] = [
        (&["-p", "5"], &[]),
        (&["--polling-interval-seconds=5", "--listen", ":8080"], &[]),
        (&["-m", "adhoc", "-p", "5"], &[]),
        (&["-f", "-", "-p", "5"], &[("KAI_MODE", "periodic")]),
        (&["-m", "periodic", "-p", "5", "--listen", ":8080"], &[]),
        (&["-p", "5"], &[("KAI_MODE", "periodic")]),
        (&[], &[("KAI_POLLING_INTERVAL_SECONDS", "5"), ("KAI_LISTEN", ":8080")]),
        (&["--missing-tag", "none"], &[]),
        (&["--missing-tag", "none", "--missing-tag-policy", "drop"], &[]),
        (&["--missing-tag", "none", "--missing-tag-policy", "insert"], &[]),
        (&["--missing-tag", "none"], insert),
        (&["--missing-tag-policy", "digest"], &[("KAI_MISSING_TAG_POLICY_TAG", "none")]),
        (&["-f", "-", "--request-timeout", "5", "--on-forbidden", "skip"], &[]),
        (&["-f", "-"], &[("KAI_KUBERNETES_ON_FORBIDDEN", "skip")]),
        (&["--request-timeout", "5", "--on-forbidden", "skip"], &[]),
        (&["-n", "shop", "-A"], &[]),
        (&["-A"], &[("KAI_NAMESPACE_SELECTORS_INCLUDE", "shop")]),
        (&["--exclude-namespace", "kube-*"], &[]),
        (&["--exclude-namespace", "team-?", "--exclude-namespace", "a*b"], &[]),
        (&["--exclude-namespace", "^kube-*", "--exclude-namespace", "kube-.*"], &[]),
        (&["--exclude-namespace", "kube-system"], &[]),
        (&[], &[("KAI_NAMESPACE_SELECTORS_EXCLUDE", "kube-*,^x*")]),
        (&["-n", "kube-a", "--exclude-namespace", "x*y"], &[]),
        // What is wrong as well has one word only.
        (&["-p", "0"], &[]),
        (&["--missing-tag", "a b"], &[]),
    ];
    let told = table.map(|(typed, variables)| told(typed, variables));
    insta::assert_snapshot!(told.concat());
}

#[test]
fn a_glob_that_is_no_regular_expression_is_refused_with_what_to_write() {
    let table: [(&[&str], Pairs<'_>); 5] = [
        (&["--exclude-namespace", "*kube*"], &[]),
        (&["--exclude-namespace", "*-system"], &[]),
        (&["--exclude-namespace", "*"], &[]),
        (&[], &[("KAI_NAMESPACE_SELECTORS_EXCLUDE", "a,?-test")]),
        (&["--exclude-namespace", "*[a"], &[]),
    ];
    let told = table.map(|(typed, variables)| {
        let error = settings(typed, variables).unwrap_err();
        format!("{}\n", crate::error::one_line(&error).replace('\n', " "))
    });
    insta::assert_snapshot!(told.concat());
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
