use crate::support::{Ended, examples, kai, run_with_input};

/// `kai -f examples/pods.json`, and more flags.
fn sample(args: &[&str]) -> Ended {
    let sample = examples().join("pods.json");
    let ended = Ended::of(kai([std::path::Path::new("-f"), &sample]).args(args));
    assert_eq!(ended.code, Some(0), "{ended}");
    ended.with(sample, "examples/pods.json")
}

#[test]
fn the_sample_as_json() {
    insta::assert_snapshot!(sample(&[]));
}

#[test]
fn the_sample_as_a_table() {
    insta::assert_snapshot!(sample(&["-o", "Table"]));
}

#[test]
fn some_of_the_sample_under_a_policy_and_a_name() {
    insta::assert_snapshot!(sample(&[
        "-n",
        "monitoring,gone",
        "--missing-tag-policy",
        "insert",
        "--missing-tag",
        "none",
        "--cluster-name",
        "the <shop> & more",
    ]));
}

#[test]
fn what_is_typed_without_an_effect_has_a_word() {
    let table: [(&[&str], &str); 7] = [
        (
            &["--exclude-namespace", "payment"],
            "`payment` excludes no namespace (hint: it is taken as a whole name; `^payment` matches 1 that begin with it)",
        ),
        (&["--exclude-namespace", "^cube-"], "`^cube-` excludes no namespace"),
        (
            &["-n", "payments", "--exclude-namespace", "jobs"],
            "`jobs` excludes none of the included namespaces",
        ),
        (
            &["-p", "5"],
            "`--polling-interval-seconds` has no effect, since only the modes periodic and watch use it",
        ),
        (
            &["--listen", ":0"],
            "`--listen` has no effect, since only the modes periodic and watch use it",
        ),
        (
            &["--missing-tag", "x"],
            "`--missing-tag` has no effect, since only the policy `insert` uses it",
        ),
        (
            &["--on-forbidden", "skip"],
            "`--on-forbidden` has no effect, since `--filename` asks no cluster",
        ),
    ];
    for (typed, text) in table {
        let told = sample(typed).stderr;
        let warnings: Vec<_> = told.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert!(warnings.contains(&format!("warning: {text}").as_str()), "{typed:?}: {told}");
        let quiet = sample(&[typed, &["-q"]].concat());
        assert_eq!(quiet.stderr, "", "{typed:?}");
    }
    let told = sample(&["--exclude-namespace", "^kube-"]).stderr;
    assert!(!told.contains("excludes"), "{told}");
}

#[test]
fn each_container_that_is_left_out_is_explained() {
    let ended =
        sample(&["-v", "--missing-tag-policy=drop", "--exclude-namespace=^kube-", "-o", "table"]);
    insta::assert_snapshot!(ended);
}

#[test]
fn a_file_has_no_name_of_a_cluster_unless_one_is_given() {
    assert!(!sample(&[]).stdout.contains("cluster_name"));
    let named = Ended::of(
        kai(["-f", examples().join("pods.json").to_str().unwrap()])
            .env("KAI_KUBECONFIG_CLUSTER", "eks-prod"),
    );
    assert!(named.stdout.contains("\n  \"cluster_name\": \"eks-prod\",\n"), "{named}");
}

#[test]
fn quiet_leaves_nothing_but_the_report() {
    let quiet = sample(&["-q"]);
    assert_eq!(quiet.stderr, "");
    assert!(quiet.stdout.starts_with("{\n  \"timestamp\""), "{quiet}");
}

#[test]
fn a_text_of_10000_pods_neither_steers_the_terminal_nor_floods_the_log() {
    let pods: Vec<String> = (0..10_000)
        .map(|n| {
            format!(
                r#"{{"kind":"Pod","metadata":{{"namespace":"shop","name":"web-{n}"}},"spec":{{"containers":[{{"name":"app","image":"\u001b[2J\u202e{}"}}]}},"status":{{"phase":"Running"}}}}"#,
                "x".repeat(300)
            )
        })
        .collect();
    let list = format!(r#"{{"kind":"List","items":[{}]}}"#, pods.join(","));
    let ended = run_with_input(list.as_bytes(), ["-o", "table"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains(['\x1b', '\u{202e}']), "{}", ended.stderr);
    assert!(ended.stderr.contains("warning: … and 9980 more"), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 24, "{}", ended.stderr);
    for line in ended.stderr.lines() {
        assert!(line.chars().count() < 500, "{line}");
    }
}

#[test]
fn no_line_of_the_log_speaks_rust() {
    // What `Debug` writes: `Some(1)`, `Known { pods: 1 }`; and paths of modules.
    let rust = ["Some(", "None", "Ok(", "Err(", " { ", "::"];
    for args in [
        &["-vv"][..],
        &["-vv", "--missing-tag-policy=drop", "-n", "monitoring,gone"],
        &["-vv", "--dry-run", "-o", "json", "--exclude-namespace", "^none"],
    ] {
        let told = sample(args).stderr;
        assert!(told.contains("debug: "), "{told}");
        for word in rust {
            assert_eq!(told.lines().find(|line| line.contains(word)), None, "{word}");
        }
    }
}
