//! Namespaces that a shell completes.

#![cfg(unix)]

use crate::support::Ended;
use crate::support::shell::{BASH, is_here, with_kai};
use crate::{cluster, make};

/// What is offered for words after `kai` by kai itself, and by bash.
fn offered(folder: &std::path::Path, typed: &[&str]) -> [String; 2] {
    let config = folder.join("config");
    std::fs::write(&config, cluster().kubeconfig(&cluster().admin())).unwrap();
    let mut direct = with_kai("kai");
    direct.args(["__complete", "--", "kai"]).args(typed);
    let mut bash = with_kai(if is_here("bash") { "bash" } else { "true" });
    bash.args(["--norc", "-c", BASH, "bash", "kai"]).args(typed);
    [direct, bash].map(|mut command| {
        let ended = Ended::of(command.env("KUBECONFIG", &config));
        assert_eq!(ended.stderr, "", "{ended}");
        ended.stdout
    })
}

#[test]
fn namespaces_are_completed_from_the_cluster() {
    make("complete-shop");
    make("complete-web");
    let folder = tempfile::tempdir().unwrap();
    let both = "complete-shop\ncomplete-web\n";
    for (typed, expected) in [
        (vec!["-n", "complete-"], both),
        (vec!["--exclude-namespace", "complete-"], both),
        (vec!["-n", "complete-w"], "complete-web\n"),
        (vec!["-n", "default,complete-w"], "default,complete-web\n"),
        (vec!["-n", "Not a name", "-n", "complete-w"], "complete-web\n"),
    ] {
        let [direct, bash] = offered(folder.path(), &typed);
        assert_eq!(direct, expected, "{typed:?}");
        if is_here("bash") {
            assert_eq!(bash, expected, "{typed:?}");
        }
    }
}
