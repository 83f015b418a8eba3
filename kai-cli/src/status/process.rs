//! Figures of this process, from the kernel, under the names that Prometheus' clients have in common
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>).

use std::fmt;

use procfs::process::LimitValue;
use procfs::{ProcResult, WithCurrentSystemInfo, boot_time_secs, ticks_per_second};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;

use super::metrics::gauge;

/// Reads `/proc` whenever it is asked.
#[derive(Debug)]
pub(super) struct Process;

/// What the process uses, in bytes and seconds.
#[derive(Clone, Copy, Debug)]
struct Usage {
    cpu: f64,
    resident: u64,
    virtual_memory: u64,
    started: f64,
    threads: i64,
    open_files: u64,
    /// `None`: without a limit.
    open_files_max: Option<u64>,
}

impl Usage {
    fn now() -> ProcResult<Self> {
        let process = procfs::process::Process::myself()?;
        let stat = process.stat()?;
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 ticks")]
        let seconds = |ticks: u64| ticks as f64 / ticks_per_second() as f64;
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
        let booted = boot_time_secs()? as f64;
        Ok(Self {
            cpu: seconds(stat.utime + stat.stime),
            resident: stat.rss_bytes().get(),
            virtual_memory: stat.vsize,
            started: booted + seconds(stat.starttime),
            threads: stat.num_threads,
            open_files: process.fd_count()? as u64,
            open_files_max: match process.limits()?.max_open_files.soft_limit {
                LimitValue::Value(limit) => Some(limit),
                LimitValue::Unlimited => None,
            },
        })
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // A sandbox may hide it: that must not cost the other metrics.
        let Ok(usage) = Usage::now() else { return Ok(()) };
        let what = "CPU time in user and in system mode.";
        let cpu = ConstCounter::new(usage.cpu);
        let of =
            encoder.encode_descriptor("process_cpu_seconds", what, None, MetricType::Counter)?;
        cpu.encode(of)?;
        let what = "Memory in RAM.";
        gauge(&mut encoder, "process_resident_memory_bytes", what, &usage.resident)?;
        let what = "Virtual memory.";
        gauge(&mut encoder, "process_virtual_memory_bytes", what, &usage.virtual_memory)?;
        let what = "Start of the process, in Unix time.";
        gauge(&mut encoder, "process_start_time_seconds", what, &usage.started)?;
        let what = "Threads.";
        gauge(&mut encoder, "process_threads", what, &usage.threads)?;
        let what = "Open file descriptors.";
        gauge(&mut encoder, "process_open_fds", what, &usage.open_files)?;
        if let Some(limit) = usage.open_files_max {
            let what = "How many file descriptors may be open.";
            gauge(&mut encoder, "process_max_fds", what, &limit)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_kernel_has_figures_of_this_process() {
        let usage = Usage::now().unwrap();
        assert!(usage.resident > 1 << 20 && usage.virtual_memory >= usage.resident, "{usage:?}");
        assert!(usage.threads >= 1 && usage.open_files >= 3, "{usage:?}");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(usage.started <= now + 2.0 && usage.started > now - 86_400.0, "{usage:?}");
    }
}
