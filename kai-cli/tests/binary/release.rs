//! The scripts of a release, on a repository of its own.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::shell::is_here;
use crate::support::{Ended, repository};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A clone with the scripts and what they read, and its remote, with one commit on main.
struct Clone {
    folder: TempDir,
}

impl Clone {
    /// `None`, and a word, where there is no git or no bash.
    fn new() -> Option<Self> {
        if !is_here("git") || !is_here("bash") {
            return None;
        }
        let made = Self { folder: tempfile::tempdir().unwrap() };
        let clone = made.path();
        for file in ["Cargo.toml", "charts/kai/Chart.yaml"] {
            fs::create_dir_all(clone.join(file).parent().unwrap()).unwrap();
            fs::copy(repository().join(file), clone.join(file)).unwrap();
        }
        fs::write(clone.join("CHANGELOG.md"), format!("## [{VERSION}]\n\nNews.\n\n## [0.0.1]\n"))
            .unwrap();
        fs::create_dir(clone.join(".ci")).unwrap();
        for script in ["newest-tag", "release-check", "unreleased"] {
            let script = Path::new(".ci").join(script);
            fs::copy(repository().join(&script), clone.join(&script)).unwrap();
        }
        made.git(&["init", "--quiet", "--bare", "../remote"]);
        made.git(&["init", "--quiet", "--initial-branch", "main"]);
        made.git(&["remote", "add", "origin", "../remote"]);
        made.git(&["add", "."]);
        made.commit();
        made.git(&["push", "--quiet", "origin", "main"]);
        Some(made)
    }

    fn path(&self) -> PathBuf {
        let clone = self.folder.path().join("clone");
        fs::create_dir_all(&clone).unwrap();
        clone
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Kai", "-c", "user.email=kai@example.com"])
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        let ended = Ended::of(&mut git);
        assert_eq!(ended.code, Some(0), "{arguments:?}: {ended}");
        ended.stdout.trim().to_owned()
    }

    fn commit(&self) -> String {
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "A change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A script's end, beside a gh that answers so.
    fn run(&self, script: &str, arguments: &[&str], gh: &str) -> Ended {
        let program = self.folder.path().join("gh");
        fs::write(&program, format!("#!/bin/sh\n{gh}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command
            .arg(Path::new(".ci").join(script))
            .args(arguments)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("PATH", path);
        Ended::of(&mut command)
    }
}

const NOT_FOUND: &str = "echo release not found >&2; exit 1";

#[test]
fn a_release_can_be_asked_for_before_its_tag_is_made() {
    let Some(clone) = Clone::new() else { return };
    let tag = format!("v{VERSION}");
    let check = |says: Result<(), &str>| {
        let ended = clone.run("release-check", &[&tag], NOT_FOUND);
        match says {
            Ok(()) => assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "News."), "{ended}"),
            Err(why) => {
                assert_eq!((ended.code, &*ended.stdout), (Some(1), ""), "{why}");
                assert!(ended.stderr.contains(why), "{ended}");
            }
        }
    };
    check(Ok(()));
    clone.git(&["tag", "--annotate", "--message", "It", &tag]);
    check(Ok(()));
    clone.commit();
    check(Err("is not checked out"));
    clone.git(&["tag", "--delete", &tag]);
    check(Err("is not on origin/main"));
    clone.git(&["push", "--quiet", "origin", "main"]);
    check(Ok(()));
}

#[test]
fn a_tag_that_was_moved_is_not_published() {
    for kind in [&[][..], &["--annotate", "--message", "It"]] {
        let Some(clone) = Clone::new() else { return };
        let built = clone.git(&["rev-parse", "HEAD"]);
        let ask = || clone.run("unreleased", &["v1.2.3", &built], NOT_FOUND);
        let tag = [&["tag", "--force"], kind, &["v1.2.3"]].concat();
        let push = ["push", "--quiet", "--force", "origin", "v1.2.3"];

        let ended = ask();
        assert_eq!(ended.code, Some(1), "there is none: {ended}");
        clone.git(&tag);
        clone.git(&push);
        let ended = ask();
        assert_eq!(ended.code, Some(0), "it is there: {ended}");
        let other = clone.commit();
        clone.git(&tag);
        clone.git(&push);
        let ended = ask();
        assert_eq!(ended.code, Some(1), "it is elsewhere: {ended}");
        assert!(ended.stderr.contains(&other) && ended.stderr.contains(&built), "{ended}");
    }
}

#[test]
fn what_is_released_is_not_published_again() {
    let Some(clone) = Clone::new() else { return };
    clone.git(&["push", "--quiet", "origin", "HEAD:refs/tags/v1.2.3"]);
    let rows = [
        ("nothing of that name", NOT_FOUND, None),
        ("a draft without files", "echo empty", None),
        ("a draft with files", "echo filled", Some("gh release delete v1.2.3")),
        ("a release", "echo released", Some("is released already")),
        ("no answer", "echo HTTP 502 >&2; exit 1", Some("HTTP 502")),
        ("another answer", "echo what", Some("cannot tell")),
        ("none at all", "exit 0", Some("cannot tell")),
    ];
    for (what, gh, refused) in rows {
        let ended = clone.run("unreleased", &["v1.2.3", "HEAD"], gh);
        assert_eq!(ended.code, Some(i32::from(refused.is_some())), "{what}: {ended}");
        assert!(ended.stderr.contains(refused.unwrap_or_default()), "{what}: {ended}");
    }
}

#[test]
fn the_newest_tag_goes_by_numbers_and_not_by_time() {
    let Some(clone) = Clone::new() else { return };
    let newest = || clone.run("newest-tag", &[], NOT_FOUND).stdout;
    assert_eq!(newest(), "");
    for (tag, expected) in [
        ("v0.9.0", "v0.9.0\n"),
        ("v0.10.0", "v0.10.0\n"),
        ("v0.9.1", "v0.10.0\n"),
        ("v0.10.1-rc.1", "v0.10.0\n"),
        ("kai-v3.0.0", "v0.10.0\n"),
        ("v2.0", "v0.10.0\n"),
        ("v1.0.0", "v1.0.0\n"),
    ] {
        clone.git(&["tag", "--annotate", "--message", "It", tag]);
        clone.git(&["push", "--quiet", "origin", tag]);
        assert_eq!(newest(), expected, "with {tag}");
    }
}

/// The manifest of the kubectl plugin is filled in from the sums of a release.
#[test]
fn the_manifest_for_krew_has_the_sums_of_the_release() {
    let folder = tempfile::tempdir().unwrap();
    let sums = folder.path().join("SHA256SUMS");
    let archives = [
        "kai_darwin_amd64.tar.gz",
        "kai_darwin_arm64.tar.gz",
        "kai_linux_amd64.tar.gz",
        "kai_linux_arm64.tar.gz",
        "kai_windows_amd64.zip",
    ];
    let line = |(n, name): (usize, &&str)| format!("{}  {name}\n", n.to_string().repeat(64));
    let lines: Vec<_> = archives.iter().enumerate().map(line).collect();
    let fill = |lines: &[String]| {
        fs::write(&sums, lines.concat()).unwrap();
        let script = repository().join(".ci/krew-manifest");
        Ended::of(Command::new("bash").arg(script).arg("v1.2.3").arg(&sums))
    };
    let filled = fill(&lines);
    assert_eq!(filled.code, Some(0), "{}", filled.stderr);
    assert!(filled.stdout.contains("\n  version: v1.2.3\n"), "{}", filled.stdout);
    for (n, name) in archives.iter().enumerate() {
        let sum = n.to_string().repeat(64);
        let entry = format!("/download/v1.2.3/{name}\n      sha256: {sum}\n");
        assert!(filled.stdout.contains(&entry), "{name}\n{}", filled.stdout);
    }
    let lacking = fill(&lines[1..]);
    assert_eq!((lacking.code, &*lacking.stdout), (Some(1), ""));
    assert!(lacking.stderr.contains(archives[0]), "{}", lacking.stderr);
}
