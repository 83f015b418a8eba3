//! The small process that measures a command.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::process::{Command, Output};

use serde_json::Value;

const MIB: u64 = 1 << 20;

fn output(command: &[&str]) -> Output {
    let mut testkit = Command::new(env!("CARGO_BIN_EXE_testkit"));
    testkit.args(["measure", "--"]).args(command).output().unwrap()
}

fn measure(command: &[&str]) -> Value {
    let output = output(command);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn peak(command: &[&str]) -> u64 {
    measure(command)["cost"]["peak"].as_u64().unwrap()
}

#[test]
fn the_memory_of_who_measures_does_not_count_for_a_small_child() {
    // Every page is touched, so this process really holds it.
    let held = vec![1_u8; 256 << 20];
    let small = peak(&["true"]);
    assert!(std::hint::black_box(&held).iter().all(|byte| *byte == 1));
    assert!(small < 32 * MIB, "{small}");

    let big = peak(&["dd", "if=/dev/zero", "of=/dev/null", "bs=96M", "count=1"]);
    assert!((96 * MIB..128 * MIB).contains(&big), "{big}");
}

#[test]
fn time_and_cpu_are_told_in_seconds() {
    let slept = measure(&["sleep", "0.3"]);
    let wall = slept["cost"]["wall"].as_f64().unwrap();
    assert!((0.3..20.0).contains(&wall), "{wall}");
    let cpu = |ended: &Value| {
        ended["cost"]["user"].as_f64().unwrap() + ended["cost"]["system"].as_f64().unwrap()
    };
    assert!(cpu(&slept) < 0.2, "{slept}");
    let counted = measure(&["sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done"]);
    assert!(cpu(&counted) > 0.05, "{counted}");
}

#[test]
fn a_command_that_fails_is_told_with_its_status_and_standard_error() {
    let output = output(&["sh", "-c", "echo lost; echo why >&2; exit 3"]);
    let ended: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&ended["success"], &ended["status"]), (&false.into(), &"exit status: 3".into()));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "why\n");
}

#[test]
fn a_command_that_is_not_there_is_an_error() {
    let output = output(&["/no/such/command"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot run /no/such/command: No such file"), "{error}");
}
