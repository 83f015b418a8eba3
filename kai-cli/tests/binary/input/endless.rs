//! Inputs that are no file, or have no end. Each ends in an error, in bounded memory.

#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Ended, examples, kai};

/// How much memory `kai` may map, in KiB.
const MEMORY: u32 = 600_000;

/// What ends a run of `kai` with these arguments in a shell, in bounded memory.
fn in_shell(script: &str) -> Ended {
    let mut shell = Command::new("bash");
    let kai = env!("CARGO_BIN_EXE_kai");
    let script = format!("kai() {{ (ulimit -v {MEMORY}; exec {kai} -q \"$@\"); }}\n{script}");
    shell.args(["-c", &script]).env("HOME", "/nonexistent").stdin(Stdio::null());
    let began = Instant::now();
    let ended = Ended::of(&mut shell);
    assert!(began.elapsed() < Duration::from_secs(30), "{script}: {ended}");
    ended
}

#[test]
fn what_has_no_end_ends_in_an_error() {
    let rows = [
        ("kai -f /dev/zero", 3, "binary data"),
        ("kai -f - < /dev/zero", 3, "binary data"),
        ("kai -f <(head -c 100 /dev/zero)", 3, "binary data"),
        ("kai -f /dev/null", 3, "it is empty"),
        ("kai -f - < /dev/null", 3, "it is empty"),
        ("kai -f - <&-", 3, "it is empty"),
        ("kai -f /dev/urandom", 3, "it "),
        ("kai -f - < /", 3, "directory"),
        ("kai -f /", 2, "is a directory"),
        ("kai -f /proc/self/mem", 3, "os error 5"),
        ("yes | kai -f -", 3, "expected an object, or a list of them"),
        ("yes '' | kai -f -", 3, "a run of blanks has more than 67108864 bytes"),
        ("yes '{}' | kai -f -", 3, "objects of other kinds"),
        ("yes '[' | kai -f -", 3, "no more than 32 lists"),
        ("yes 'NAME READY' | kai -f -", 3, "a table of kubectl"),
        (
            "(printf '{\"items\":[{\"a\":\"'; yes) | kai -f -",
            3,
            "an item has more than 67108864 bytes",
        ),
        ("(printf '{\"a\":'; yes 1) | kai -f -", 3, "has more than 67108864 bytes"),
        ("(printf 'kind: Pod\\n'; cat /dev/zero) | kai -f -", 3, "binary data"),
        ("(printf '{\"items\":[]}'; cat /dev/zero) | kai -f -", 3, "caused by"),
        ("(printf '{\"items\":['; yes '{\"items\":[') | kai -f -", 3, "no more than 32 lists"),
    ];
    for (script, code, said) in rows {
        let ended = in_shell(script);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(code), ""), "{script}: {ended}");
        assert!(ended.stderr.contains(said), "{script}: {ended}");
    }
}

#[test]
fn what_is_no_regular_file_is_read_to_its_end() {
    let sample = examples().join("pods.json");
    let sample = sample.display();
    for script in [
        format!("kai -f <(cat {sample})"),
        format!("cat {sample} | kai -f /dev/stdin"),
        format!("kai -f /dev/stdin < {sample}"),
        format!("gzip -c {sample} | gunzip -c | kai -f -"),
        format!("(printf '\\xff\\xfe'; iconv -f utf-8 -t utf-16le {sample}) | kai -f -"),
    ] {
        let ended = in_shell(&script);
        assert_eq!(ended.code, Some(0), "{script}: {ended}");
        assert!(ended.stdout.contains("payments"), "{script}: {ended}");
    }
}

#[test]
fn a_sparse_file_of_many_gib_is_none_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sparse.yaml");
    File::create(&path).unwrap().set_len(64 << 30).unwrap();
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    for path in [&path, &link] {
        let ended = in_shell(&format!("kai -f {}", Path::display(path)));
        assert_eq!(ended.code, Some(3), "{ended}");
    }
}

#[test]
fn a_pipe_that_nobody_writes_to_is_waited_for_until_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let read_write = File::options().read(true).write(true).open(&fifo).unwrap();
    for held in [Some(read_write), None] {
        let mut child = kai(["-q", "-f"]).arg(&fifo).stdout(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(300));
        assert!(child.try_wait().unwrap().is_none());
        let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(kill.success());
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(143), "{ended}");
        drop(held);
    }
}
