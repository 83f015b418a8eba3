//! Which cluster is meant when nothing, a variable or a flag says so.

use std::fs;

use crate::support::{Ended, kai};
use crate::{cluster, make};

/// The names in the report, from `-o json`.
fn cluster_name(ended: &Ended) -> String {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    report["cluster_name"].as_str().unwrap().to_owned()
}

/// A kubeconfig of one cluster, user and context, each with this name's first letter after it.
fn kubeconfig(context: &str) -> String {
    let text = cluster().kubeconfig(&cluster().admin());
    let server = text.lines().find(|line| line.contains("server:")).unwrap().trim();
    let token = text.lines().find(|line| line.contains("token:")).unwrap().trim();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {context}\n\
         clusters: [{{name: cluster-{context}, cluster: {{insecure-skip-tls-verify: true, {server}}}}}]\n\
         users: [{{name: user-{context}, user: {{{token}}}}}]\n\
         contexts: [{{name: {context}, context: {{cluster: cluster-{context}, user: user-{context}}}}}]\n"
    )
}

#[test]
fn without_any_configuration_it_says_what_it_looked_for() {
    insta::assert_snapshot!(Ended::of(&mut kai([""; 0])).to_string());
}

#[test]
fn in_a_pod_a_context_that_no_kubeconfig_has_is_an_error_and_not_forgotten() {
    let mut command = kai(["--context", "staging"]);
    let ended = Ended::of(
        command.env("KUBERNETES_SERVICE_HOST", "127.0.0.1").env("KUBERNETES_SERVICE_PORT", "1"),
    );
    insta::assert_snapshot!(ended.to_string());
}

#[test]
fn the_home_folder_s_kubeconfig_is_the_default() {
    make("which-home");
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join(".kube")).unwrap();
    fs::write(home.path().join(".kube/config"), kubeconfig("a")).unwrap();
    let ended = Ended::of(kai(["-n", "which-home"]).env("HOME", home.path()));
    assert_eq!(cluster_name(&ended), "cluster-a");
    assert!(ended.stdout.contains("which-home:1"));
}

#[test]
fn the_files_of_kubeconfig_merge_and_those_that_are_missing_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    for context in ["a", "b"] {
        fs::write(folder.path().join(context), kubeconfig(context)).unwrap();
    }
    let path = |name: &str| folder.path().join(name).display().to_string();
    let several = [path("none"), String::new(), path("a"), path("b")].join(":");
    let run = |variable: &str, args: &[&str]| {
        Ended::of(kai(["-n", "default"]).args(args).env("KUBECONFIG", variable))
    };
    assert_eq!(cluster_name(&run(&several, &[])), "cluster-a", "the first to say it wins");
    assert_eq!(cluster_name(&run(&several, &["--context", "b"])), "cluster-b");
    assert_eq!(cluster_name(&run(&several, &["--cluster", "cluster-b"])), "cluster-b");
    assert_eq!(cluster_name(&run(&several, &["--cluster-name", "mine"])), "mine");

    let none = run(&path("none"), &[]).with(folder.path(), "[folder]");
    let unknown = run(&several, &["--context", "c"]).with(folder.path(), "[folder]");
    insta::assert_snapshot!(format!("{none}\n\n{unknown}"));
}

#[test]
fn an_explicit_path_is_final() {
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    fs::write(&good, kubeconfig("a")).unwrap();
    let missing = folder.path().join("missing");
    let ended = Ended::of(kai(["-k"]).arg(&missing).env("KUBECONFIG", &good))
        .with(folder.path(), "[folder]");
    let outside = Ended::of(kai(["-k", "use-in-cluster"]).env("KUBECONFIG", &good));
    insta::assert_snapshot!(format!("{ended}\n\n{outside}"));
}

#[test]
fn kubectl_s_override_flags_override() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, kubeconfig("a")).unwrap();
    let run = |args: &[&str]| Ended::of(kai(["-n", "default", "-k"]).arg(&path).args(args));
    assert_eq!(run(&["--as", "admin", "--as-group", "system:masters"]).code, Some(0));
    let nobody = run(&["--as", "nobody"]);
    assert_eq!(nobody.code, Some(3));
    assert!(
        nobody.stderr.contains(r#"User "nobody" cannot list resource "pods""#),
        "{}",
        nobody.stderr
    );
    assert_eq!(run(&["--user", "user-none"]).code, Some(2));
}
