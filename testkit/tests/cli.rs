//! The test kit's own command line.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn testkit(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testkit"));
    command.args(arguments).stdin(Stdio::null());
    command
}

#[test]
fn fetch_prints_the_folder_of_the_binaries() {
    let output = testkit(&["fetch"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let folder = String::from_utf8(output.stdout).unwrap();
    assert!(Path::new(folder.trim()).join("kube-apiserver").is_file(), "{folder}");
}

#[test]
fn without_binaries_cache_and_go_the_error_says_what_to_install() {
    let empty = tempfile::tempdir().unwrap();
    let output = testkit(&["fetch"])
        .env_remove("KUBEBUILDER_ASSETS")
        .env("XDG_CACHE_HOME", empty.path())
        .env("PATH", empty.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("install Go >= 1.26"), "{error}");
    assert!(error.contains("set KUBEBUILDER_ASSETS"), "{error}");
}

#[test]
fn assets_without_servers_are_an_error_and_not_replaced_silently() {
    let empty = tempfile::tempdir().unwrap();
    let output = testkit(&["fetch"]).env("KUBEBUILDER_ASSETS", empty.path()).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("lacks kube-apiserver or etcd"), "{error}");
}

/// testkit where there is neither helm nor Go; what `path` holds is all that is on the `PATH`.
fn helm(arguments: &[&str], path: &Path) -> Command {
    let mut command = testkit(&[&["helm"], arguments].concat());
    command.env_remove("HELM").env("XDG_CACHE_HOME", path).env("PATH", path);
    command
}

#[test]
fn without_helm_and_go_only_lint_is_skipped() {
    let empty = tempfile::tempdir().unwrap();
    let lint = helm(&["lint", "--strict", "charts/kai"], empty.path()).output().unwrap();
    let told = String::from_utf8(lint.stderr).unwrap();
    assert_eq!(lint.status.code(), Some(0), "{told}");
    assert!(told.contains("skipped"), "{told}");
    for arguments in [&["package", "charts/kai"][..], &["template", "lint"], &[]] {
        let output = helm(arguments, empty.path()).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error}");
        assert!(error.contains("install it or Go"), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn helm_may_be_named_by_its_path_or_its_name() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("my-helm");
    std::fs::write(&mine, "#!/bin/sh\necho \"mine: $*\"\n").unwrap();
    std::fs::set_permissions(&mine, std::fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["my-helm", "./my-helm", mine.to_str().unwrap()] {
        let mut command = helm(&["version"], folder.path());
        let output = command.env("HELM", name).current_dir(folder.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "mine: version\n", "{name}");
    }
    for name in ["other-helm", "/nonexistent/helm"] {
        let output = helm(&["lint"], folder.path()).env("HELM", name).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {error}");
        assert!(error.contains(&format!("HELM is `{name}`")), "{error}");
    }
}

#[test]
fn pods_are_written_in_the_shape_asked_for() {
    for (shape, kind, items) in [("list", "List", 33), ("podlist", "PodList", 30)] {
        let arguments = ["pods", "--pods", "30", "--namespaces", "3", "--shape", shape];
        let output = testkit(&arguments).output().unwrap();
        let list: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(list["kind"], kind);
        assert_eq!(list["items"].as_array().unwrap().len(), items, "{shape}");
    }
}

#[test]
fn up_runs_a_loaded_cluster_until_it_is_stopped() {
    let mut up = testkit(&["up", "--pods", "20", "--namespaces", "4"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut kubeconfig = String::new();
    BufReader::new(up.stdout.take().unwrap()).read_line(&mut kubeconfig).unwrap();
    let kubeconfig = Path::new(kubeconfig.trim());
    let kubectl = ["--kubeconfig", kubeconfig.to_str().unwrap(), "get", "pods", "-A", "-o", "name"];
    let output = testkit::ControlPlane::shared().kubectl(&kubectl);
    let pods = String::from_utf8(output.stdout).unwrap();
    assert_eq!(pods.lines().count(), 20, "{pods}");
    up.kill().unwrap();
    up.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while kubeconfig.exists() {
        assert!(Instant::now() < deadline, "{} is left", kubeconfig.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}
