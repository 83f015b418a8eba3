//! Which layer wins, key by key.

use super::*;
use crate::keys::{self, Key};

/// A key, what it comes to by default, and two texts with what each comes to.
struct Row {
    key: &'static Key,
    flag: Option<&'static str>,
    default: &'static str,
    in_variable: (&'static str, &'static str),
    in_flag: (&'static str, &'static str),
    shows: fn(&Settings) -> String,
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn rows() -> Vec<Row> {
    vec![
        Row {
            key: &keys::OUTPUT.key,
            flag: Some("--output"),
            default: "Json",
            in_variable: ("Table", "Table"),
            in_flag: ("JSON", "Json"),
            shows: |settings| format!("{:?}", settings.output),
        },
        Row {
            key: &keys::QUIET.key,
            flag: Some("--quiet"),
            default: "Some(Level(Info))",
            in_variable: ("TRUE", "None"),
            in_flag: ("0", "Some(Level(Info))"),
            shows: |settings| format!("{:?}", on_console(settings)),
        },
        Row {
            key: &keys::LOG_LEVEL.key,
            flag: None,
            default: "Some(Level(Info))",
            in_variable: ("Warning", "Some(Level(Warn))"),
            in_flag: ("", ""),
            shows: |settings| format!("{:?}", on_console(settings)),
        },
        Row {
            key: &keys::KUBECONFIG_PATH.key,
            flag: Some("--kubeconfig"),
            default: "Default(..)",
            in_variable: ("use-in-cluster", "InCluster"),
            in_flag: ("/etc/kube", "/etc/kube"),
            shows: |settings| match &of_cluster(settings).settings {
                ClusterSettings::Default(_) => "Default(..)".into(),
                ClusterSettings::Kubeconfig { path, .. } => path.display().to_string(),
                other => format!("{other:?}"),
            },
        },
        Row {
            key: &keys::KUBECONFIG_CONTEXT.key,
            flag: Some("--context"),
            default: "None",
            in_variable: ("staging", "Some(\"staging\")"),
            in_flag: ("production", "Some(\"production\")"),
            shows: |settings| match &of_cluster(settings).settings {
                ClusterSettings::Default(overrides) => format!("{:?}", overrides.context),
                other => format!("{other:?}"),
            },
        },
        Row {
            key: &keys::KUBECONFIG_CLUSTER.key,
            flag: None,
            default: "None",
            in_variable: ("eks-prod", "Some(\"eks-prod\")"),
            in_flag: ("", ""),
            shows: |settings| format!("{:?}", settings.cluster_name),
        },
        Row {
            key: &keys::CLUSTER_NAME.key,
            flag: Some("--cluster-name"),
            default: "None",
            in_variable: ("eks-prod", "Some(\"eks-prod\")"),
            in_flag: ("gke-prod", "Some(\"gke-prod\")"),
            shows: |settings| format!("{:?}", settings.cluster_name),
        },
        Row {
            key: &keys::REQUEST_TIMEOUT.key,
            flag: Some("--request-timeout"),
            default: "60s",
            in_variable: ("1", "1s"),
            in_flag: ("90", "90s"),
            shows: |settings| format!("{:?}", of_cluster(settings).request_timeout),
        },
        Row {
            key: &keys::REQUEST_BATCH_SIZE.key,
            flag: None,
            default: "500",
            in_variable: ("0", "0"),
            in_flag: ("", ""),
            shows: |settings| of_cluster(settings).page_size.to_string(),
        },
        Row {
            key: &keys::WORKER_POOL_SIZE.key,
            flag: None,
            default: "8",
            in_variable: ("32", "32"),
            in_flag: ("", ""),
            shows: |settings| of_cluster(settings).max_in_flight.to_string(),
        },
        Row {
            key: &keys::ON_FORBIDDEN.key,
            flag: None,
            default: "Fail",
            in_variable: ("Skip", "Skip"),
            in_flag: ("", ""),
            shows: |settings| format!("{:?}", of_cluster(settings).on_forbidden),
        },
        Row {
            key: &keys::INCLUDE.key,
            flag: Some("--namespace"),
            default: "a b kube-system kubefoo",
            in_variable: (" a , b ", "a b"),
            in_flag: ("b, kubefoo", "b kubefoo"),
            shows: selected,
        },
        Row {
            key: &keys::EXCLUDE.key,
            flag: Some("--exclude-namespace"),
            default: "a b kube-system kubefoo",
            in_variable: ("a, ^kube-", "b kubefoo"),
            in_flag: ("^[a-z]{1,1}$", "kube-system kubefoo"),
            shows: selected,
        },
        Row {
            key: &keys::MISSING_TAG_POLICY.key,
            flag: Some("--missing-tag-policy"),
            default: "Digest",
            in_variable: ("Insert", "Insert(Tag(\"UNKNOWN\"))"),
            in_flag: ("drop", "Drop"),
            shows: |settings| field(settings, "missing_tag_policy"),
        },
        Row {
            key: &keys::IGNORE_NOT_RUNNING.key,
            flag: Some("--ignore-not-running"),
            default: "true",
            in_variable: ("false", "false"),
            in_flag: ("t", "true"),
            shows: |settings| field(settings, "ignore_not_running"),
        },
    ]
}

#[test]
fn each_key_is_set_by_flag_over_variable_over_default() {
    for Row { key, flag, default, in_variable, in_flag, shows } in rows() {
        let variable = key.variable();
        let check = |typed: &[&str], text: &str, expected: &str| {
            println!("{typed:?} {variable}={text}");
            let settings = settings(typed, &[(&variable, text)]).unwrap();
            assert_eq!(shows(&settings), expected);
        };
        check(&[], "", default);
        check(&[], in_variable.0, in_variable.1);
        if let Some(flag) = flag {
            let typed = format!("{flag}={}", in_flag.0);
            check(&[&typed], "", in_flag.1);
            check(&[&typed], in_variable.0, in_flag.1);
            // What has no effect is not looked at.
            check(&[&typed], "/// !", in_flag.1);
        }
    }
}

#[test]
fn no_key_is_left_out_of_the_table() {
    let mut listed: Vec<&str> = rows().iter().map(|row| row.key.name).collect();
    // The tag has an effect with a policy only: below.
    listed.push(keys::MISSING_TAG.key.name);
    for key in keys::ALL {
        assert!(listed.contains(&key.name), "{}", key.name);
    }
}

#[test]
fn the_tag_is_set_by_flag_over_variable_over_default() {
    let table: [(Typed, &str, &str); 4] = [
        (&[], "", "Insert(Tag(\"UNKNOWN\"))"),
        (&[], "none", "Insert(Tag(\"none\"))"),
        (&["--missing-tag=x"], "", "Insert(Tag(\"x\"))"),
        (&["--missing-tag=x"], "none", "Insert(Tag(\"x\"))"),
    ];
    for (typed, text, expected) in table {
        println!("{typed:?} {text}");
        let variables =
            [("KAI_MISSING_TAG_POLICY_POLICY", "insert"), ("KAI_MISSING_TAG_POLICY_TAG", text)];
        let settings = settings(typed, &variables).unwrap();
        assert_eq!(field(&settings, "missing_tag_policy"), expected);
    }
}

#[test]
fn typed_verbosity_wins_over_the_level() {
    let level = |typed: &[&str], variable| {
        on_console(&settings(typed, &[("KAI_LOG_LEVEL", variable)]).unwrap())
    };
    assert_eq!(level(&["-v"], "error"), Some(Level::DEBUG));
    assert_eq!(level(&["-vv"], "error"), Some(Level::TRACE));
    assert_eq!(level(&["-vvv"], ""), Some(Level::TRACE));
    assert_eq!(level(&["-v", "-q"], ""), None);
    for (name, expected) in
        [("panic", Level::ERROR), ("fatal", Level::ERROR), ("warn", Level::WARN)]
    {
        assert_eq!(level(&[], name), Some(expected), "{name}");
    }
}
