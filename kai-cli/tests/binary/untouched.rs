//! What asks about kai itself touches neither configuration nor network.

#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::Ended;
use crate::support::shell::is_here;

const QUESTIONS: [&[&str]; 8] = [
    &["version"],
    &["version", "-o", "json"],
    &["--version"],
    &["-h"],
    &["--help"],
    &["completion", "bash"],
    &["completion", "zsh", "--help"],
    &["version", "--help"],
];

/// `kai` in a home that has every file that configures it, and with variables that do.
fn configured(program: &str, home: &std::path::Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("XDG_CONFIG_HOME", home.join("xdg"));
    command.env("XDG_CONFIG_DIRS", home.join("dirs")).env("KUBECONFIG", home.join("kubeconfig"));
    command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("KAI_OUTPUT", "neither");
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).current_dir(home);
    command
}

/// Fills a home with files that nothing can be made of, and that not even root would take.
fn fill(home: &std::path::Path) {
    let files = [
        ".kai.yaml",
        "kai.yaml",
        ".kai/config.yaml",
        "xdg/kai/config.yaml",
        "dirs/kai/config.yaml",
        ".kube/config",
        "kubeconfig",
    ];
    for file in files {
        let file = home.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "{{{ no YAML").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o0)).unwrap();
    }
}

#[test]
fn a_question_about_kai_is_answered_whatever_is_configured() {
    let home = tempfile::tempdir().unwrap();
    fill(home.path());
    for question in QUESTIONS {
        let ended = Ended::of(configured(env!("CARGO_BIN_EXE_kai"), home.path()).args(question));
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{question:?}: {ended}");
        assert!(!ended.stdout.is_empty(), "{question:?}");
    }
}

#[test]
fn a_question_about_kai_opens_no_configuration_and_no_socket() {
    if !is_here("strace") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    fill(home.path());
    let trace = home.path().join("trace");
    let calls = |question: &[&str]| {
        let mut strace = configured("strace", home.path());
        strace.args(["-f", "-qq", "-e", "trace=%file,%network", "-o"]).arg(&trace);
        let ended = Ended::of(strace.arg(env!("CARGO_BIN_EXE_kai")).args(question));
        (ended, fs::read_to_string(&trace).unwrap_or_default())
    };
    // A run that does read them, or the rest would prove nothing.
    let (ended, seen) = calls(&["-q", "-n", "shop", "-o", "json"]);
    if seen.is_empty() {
        println!("skipped: strace may not trace here: {}", ended.stderr);
        return;
    }
    assert!(touched(&seen, home.path()), "{seen}");

    for question in QUESTIONS {
        let (ended, seen) = calls(question);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{question:?}: {ended}");
        assert!(seen.contains("execve("), "{question:?}: {seen}");
        assert!(!touched(&seen, home.path()), "{question:?}: {seen}");
    }
}

/// Whether something in the home was looked at, or a socket made.
fn touched(calls: &str, home: &std::path::Path) -> bool {
    let home = home.to_str().unwrap();
    calls.lines().any(|call| {
        let names = [home, ".kai", "kai.yaml", "kube", "socket(", "connect(", "resolv.conf"];
        // The start itself, and where it happens.
        let is_start = call.contains("execve(") || call.contains("getcwd(");
        !is_start && names.iter().any(|name| call.contains(name))
    })
}
