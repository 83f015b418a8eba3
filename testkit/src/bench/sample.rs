use super::measure::Cost;
use super::metrics::Requests;
use super::statistics::{median, range};

/// What one run took of client and server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) client: Cost,
    /// Where the run asked a server.
    pub(super) server: Option<ServerShare>,
}

/// What one run took of the server.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServerShare {
    /// Seconds of CPU.
    pub(super) cpu: f64,
    /// By how many bytes its memory grew at its peak.
    pub(super) memory: u64,
    pub(super) requests: Requests,
}

/// A quantity that the tables compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    /// Seconds.
    Wall,
    /// Seconds of CPU in the client.
    Cpu,
    /// MiB.
    Peak,
    /// Seconds of CPU in kube-apiserver.
    ServerCpu,
    /// MiB of kube-apiserver beyond what it had before.
    ServerMemory,
    Lists,
    Requests,
}

impl Metric {
    pub(super) const OF_CLIENT: [Self; 3] = [Self::Wall, Self::Cpu, Self::Peak];
    pub(super) const OF_SERVER: [Self; 4] =
        [Self::ServerCpu, Self::ServerMemory, Self::Lists, Self::Requests];

    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Wall => "wall s",
            Self::Cpu => "client CPU s",
            Self::Peak => "peak MiB",
            Self::ServerCpu => "API-server CPU s",
            Self::ServerMemory => "API-server MiB",
            Self::Lists => "LISTs",
            Self::Requests => "requests",
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "bytes and requests, shown with few digits")]
    pub(super) fn of(self, sample: &Sample) -> Option<f64> {
        let Cost { wall, user, system, peak } = sample.client;
        match self {
            Self::Wall => Some(wall),
            Self::Cpu => Some(user + system),
            Self::Peak => Some(peak as f64 / f64::from(1 << 20)),
            Self::ServerCpu => sample.server.map(|server| server.cpu),
            Self::ServerMemory => {
                sample.server.map(|server| server.memory as f64 / f64::from(1 << 20))
            }
            Self::Lists => sample.server.map(|server| server.requests.lists as f64),
            Self::Requests => sample.server.map(|server| server.requests.all as f64),
        }
    }

    /// A value in the metric's unit.
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Peak => format!("{value:.1}"),
            Self::ServerMemory | Self::Lists | Self::Requests => format!("{value:.0}"),
            Self::Wall | Self::Cpu | Self::ServerCpu => seconds(value),
        }
    }
}

/// Seconds with three digits that say something.
pub(super) fn seconds(value: f64) -> String {
    let decimals = match value {
        ..0.1 => 4,
        ..1.0 => 3,
        ..10.0 => 2,
        _ => 1,
    };
    format!("{value:.decimals$}")
}

/// All runs of one program that count.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) samples: Vec<Sample>,
}

impl Entry {
    pub(super) fn median(&self, metric: Metric) -> Option<f64> {
        median(self.values(metric))
    }

    pub(super) fn range(&self, metric: Metric) -> Option<(f64, f64)> {
        range(self.values(metric))
    }

    fn values(&self, metric: Metric) -> impl Iterator<Item = f64> {
        self.samples.iter().filter_map(move |sample| metric.of(sample))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A sample whose every number is told.
    pub(in super::super) fn sample(wall: f64, cpu: f64, peak_mib: u64, server: f64) -> Sample {
        Sample {
            client: Cost { wall, user: cpu / 4.0, system: cpu * 0.75, peak: peak_mib << 20 },
            server: Some(ServerShare {
                cpu: server,
                memory: 40 << 20,
                requests: Requests { lists: 2, all: 3 },
            }),
        }
    }

    #[test]
    fn the_median_is_taken_of_each_metric_by_itself() {
        let samples =
            vec![sample(1.0, 9.0, 8, 0.5), sample(2.0, 4.0, 4, 0.7), sample(3.0, 1.0, 6, 0.6)];
        let entry = Entry { name: "kai", samples };
        for (metric, expected) in [
            (Metric::Wall, 2.0),
            (Metric::Cpu, 4.0),
            (Metric::Peak, 6.0),
            (Metric::ServerCpu, 0.6),
            (Metric::ServerMemory, 40.0),
            (Metric::Lists, 2.0),
            (Metric::Requests, 3.0),
        ] {
            assert_eq!(entry.median(metric), Some(expected), "{metric:?}");
        }
        assert_eq!(entry.range(Metric::Cpu), Some((1.0, 9.0)));
    }

    #[test]
    fn seconds_keep_three_digits_or_so() {
        for (value, shown) in
            [(0.00216, "0.0022"), (0.4123, "0.412"), (2.345, "2.35"), (61.04, "61.0")]
        {
            assert_eq!(seconds(value), shown);
        }
    }
}
