//! The benchmark from the outside, on programs that stand in for kai.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PAGE: &str = "# Speed\n\n<!-- results -->\nof old\n<!-- end of results -->\n";

/// A program that does what a shell script says.
fn script(folder: &Path, text: &str) -> PathBuf {
    let path = folder.join("kai");
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn bench(kai: &Path, arguments: &str) -> Output {
    let mut testkit = Command::new(env!("CARGO_BIN_EXE_testkit"));
    testkit.arg("bench").arg("--kai").arg(kai).args(arguments.split_whitespace()).output().unwrap()
}

#[test]
fn a_small_cluster_is_measured_and_the_page_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    // It names as many namespaces as there are: two of the load and four of the server.
    let kai = script(folder.path(), r#"echo '{"results":[1,2,3,4,5,6]}'"#);
    let page = folder.path().join("page.md");
    fs::write(&page, PAGE).unwrap();
    let arguments = format!(
        "--pods 10/2 --situations far --clients curl --rounds 1 --file-mb 0 --starts 2 --markdown {}",
        page.display()
    );
    let output = bench(&kai, &arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let (_, contest) = text.split_once("10 pods in 6 namespaces, 25 ms each way\n").unwrap();
    let row = |name: &str| -> Vec<&str> {
        let line = contest.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().collect()
    };
    assert_eq!(row("kai").last(), Some(&"0"), "{contest}");
    assert!(row("curl").ends_with(&["6", "6"]), "a list for each namespace: {contest}");
    assert!(text.contains("\nStart and end\n"), "{text}");

    let page = fs::read_to_string(&page).unwrap();
    assert!(page.contains("### 10 pods in 6 namespaces, 25 ms each way"), "{page}");
    assert!(!page.contains("of old"), "{page}");
    assert!(!page.contains(&folder.path().display().to_string()), "{page}");
}

#[test]
fn what_follows_a_small_cluster_is_measured_from_its_start_to_the_last_image() {
    let Some(informer) = testkit::informer().unwrap() else {
        eprintln!("skipped, since there is no Go to build what is compared");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    // An informer in kai's place: it is started and asked as kai is.
    let kai = format!(
        r#"[ "$3 $4 $KAI_LISTEN_INVENTORY" = "--mode watch true" ] || exit 4
        exec '{}' -kubeconfig "$2" -listen "$KAI_LISTEN""#,
        informer.display()
    );
    let kai = script(folder.path(), &kai);
    let output = bench(
        &kai,
        "--pods 40/4 --situations watch --clients slim-informer --slow-rounds 1 --file-mb 0 \
         --starts 0 --watch-seconds 2",
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (_, table) = text.split_once("40 pods in 8 namespaces, followed\n").unwrap();
    let rows: Vec<&str> = table.lines().skip(1).take(2).collect();
    assert!(rows[0].starts_with("kai "), "{table}");
    assert!(rows[1].starts_with("client-go informer, slim "), "{table}");
    // Two seconds have some 200 changes; a busy machine has less.
    let changes: f64 = rows[0].split_whitespace().nth(5).unwrap().parse().unwrap();
    assert!((20.0..=101.0).contains(&changes), "{table}");
}

#[test]
fn a_program_that_fails_ends_the_benchmark_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let kai = script(folder.path(), "echo 'no such luck' >&2; exit 4");
    let output = bench(&kai, "--starts 1 --file-mb 0");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.ends_with("`kai` ended with exit status: 4: no such luck\n"), "{error}");
}
