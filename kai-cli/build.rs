//! Tells the binary what it is built of. Works without git, outside a repository and in a package.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    rerun_if_changed(
        ["build.rs", "Cargo.toml", "src", "../Cargo.toml", "../Cargo.lock"].map(PathBuf::from),
    );
    // What else is compiled into the binary: with it, a clean tree may have become a dirty one.
    rerun_if_changed(["../kai-core/src", "../kai-k8s/src"].map(PathBuf::from));

    let package = fs::read_to_string(".cargo_vcs_info.json").ok();
    let source = match package {
        Some(package) => Source::of_package(&package),
        None => Source::of_repository(),
    };
    // `cargo run` hands these over to kai, which takes `KAI_…` for a setting.
    tell("BUILT_GIT_COMMIT", source.commit);
    tell("BUILT_GIT_TREE_STATE", source.tree_state);
    tell("BUILT_SECONDS", source_date_epoch().or(source.seconds));
    tell("BUILT_RUST_VERSION", rust_version());
}

/// What is known of the sources.
#[derive(Default)]
struct Source {
    commit: Option<String>,
    tree_state: Option<&'static str>,
    /// When the commit was made, in seconds since 1970.
    seconds: Option<String>,
}

impl Source {
    /// What `cargo package` wrote down: `{"git": {"sha1": "…", "dirty": true}, …}`.
    fn of_package(info: &str) -> Self {
        let commit = info.split_once("\"sha1\"").and_then(|(_, rest)| rest.split('"').nth(1));
        let state = if info.contains("\"dirty\": true") { "dirty" } else { "clean" };
        Self { commit: commit.map(str::to_owned), tree_state: commit.map(|_| state), seconds: None }
    }

    /// What git says, where this folder belongs to a repository and does not merely lie in one.
    fn of_repository() -> Self {
        if git(&["ls-files", "--error-unmatch", "Cargo.toml"]).is_none() {
            return Self::default();
        }
        rerun_if_head_changes();
        let changes = git(&["status", "--porcelain"]);
        let commit = git(&["rev-parse", "HEAD"]);
        Self {
            tree_state: commit
                .as_ref()
                .and(changes)
                .map(|changes| if changes.is_empty() { "clean" } else { "dirty" }),
            seconds: git(&["log", "-1", "--format=%ct"]),
            commit,
        }
    }
}

/// HEAD, and the branch that it names: in a file of its own, or else packed.
fn rerun_if_head_changes() {
    let path = |name: &str| git(&["rev-parse", "--git-path", name]).map(PathBuf::from);
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]).and_then(|branch| path(&branch));
    // A branch that is packed gets its file at the next commit: then its folder changes.
    let branch =
        branch.and_then(|file| file.ancestors().find(|it| it.exists()).map(Path::to_owned));
    rerun_if_changed([path("HEAD"), path("packed-refs"), branch].into_iter().flatten());
}

/// Only what exists: a file that is missing would make every build a dirty one.
fn rerun_if_changed(paths: impl IntoIterator<Item = PathBuf>) {
    for path in paths.into_iter().filter(|path| path.exists()) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

/// When the build is to say it was made, by <https://reproducible-builds.org/specs/source-date-epoch/>.
fn source_date_epoch() -> Option<String> {
    println!("cargo:rerun-if-env-changed=SOURCE_DATE_EPOCH");
    let seconds = env::var("SOURCE_DATE_EPOCH").ok().filter(|seconds| !seconds.is_empty())?;
    assert!(
        seconds.parse::<i64>().is_ok(),
        "SOURCE_DATE_EPOCH is `{seconds}`: expected whole seconds since 1970"
    );
    Some(seconds)
}

fn rust_version() -> Option<String> {
    let version = output(Command::new(env::var_os("RUSTC")?).arg("--version"))?;
    // `rustc 1.95.0 (f2d3ce0bd 2026-03-21)`
    version.split(' ').nth(1).map(str::to_owned)
}

fn git(args: &[&str]) -> Option<String> {
    // Without a lock: another git may be at work here.
    output(Command::new("git").env("GIT_OPTIONAL_LOCKS", "0").args(args))
}

/// What a program prints, if it can be run and succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}

fn tell(name: &str, value: Option<impl AsRef<str>>) {
    if let Some(value) = value {
        println!("cargo:rustc-env={name}={}", value.as_ref());
    }
}
