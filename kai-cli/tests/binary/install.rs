//! The installer, on a folder of artifacts like those of a release.
#![cfg(any(target_os = "linux", target_os = "macos"))]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{Ended, repository};

const SYSTEM: &str = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
const MACHINE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

fn archive() -> String {
    format!("kai_{SYSTEM}_{MACHINE}.tar.gz")
}

/// Releases: the latest, and one by its name. kai itself is a script that says so.
fn releases() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_release(&folder.path().join("latest/download"), "echo latest");
    make_release(&folder.path().join("download/v1.2.3"), "echo 1.2.3");
    folder
}

/// Releases: one, v1.2.3, whose kai is this script.
fn release(kai: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    make_release(&folder.path().join("download/v1.2.3"), kai);
    folder
}

fn make_release(folder: &Path, kai: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("kai"), format!("#!/bin/sh\n{kai}\n")).unwrap();
    let made = Command::new("sh")
        .args([
            "-c",
            "tar -czf \"$1\" kai && (sha256sum \"$1\" || shasum -a 256 \"$1\") > SHA256SUMS",
            "sh",
        ])
        .arg(archive())
        .current_dir(folder)
        .status();
    assert!(made.unwrap().success());
}

fn install(releases: &Path, into: &Path, script: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::new("sh");
    command
        .arg(script)
        .args(arguments)
        .env("KAI_RELEASES", format!("file://{}", releases.display()))
        .env("HOME", into);
    Ended::of(&mut command).with(releases, "[releases]").with(into, "[folder]")
}

fn says(program: &Path) -> String {
    Ended::of(&mut Command::new(program)).stdout
}

#[test]
fn the_installer_takes_the_latest_release_or_the_one_that_is_named() {
    let (releases, folder) = (releases(), tempfile::tempdir().unwrap());
    let script = repository().join("install.sh");
    let target = folder.path().join("bin");
    let into = ["-b", target.to_str().unwrap()];
    for (version, expected) in [(None, "latest\n"), (Some("v1.2.3"), "1.2.3\n")] {
        let arguments: Vec<_> = into.iter().copied().chain(version).collect();
        let ended = install(releases.path(), folder.path(), &script, &arguments);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(ended.stdout.lines().next(), Some("installed [folder]/bin/kai"));
        assert_eq!(says(&target.join("kai")), expected);
        assert_eq!(fs::read_dir(&target).unwrap().count(), 1, "nothing is left over");
    }
}

#[test]
fn what_the_sums_do_not_vouch_for_is_not_installed() {
    let rows: [(&str, &str, &[&str]); 8] = [
        (
            "an archive that was changed",
            "for it in latest/download/kai_*; do echo >> $it; done",
            &[],
        ),
        ("a sum of another one", "sed -i.old 's/^./x/' latest/download/SHA256SUMS", &[]),
        ("no sum", ": > latest/download/SHA256SUMS", &[]),
        ("no sums", "rm latest/download/SHA256SUMS", &[]),
        ("a release that there is not", ":", &["v9.9.9"]),
        ("what is no version", ":", &["1.2.3"]),
        ("two versions", ":", &["v1.2.3", "v1.2.3"]),
        ("an option after the version", ":", &["v1.2.3", "-b"]),
    ];
    let script = repository().join("install.sh");
    let mut told = Vec::new();
    for (what, change, version) in rows {
        let (releases, folder) = (releases(), tempfile::tempdir().unwrap());
        let changed =
            Command::new("sh").args(["-c", change]).current_dir(releases.path()).status().unwrap();
        assert!(changed.success(), "{what}");
        let target = folder.path().join("bin");
        let into = ["-b", target.to_str().unwrap()];
        let ended =
            install(releases.path(), folder.path(), &script, &[&into[..], version].concat());
        assert_eq!(ended.code, Some(1), "{what}");
        assert!(!target.exists(), "{what}");
        told.push(format!("{what}\n{ended}"));
    }
    // Sums and archives differ from machine to machine.
    let sums = vec![(r"[0-9a-fx]{64}", "[sum]"), (r"kai_\w+\.tar\.gz", "[archive]")];
    insta::with_settings!({filters => sums}, { insta::assert_snapshot!(told.join("\n\n")) });
}

#[test]
fn a_kai_that_does_not_run_here_leaves_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let script = repository().join("install.sh");
    let target = folder.path().join("bin");
    let into = ["-b", target.to_str().unwrap(), "v1.2.3"];
    let old = release("echo old");
    assert_eq!(install(old.path(), folder.path(), &script, &into).code, Some(0));
    let new = release("[ \"$1\" = version ] && echo \"GLIBC_2.35 not found\" >&2; exit 1");
    let ended = install(new.path(), folder.path(), &script, &into);
    assert_eq!(says(&target.join("kai")), "old\n");
    assert_eq!(fs::read_dir(&target).unwrap().count(), 1, "nothing is left over");
    insta::assert_snapshot!(ended);
}

/// Of its programs, here are only those that it takes until then; and a wget that leaves a file.
#[test]
fn over_the_network_nothing_but_curl_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("path");
    let asked = folder.path().join("asked");
    let made = Command::new("sh")
        .args([
            "-c",
            "mkdir \"$1\" && cd \"$1\" && for it in sh uname mktemp rm; do \
             ln -s \"$(command -v $it)\" $it; done && \
             printf '#!/bin/sh\\n: > \"%s\"\\n' \"$2\" > wget && chmod 755 wget",
            "sh",
        ])
        .args([&path, &asked])
        .status();
    assert!(made.unwrap().success());
    let mut command = Command::new(path.join("sh"));
    command
        .arg(repository().join("install.sh"))
        .env("KAI_RELEASES", "https://releases.example")
        .env("HOME", folder.path())
        .env("PATH", &path);
    let ended = Ended::of(&mut command);
    assert_eq!((ended.code, &*ended.stderr), (Some(1), "install.sh: curl is not installed\n"));
    assert!(!asked.exists());
}

#[test]
fn an_installer_that_was_cut_off_does_nothing() {
    let (releases, folder) = (releases(), tempfile::tempdir().unwrap());
    let whole = fs::read_to_string(repository().join("install.sh")).unwrap();
    let script = folder.path().join("install.sh");
    let target = folder.path().join("bin");
    let into = ["-b", target.to_str().unwrap()];
    let ends: Vec<_> = whole.match_indices('\n').map(|(end, _)| end).collect();
    for end in ends.iter().rev().skip(1).step_by(5) {
        fs::write(&script, &whole[..*end]).unwrap();
        install(releases.path(), folder.path(), &script, &into);
        assert!(!target.exists(), "{}", &whole[..*end]);
    }
}
