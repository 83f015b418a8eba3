use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::unistd::{SysconfVar, sysconf};

use super::error::{self, BenchError};

/// A window in which a process at rest uses next to nothing.
const WINDOW: Duration = Duration::from_millis(250);
/// Ticks of CPU (usually 10 ms) in a window that still count as rest: kube-apiserver's own
/// timers take that much.
const REST: u64 = 1;
/// So many quiet windows in a row are rest.
const WINDOWS: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

/// The CPU that another process has used, as the kernel counts it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pid: u32,
    ticks_per_second: u32,
}

impl Clock {
    pub(super) fn of(pid: u32) -> Result<Self, BenchError> {
        let ticks = sysconf(SysconfVar::CLK_TCK).ok().flatten();
        let ticks_per_second = ticks.and_then(|ticks| u32::try_from(ticks).ok()).unwrap_or(100);
        let clock = Self { pid, ticks_per_second };
        clock.ticks()?; // fails at once where there is no /proc
        Ok(clock)
    }

    /// Waits until the process is at rest, so that what it does after an answer (collecting
    /// garbage, above all) counts for the run that caused it; then the seconds of CPU so far.
    pub(super) fn at_rest(self) -> Result<f64, BenchError> {
        let deadline = Instant::now() + PATIENCE;
        let mut before = self.ticks()?;
        let mut quiet = 0;
        while quiet < WINDOWS {
            if Instant::now() >= deadline {
                return Err(BenchError::Restless { seconds: PATIENCE.as_secs() });
            }
            sleep(WINDOW);
            let now = self.ticks()?;
            quiet = if now - before <= REST { quiet + 1 } else { 0 };
            before = now;
        }
        Ok(self.seconds(before))
    }

    /// The seconds of CPU so far.
    pub(super) fn now(self) -> Result<f64, BenchError> {
        Ok(self.seconds(self.ticks()?))
    }

    /// How many bytes it has in memory.
    pub(super) fn memory(self) -> Result<u64, BenchError> {
        self.status("VmRSS:")
    }

    /// How many bytes it has in memory; what it had at most is forgotten.
    pub(super) fn memory_peak_from_now(self) -> Result<u64, BenchError> {
        // proc_pid_clear_refs(5): 5 resets the peak.
        error::write(Path::new(&format!("/proc/{}/clear_refs", self.pid)), "5")?;
        self.memory()
    }

    /// How many bytes it has had in memory at most, since then or its start.
    pub(super) fn memory_peak(self) -> Result<u64, BenchError> {
        self.status("VmHWM:")
    }

    /// A value in kB of `/proc/PID/status`, in bytes.
    fn status(self, field: &str) -> Result<u64, BenchError> {
        let path = format!("/proc/{}/status", self.pid);
        let status = error::read(Path::new(&path))?;
        kilobytes(&status, field).ok_or_else(|| BenchError::unexpected(path, "it tells no memory"))
    }

    #[expect(clippy::cast_precision_loss, reason = "ticks of less than a century")]
    fn seconds(self, ticks: u64) -> f64 {
        ticks as f64 / f64::from(self.ticks_per_second)
    }

    fn ticks(self) -> Result<u64, BenchError> {
        let path = format!("/proc/{}/stat", self.pid);
        let stat = error::read(Path::new(&path))?;
        ticks(&stat).ok_or_else(|| BenchError::unexpected(path, "it tells no CPU time"))
    }
}

/// `utime` and `stime` of `/proc/PID/stat`, fields 14 and 15. The second field, the program's
/// name in parentheses, may hold spaces and parentheses itself.
fn ticks(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// The bytes of a line `Field: 123 kB`.
fn kilobytes(status: &str, field: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(value.trim().strip_suffix("kB")?.trim_end().parse::<u64>().ok()? * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_told_in_kilobytes() {
        let status = "Name:\tkube\nVmHWM:\t  300 kB\nVmRSS:\t   12 kB\n";
        assert_eq!(kilobytes(status, "VmHWM:"), Some(300 * 1024));
        assert_eq!(kilobytes(status, "VmRSS:"), Some(12 * 1024));
        for (status, field) in [("", "VmRSS:"), ("VmRSS:\tx kB", "VmRSS:"), ("VmRSS: 1", "VmRSS:")]
        {
            assert_eq!(kilobytes(status, field), None, "{status}");
        }
    }

    #[test]
    fn user_and_system_time_are_added_whatever_the_name() {
        let rest = "S 1 2 3 0 -1 4194560 21 0 0 0 1234 66 0 0 20 0 9 0 1 2 3";
        for name in ["(kube-apiserver)", "(a b)", "(a) R 1 (b)"] {
            assert_eq!(ticks(&format!("77 {name} {rest}")), Some(1300), "{name}");
        }
    }

    #[test]
    fn a_text_without_the_fields_tells_no_time() {
        for stat in ["", "77 (sh)", "77 (sh) S 1 2 3", "77 (sh) S 1 2 3 0 -1 0 0 0 0 0 x 6"] {
            assert_eq!(ticks(stat), None, "{stat}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn work_counts_and_rest_is_waited_for() {
        let mut busy = std::process::Command::new("sh")
            .args(["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i + 1)); done; sleep 60"])
            .spawn()
            .unwrap();
        let seconds = Clock::of(busy.id()).unwrap().at_rest();
        busy.kill().unwrap();
        busy.wait().unwrap();
        assert!(seconds.unwrap() > 0.05);
    }
}
