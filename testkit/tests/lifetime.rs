//! The control plane dies with its test process, however that ends.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use testkit::{ControlPlane, Options};

/// Set for the helpers, so that `--include-ignored` does not run them for themselves.
const HELPER: &str = "TESTKIT_HELPER";

/// What a test process printed about its control plane.
struct Started {
    process: Child,
    pids: Vec<u32>,
    folder: PathBuf,
}

/// Runs one of the helpers below in a process of its own, until its control plane runs.
fn start(helper: &str) -> Started {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", helper, "--ignored", "--nocapture"])
        .env(HELPER, helper)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut value = |name: &str| {
        lines
            .find_map(|line| Some(line.split_once(name)?.1.to_owned()))
            .unwrap_or_else(|| panic!("{helper} printed no {name}"))
    };
    let pids = value("PIDS=").split(' ').map(|pid| pid.parse().unwrap()).collect();
    let folder = PathBuf::from(value("FOLDER="));
    Started { process, pids, folder }
}

impl Started {
    fn assert_gone(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.pids.iter().any(|pid| is_alive(*pid)) || self.folder.exists() {
            assert!(
                Instant::now() < deadline,
                "left behind: {:?}, folder {}",
                self.pids.iter().filter(|pid| is_alive(**pid)).collect::<Vec<_>>(),
                self.folder.exists()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn is_alive(pid: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-0", &pid.to_string()]).stderr(Stdio::null()).status().unwrap().success()
}

/// Starts what the test above looks at; `false` when no test asked for it.
fn announce() -> bool {
    if std::env::var_os(HELPER).is_none() {
        return false;
    }
    let control_plane = ControlPlane::shared();
    let pids: Vec<String> = control_plane.pids().iter().map(u32::to_string).collect();
    println!("PIDS={}", pids.join(" "));
    println!("FOLDER={}", control_plane.folder().display());
    true
}

#[test]
fn control_plane_dies_with_a_killed_test_process() {
    let mut started = start("helper_that_waits_to_be_killed");
    assert_eq!(started.pids.len(), 2);
    assert!(started.pids.iter().all(|pid| is_alive(*pid)));
    assert!(started.folder.exists());
    started.process.kill().unwrap(); // SIGKILL
    started.process.wait().unwrap();
    started.assert_gone();
}

#[test]
fn control_plane_dies_with_a_panicking_test() {
    let mut started = start("helper_that_panics");
    assert!(!started.process.wait().unwrap().success());
    started.assert_gone();
}

#[test]
fn control_plane_dies_with_a_process_that_exits() {
    let mut started = start("helper_that_exits");
    assert_eq!(started.process.wait().unwrap().code(), Some(3));
    started.assert_gone();
}

#[test]
fn a_dropped_control_plane_is_gone_at_once() {
    let control_plane = ControlPlane::start(&Options::default()).unwrap();
    let (pids, folder) = (control_plane.pids(), control_plane.folder().to_owned());
    assert!(folder.exists());
    drop(control_plane);
    assert!(pids.iter().all(|pid| !is_alive(*pid)), "{pids:?}");
    assert!(!folder.exists());
}

#[test]
#[ignore = "a process of its own for a test above"]
fn helper_that_waits_to_be_killed() {
    if announce() {
        std::thread::sleep(Duration::from_secs(60));
    }
}

#[test]
#[ignore = "a process of its own for a test above"]
fn helper_that_panics() {
    assert!(!announce(), "as a failing test does");
}

#[test]
#[ignore = "a process of its own for a test above"]
fn helper_that_exits() {
    if announce() {
        std::process::exit(3);
    }
}
