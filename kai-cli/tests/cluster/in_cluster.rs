//! In a pod: the real binary with a service account's files where a pod has them.
#![cfg(target_os = "linux")]

use std::fs;
use std::time::{Duration, Instant};

use testkit::{Credentials, User};

use crate::support::pod::Pod;
use crate::support::{Ended, repository};
use crate::{cluster, make};

/// Runs `kai` in a pod of a service account, which has these files; `None` where it can't be.
fn kai_in_pod(files: &[(&str, &str)], args: &[&str]) -> Option<Ended> {
    let pod = Pod::new("in-pod", files)?;
    Some(Ended::of(pod.command(cluster().url()).args(args)))
}

fn account(name: &str) -> (User, String) {
    let user = cluster().service_account("in-pod", name);
    let Credentials::Token(token) = user.credentials.clone() else { panic!("a token") };
    (user, token)
}

/// Gives a service account what `docs/tasks/least-rights.md` says that kai needs.
fn grant_as_documented(user: &User, name: &str) {
    let page = fs::read_to_string(repository().join("docs/tasks/least-rights.md")).unwrap();
    let mut blocks = page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let role = blocks.find(|block| block.contains("kind: ClusterRole\n")).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), role).unwrap();
    let account = format!("--serviceaccount=in-pod:{name}");
    for arguments in [
        vec!["apply", "-f", file.path().to_str().unwrap()],
        vec!["create", "clusterrolebinding", "kai-in-pod", "--clusterrole=kai", &account],
    ] {
        let done = cluster().kubectl(&arguments);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let who = format!("--as={}", user.name);
    let deadline = Instant::now() + Duration::from_secs(30);
    while !cluster().kubectl(&["auth", "can-i", "list", "pods", "-A", &who]).status.success() {
        assert!(Instant::now() < deadline, "the binding is never seen");
    }
}

#[test]
fn the_service_account_of_a_pod_is_the_default_and_suffices_with_the_documented_rights() {
    make("in-pod");
    let (user, token) = account("reader");
    let ca = cluster().ca_pem();
    let files = [("token", &*token), ("ca.crt", &*ca)];
    let run = |args: &[&str]| kai_in_pod(&files, args);
    let Some(without) = run(&["-n", "in-pod"]) else { return };
    assert_eq!(without.code, Some(3));
    let refused = r#"User "system:serviceaccount:in-pod:reader" cannot list resource "pods""#;
    assert!(without.stderr.contains(refused), "{}", without.stderr);
    assert_eq!(without.stdout, "");

    grant_as_documented(&user, "reader");
    for args in [&[][..], &["-k", "use-in-cluster"], &["-n", "in-pod"]] {
        let ended = run(args).unwrap();
        assert_eq!(ended.code, Some(0), "{args:?}: {}", ended.stderr);
        let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(report["cluster_name"], "", "{args:?}");
        let results = report["results"].as_array().unwrap();
        let own = results.iter().find(|result| result["namespace"] == "in-pod").unwrap();
        assert_eq!(own["images"][0]["tag"], "in-pod:1", "{args:?}");
        assert_eq!(results.len() > 1, !args.contains(&"-n"), "{args:?}: {}", ended.stdout);
    }
}

#[test]
fn a_service_account_that_cannot_be_used_is_told() {
    let ca = cluster().ca_pem();
    let other = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    let rows: [(&str, &[(&str, &str)]); 5] = [
        ("without a token", &[("ca.crt", &ca)]),
        ("an empty token", &[("ca.crt", &ca), ("token", "\n")]),
        ("without a CA", &[("token", "a-secret")]),
        ("a CA that is none", &[("token", "a-secret"), ("ca.crt", other)]),
        ("a wrong token", &[("ca.crt", &ca), ("token", "a-secret\n")]),
    ];
    let mut told = Vec::new();
    for (what, files) in rows {
        let Some(ended) = kai_in_pod(files, &["-n", "default"]) else { return };
        assert!(!ended.stderr.contains("a-secret"), "{}", ended.stderr);
        told.push(format!("{what}\n{}", ended.with(cluster().url(), "[server]")));
    }
    insta::assert_snapshot!(told.join("\n\n"));
}
