//! The chart: what it renders, on a real API server, and the real binary under its rights.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod apply;
mod configuration;
mod release;
mod render;
#[cfg(target_os = "linux")]
mod rights;
mod upgrade;
mod values;

#[path = "../support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use support::repository;
use testkit::{ControlPlane, Helm};

fn cluster() -> &'static ControlPlane {
    ControlPlane::shared()
}

/// Helm; `None`, and a word, where there is neither it nor Go to build it.
fn helm() -> Option<&'static Helm> {
    static HELM: OnceLock<Option<Helm>> = OnceLock::new();
    let helm = HELM.get_or_init(|| Helm::locate().unwrap_or_else(|error| panic!("{error}")));
    if helm.is_none() {
        println!("skipped, as there is neither helm nor Go to build it");
    }
    helm.as_ref()
}

/// The folder of the chart.
fn chart() -> PathBuf {
    repository().join("charts/kai").canonicalize().unwrap()
}

/// A file of these tests.
fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chart");
    folder.join(name).to_str().unwrap().to_owned()
}

/// What a program prints, which has to succeed.
fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
