//! The installer, on a folder of artifacts like those of a release.
#![cfg(any(target_os = "linux", target_os = "macos"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::Ended;

const SYSTEM: &str = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
const MACHINE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn archive() -> String {
    format!("kai_{SYSTEM}_{MACHINE}.tar.gz")
}

/// Releases: the latest, and one by its name. kai itself is a script that says so.
fn releases() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (release, says) in [("latest/download", "latest"), ("download/v1.2.3", "1.2.3")] {
        let release = folder.path().join(release);
        fs::create_dir_all(&release).unwrap();
        fs::write(release.join("kai"), format!("#!/bin/sh\necho {says}\n")).unwrap();
        let made = Command::new("sh")
            .args([
                "-c",
                "tar -czf \"$1\" kai && (sha256sum \"$1\" || shasum -a 256 \"$1\") > SHA256SUMS",
                "sh",
            ])
            .arg(archive())
            .current_dir(&release)
            .status();
        assert!(made.unwrap().success());
    }
    folder
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
    let rows: [(&str, &str, &[&str]); 6] = [
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
