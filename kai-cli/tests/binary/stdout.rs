use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{Ended, kai, pod_list, start};

/// Far more than a pipe holds.
const PODS: usize = 20_000;

/// A file with so many pods that their report does not fit into a pipe.
fn large() -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), pod_list(PODS)).unwrap();
    file
}

fn of_file(file: &Path, format: &str) -> Command {
    kai([Path::new("-f"), file, Path::new("-o"), Path::new(format)])
}

#[test]
fn a_reader_that_closes_the_pipe_has_what_it_wanted() {
    let file = large();
    for format in ["json", "table"] {
        let mut child = start(&mut of_file(file.path(), format));
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0]).unwrap();
        drop(stdout);
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(0), "{ended}");
        assert!(!ended.stderr.contains("error"), "{ended}");
    }
}

#[test]
fn the_help_too_may_be_read_in_part() {
    let mut child = start(&mut kai(["--help"]));
    drop(child.stdout.take());
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_of_code_1() {
    let file = large();
    let table: [(Command, bool); 5] = [
        (of_file(file.path(), "json"), true),
        (of_file(file.path(), "table"), true),
        // Few bytes, that only the last flush writes.
        (kai(["version"]), true),
        (kai(["--help"]), false),
        (kai(["--version"]), false),
    ];
    for (mut command, ours) in table {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert_eq!(ended.code, Some(1), "{command:?} {ended}");
        let told =
            "error: cannot write to stdout\n  caused by: No space left on device (os error 28)\n";
        assert!(ended.stderr.ends_with(told), "{command:?} {ours} {ended}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_stderr_the_report_is_written_all_the_same() {
    let file = large();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = of_file(file.path(), "table");
    let child = command.stdout(Stdio::piped()).stderr(full).spawn().unwrap();
    let ended = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stdout.lines().count(), PODS + 1);
}

#[test]
fn a_report_goes_into_a_file_as_a_whole() {
    let (file, target) = (large(), tempfile::NamedTempFile::new().unwrap());
    let stdout = File::create(target.path()).unwrap();
    let status = of_file(file.path(), "json").arg("-q").stdout(stdout).status().unwrap();
    assert!(status.success());
    let report: serde_json::Value =
        serde_json::from_slice(&fs::read(target.path()).unwrap()).unwrap();
    assert_eq!(report["results"][0]["images"].as_array().unwrap().len(), PODS);
}
