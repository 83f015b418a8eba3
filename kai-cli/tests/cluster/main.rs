//! The real binary against a real control plane.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod answers;
mod completion;
mod faults;
mod in_cluster;
mod inline;
mod kubeconfigs;
mod kubectl;
mod periodic;
mod plugin;
mod proxies;
mod report;
mod watch;
mod which;

#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use support::{Ended, kai, make};
use testkit::{ControlPlane, Credentials};

fn cluster() -> &'static ControlPlane {
    ControlPlane::shared()
}

/// `kai -k FILE`, the file leading to a server as somebody; a folder that goes with the test.
fn kai_at(folder: &Path, server: &str, who: &Credentials, args: &[&str]) -> Command {
    let path = folder.join("kubeconfig");
    std::fs::write(&path, cluster().kubeconfig_via(server, who)).unwrap();
    let mut command = kai(["-k"]);
    command.arg(path).args(args);
    command
}

/// Runs `kai` as somebody, directly; what differs from run to run is replaced.
fn run_as(who: &Credentials, args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let ended = Ended::of(&mut kai_at(folder.path(), cluster().url(), who, args));
    ended.with(folder.path(), "[folder]").with(cluster().url(), "[server]")
}
