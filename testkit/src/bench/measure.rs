//! One run of a program, measured by a small process in between.
//!
//! On Linux the peak memory of a child counts what its parent held when it was started. The
//! benchmark holds much, so it runs itself again as `testkit measure`, which holds little.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike as _};
use serde::{Deserialize, Serialize};

use super::error::{BenchError, io};

/// What one run of a program took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Seconds from its start to its end.
    pub(super) wall: f64,
    /// Seconds of CPU in the program itself.
    pub(super) user: f64,
    /// Seconds of CPU in the kernel on its behalf.
    pub(super) system: f64,
    /// The most memory it held at once, in bytes; at least what this helper itself holds.
    pub(super) peak: u64,
}

/// How a run ended, as the helper prints it.
#[derive(Debug, Serialize, Deserialize)]
struct Ended {
    cost: Cost,
    success: bool,
    status: String,
}

/// The helper: runs `command`, without input and with its output thrown away, and prints what it
/// took as a line of JSON.
pub(crate) fn helper(command: &[OsString]) -> Result<(), BenchError> {
    let (program, arguments) = command.split_first().ok_or_else(|| BenchError::Missing {
        what: "the command to measure".to_owned(),
        hint: "testkit measure -- COMMAND",
    })?;
    let failed = || format!("cannot run {}", program.display());
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let begin = Instant::now();
    let mut child = command.spawn().map_err(io(failed()))?;
    let status = child.wait().map_err(io(failed()))?;
    let wall = begin.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)
        .map_err(|errno| io("cannot tell what the command took")(errno.into()))?;
    let cost = Cost {
        wall,
        user: seconds(usage.user_time()),
        system: seconds(usage.system_time()),
        peak: bytes(usage.max_rss()),
    };
    let ended = Ended { cost, success: status.success(), status: status.to_string() };
    serde_json::to_writer(io::stdout().lock(), &ended)
        .map_err(|error| io("cannot write the result")(error.into()))?;
    println!();
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of less than a century")]
fn seconds(time: TimeVal) -> f64 {
    time.num_microseconds() as f64 / 1e6
}

/// Apple's kernel tells bytes, the others KiB.
fn bytes(max_rss: i64) -> u64 {
    let unit = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    u64::try_from(max_rss).unwrap_or(0) * unit
}

/// Runs a command through the helper; what it took, and what it wrote to standard error.
///
/// The command's environment and working directory hold for both.
pub(super) fn measure(name: &str, command: &Command) -> Result<(Cost, String), BenchError> {
    let program = env::current_exe().map_err(io("cannot find this program again"))?;
    let mut helper = Command::new(program);
    helper.args(["measure", "--"]).arg(command.get_program()).args(command.get_args());
    helper.env_clear();
    for (key, value) in command.get_envs() {
        helper.envs(value.map(|value| (key, value)));
    }
    if let Some(folder) = command.get_current_dir() {
        helper.current_dir(folder);
    }
    let output =
        helper.stdin(Stdio::null()).output().map_err(io("cannot run the measuring helper"))?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let ended: Option<Ended> = serde_json::from_slice(&output.stdout).ok();
    match ended {
        Some(ended) if ended.success => Ok((ended.cost, stderr)),
        ended => Err(BenchError::Failed {
            name: name.to_owned(),
            status: ended.map_or_else(|| output.status.to_string(), |ended| ended.status),
            stderr: stderr.trim().to_owned(),
        }),
    }
}
