//! In a pod: the real binary with a service account's files where a pod has them, in a mount
//! namespace of its own, so that nothing is written where other programs look.
#![cfg(target_os = "linux")]

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use testkit::{Credentials, User};

use crate::support::Ended;
use crate::{cluster, make};

/// Puts the files of the folder `$1` where a pod has them, and runs the rest.
const IN_A_POD: &str = "set -e
mount -t tmpfs tmpfs /var/run
account=/var/run/secrets/kubernetes.io/serviceaccount
mkdir -p $account
cp \"$1\"/* $account
shift
exec \"$@\"";

/// How to get a mount namespace here; `None`: not at all, and the reason is printed.
fn unshare() -> Option<&'static [&'static str]> {
    const WAYS: [&[&str]; 2] = [&["--mount"], &["--mount", "--map-root-user"]];
    static WAY: OnceLock<Option<&[&str]>> = OnceLock::new();
    let way = WAY.get_or_init(|| {
        let mut why = Vec::new();
        for way in WAYS {
            let mut probe = Command::new("unshare");
            match probe.args(way).args(["mount", "-t", "tmpfs", "tmpfs", "/var/run"]).output() {
                Ok(output) if output.status.success() => return Some(way),
                Ok(output) => why.push(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
                Err(error) => why.push(error.to_string()),
            }
        }
        // Who may do everything has to be able to do this; elsewhere it depends on the machine.
        let root = fs::metadata("/proc/self")
            .is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
        assert!(!(root && env::var_os("CI").is_some()), "no mount namespace in CI: {why:?}");
        println!("skipped, as there is no mount namespace to have here: {why:?}");
        None
    });
    *way
}

/// Runs `kai` in a pod of a service account, which has these files; `None` where it can't be.
fn kai_in_pod(files: &[(&str, &str)], args: &[&str]) -> Option<Ended> {
    let way = unshare()?;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("namespace"), "in-pod").unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let (host, port) = cluster().url().trim_start_matches("https://").split_once(':').unwrap();
    let mut command = Command::new("unshare");
    command
        .args(way)
        .args(["sh", "-c", IN_A_POD, "sh"])
        .args([folder.path().as_os_str(), OsStr::new(env!("CARGO_BIN_EXE_kai"))])
        .args(args)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        // A pod asks its own cluster's server without a detour; here it is on this machine.
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .stdin(Stdio::null());
    let untouched = !Path::new("/var/run/secrets/kubernetes.io").exists();
    let ended = Ended::of(&mut command);
    assert_eq!(untouched, !Path::new("/var/run/secrets/kubernetes.io").exists());
    Some(ended)
}

fn account(name: &str) -> (User, String) {
    let user = cluster().service_account("in-pod", name);
    let Credentials::Token(token) = user.credentials.clone() else { panic!("a token") };
    (user, token)
}

/// Gives a service account what the README says that kai needs.
fn grant_as_the_readme_says(user: &User, name: &str) {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md"));
    let readme = readme.unwrap();
    let mut blocks = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
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
fn the_service_account_of_a_pod_is_the_default_and_suffices_with_the_readme_s_rights() {
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

    grant_as_the_readme_says(&user, "reader");
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
