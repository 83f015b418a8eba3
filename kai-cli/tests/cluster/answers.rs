//! `kai where`, `kai diff` and `/ui` on a real API server.

use testkit::{ControlPlane, Fault, FaultRelay, Load, Options};

use crate::support::daemon::{Daemon, get};
use crate::support::make;
use crate::support::{Ended, kai};
use crate::{cluster, kai_at, run_as};

#[test]
fn where_takes_three_requests_where_the_pods_fit_into_a_page_and_counts_what_kai_counts() {
    let cluster = ControlPlane::start(&Options::default()).unwrap();
    Load::new(300, 10).inject(&cluster).unwrap();
    let relay = FaultRelay::start(&cluster, |_| Fault::Pass);
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kubeconfig.path(), cluster.kubeconfig_via(relay.url(), &cluster.admin()))
        .unwrap();
    let mut command =
        kai(["where", "**", "-o", "csv", "--columns", "namespace,pod,workload_known"]);
    let ended = Ended::of(command.arg("-k").arg(kubeconfig.path()));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let paths: Vec<_> = relay.requests().iter().map(|it| it.path().to_owned()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    let rows = ended.stdout.lines().skip(1);
    assert!(rows.clone().count() >= 300);
    assert!(rows.clone().any(|row| row.ends_with("inferred")), "its pods have owners");
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
}

#[test]
fn where_answers_in_part_where_a_namespace_may_not_be_read_and_a_match_is_worse_than_that() {
    make("where-seen");
    make("where-unseen");
    let user = cluster().fresh_user();
    cluster().grant(&user.name, Some("where-seen"), &["list"], &["pods"]);
    cluster().grant(&user.name, Some("where-seen"), &["get"], &["namespaces"]);
    cluster().grant(&user.name, Some("where-unseen"), &["get"], &["namespaces"]);
    let run = |args: &[&str]| {
        let both = ["-n", "where-seen,where-unseen", "-o", "csv", "--columns", "namespace,image"];
        run_as(&user.credentials, &[args, &both].concat())
    };
    let ended = run(&["where", "where-seen"]);
    assert_eq!(ended.stdout, "namespace,image\nwhere-seen,where-seen:1\n", "{ended}");
    assert_eq!(ended.code, Some(3), "{ended}");
    assert!(ended.stderr.contains("namespace `where-unseen` is left out"), "{ended}");
    assert_eq!(run(&["where", "where-seen", "--expect", "none"]).code, Some(5));
    assert_eq!(run(&["where", "other", "--expect", "none"]).code, Some(3));
}

#[test]
fn diff_compares_a_report_with_the_cluster() {
    make("diffed");
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("old.json");
    let run = |args: &[&str]| {
        let mut command = kai_at(folder.path(), cluster().url(), &cluster().admin(), args);
        Ended::of(&mut command)
    };
    let taken = run(&["-n", "diffed", "-o", "json", "-q"]);
    std::fs::write(&report, taken.stdout.replace("diffed:1", "diffed:0")).unwrap();
    let ended = run(&["diff", &report.display().to_string(), "-q", "--expect", "some"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    assert_eq!(ended.stdout, "- diffed diffed:0\n+ diffed diffed:1\n");
}

#[test]
fn the_status_endpoint_shows_the_page_where_it_shows_the_inventory() {
    make("page-ui");
    let folder = tempfile::tempdir().unwrap();
    let args = ["-m", "periodic", "-p", "1", "-n", "page-ui", "--cluster-name", "prod"];
    let mut command = kai_at(folder.path(), cluster().url(), &cluster().admin(), &args);
    command.args(["--listen", "127.0.0.1:0"]).env("KAI_LISTEN_INVENTORY", "true");
    let daemon = Daemon::start(&mut command);
    let address = daemon.address();
    daemon.logs("info: inventory taken", 1);
    let (status, page) = get(&address, "/ui");
    assert_eq!(status, 200);
    assert!(page.starts_with("<!doctype html>") && page.contains("<title>Images in prod</title>"));
    assert!(page.contains("\"page-ui:1\""), "it has the uses");
    daemon.terminate();
}
