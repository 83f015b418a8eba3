//! kai as a plugin of the real kubectl.
#![cfg(unix)]

use std::os::unix::fs::symlink;
use std::process::Command;

use testkit::Binaries;

use crate::support::Ended;
use crate::{cluster, make};

#[test]
fn kubectl_finds_kai_and_hands_its_flags_over() {
    make("plugged-in");
    let folder = tempfile::tempdir().unwrap();
    symlink(env!("CARGO_BIN_EXE_kai"), folder.path().join("kubectl-kai")).unwrap();
    let kubectl = Binaries::locate().unwrap().kubectl.unwrap();
    let mut command = Command::new(kubectl);
    command
        .args(["kai", "-q", "-n", "plugged-in", "-o", "table"])
        .env_clear()
        .env("PATH", folder.path())
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", cluster().admin_kubeconfig());
    let ended = Ended::of(&mut command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("plugged-in:1"), "{}", ended.stdout);
}
