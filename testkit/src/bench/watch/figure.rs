use super::super::contest::{Scenario, multiple};
use super::super::sample::seconds;
use super::super::statistics::{median, percentile, ratio};
use super::super::table::Table;

/// To how many changes a second CPU is converted, whatever the server managed.
const RATE: f64 = 100.0;

/// What one run of a program that follows a cluster took.
#[derive(Debug, Clone)]
pub(in super::super) struct Sample {
    /// Seconds from its start until it was synced.
    pub(super) synced: f64,
    /// The most bytes that it had in memory until then, and while nothing happened.
    pub(super) peak: u64,
    /// Bytes that it had in memory at the end of that.
    pub(super) rest: u64,
    /// Seconds of CPU for each change of a pod.
    pub(super) cpu: f64,
    /// How many pods changed in a second.
    pub(super) rate: f64,
    /// Seconds of kube-apiserver's CPU for its start.
    pub(super) server_cpu: f64,
    /// Seconds from each write of an image until its inventory had it.
    pub(super) seen: Vec<f64>,
}

/// All runs of one program.
#[derive(Debug, Clone)]
pub(in super::super) struct Entry {
    pub(in super::super) name: &'static str,
    pub(in super::super) samples: Vec<Sample>,
}

/// Programs that followed the same cluster, kai first.
#[derive(Debug, Clone)]
pub(in super::super) struct Watching {
    pub(in super::super) scenario: Scenario,
    pub(in super::super) entries: Vec<Entry>,
}

/// A quantity that the table compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Figure {
    /// Seconds.
    Synced,
    /// MiB.
    Peak,
    /// MiB.
    Rest,
    /// Percent of a core, if 100 pods change in a second.
    Cpu,
    /// In a second.
    Changes,
    /// Milliseconds.
    SeenMiddle,
    /// Milliseconds, of the slowest but one in a hundred.
    SeenLate,
    /// Seconds of CPU in kube-apiserver.
    ServerCpu,
}

impl Figure {
    const ALL: [Self; 8] = [
        Self::Synced,
        Self::Peak,
        Self::Rest,
        Self::Changes,
        Self::Cpu,
        Self::SeenMiddle,
        Self::SeenLate,
        Self::ServerCpu,
    ];

    fn heading(self) -> &'static str {
        match self {
            Self::Synced => "synced s",
            Self::Peak => "peak MiB",
            Self::Rest => "at rest MiB",
            Self::Changes => "changes/s",
            Self::Cpu => "CPU at 100/s %",
            Self::SeenMiddle => "seen p50 ms",
            Self::SeenLate => "seen p99 ms",
            Self::ServerCpu => "API-server CPU s",
        }
    }

    /// The median of the runs; of what was seen, all runs count alike.
    fn of(self, entry: &Entry) -> Option<f64> {
        let samples = entry.samples.iter();
        let seen = || entry.samples.iter().flat_map(|sample| &sample.seen).map(|s| s * 1e3);
        match self {
            Self::SeenMiddle => percentile(seen(), 50.0),
            Self::SeenLate => percentile(seen(), 99.0),
            Self::Synced => median(samples.map(|sample| sample.synced)),
            Self::Peak => median(samples.map(|sample| mebibytes(sample.peak))),
            Self::Rest => median(samples.map(|sample| mebibytes(sample.rest))),
            Self::Changes => median(samples.map(|sample| sample.rate)),
            Self::Cpu => median(samples.map(|sample| sample.cpu * RATE * 100.0)),
            Self::ServerCpu => median(samples.map(|sample| sample.server_cpu)),
        }
    }

    fn show(self, value: f64) -> String {
        match self {
            Self::Synced | Self::ServerCpu => seconds(value),
            Self::Cpu => format!("{value:.2}"),
            Self::Changes => format!("{value:.0}"),
            Self::Peak | Self::Rest | Self::SeenMiddle | Self::SeenLate => format!("{value:.1}"),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes, shown with few digits")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Watching {
    /// The value of a program that took part.
    pub(in super::super) fn value(&self, name: &str, figure: Figure) -> Option<f64> {
        figure.of(self.entries.iter().find(|entry| entry.name == name)?)
    }

    /// Medians, and in parentheses how many times kai's that is.
    pub(in super::super) fn table(&self) -> Table {
        let headings = Figure::ALL.map(Figure::heading);
        let mut table = Table::new(&[&["", "rounds"][..], &headings].concat());
        for entry in &self.entries {
            let cells = Figure::ALL.map(|figure| self.cell(entry, figure));
            let runs = entry.samples.len().to_string();
            table.row([entry.name.to_owned(), runs].into_iter().chain(cells).collect());
        }
        table
    }

    fn cell(&self, entry: &Entry, figure: Figure) -> String {
        let Some(value) = figure.of(entry) else { return String::new() };
        let shown = figure.show(value);
        let kai = self.entries.first().filter(|kai| kai.name != entry.name);
        match kai.and_then(|kai| ratio(value, figure.of(kai)?)) {
            // The benchmark's own doing is no merit of a program.
            Some(times) if figure != Figure::Changes => format!("{shown} ({})", multiple(times)),
            _ => shown,
        }
    }
}

#[cfg(test)]
pub(in super::super) mod tests {
    use super::super::super::situation::Situation;
    use super::*;

    /// A run whose numbers are told.
    pub(in super::super::super) fn sample(synced: f64, mib: u64, cpu: f64) -> Sample {
        Sample {
            synced,
            peak: (mib + 2) << 20,
            rest: mib << 20,
            cpu,
            rate: 79.7,
            server_cpu: synced / 2.0,
            seen: vec![synced / 100.0; 100],
        }
    }

    #[test]
    fn medians_stand_beside_their_ratio_to_kais() {
        let entry =
            |name, synced, mib, cpu| Entry { name, samples: vec![sample(synced, mib, cpu); 3] };
        let watching = Watching {
            scenario: Scenario::Cluster {
                pods: 50_000,
                namespaces: 500,
                situation: Situation::Watch,
            },
            entries: vec![entry("kai", 1.5, 18, 0.000_123), entry("informer", 3.0, 862, 0.000_492)],
        };
        assert_eq!(watching.scenario.title(), "50,000 pods in 504 namespaces, followed");
        assert_eq!(watching.value("kai", Figure::Rest), Some(18.0));
        insta::assert_snapshot!(watching.table().text(), @"
                  rounds      synced s       peak MiB    at rest MiB  changes/s  CPU at 100/s %   seen p50 ms   seen p99 ms  API-server CPU s
        kai            3          1.50           20.0           18.0         80            1.23          15.0          15.0             0.750
        informer       3  3.00 (2.00×)  864.0 (43.2×)  862.0 (47.9×)         80    4.92 (4.00×)  30.0 (2.00×)  30.0 (2.00×)      1.50 (2.00×)
        ");
    }

    #[test]
    fn what_was_seen_late_is_taken_of_all_runs_together() {
        let mut samples = vec![sample(1.0, 1, 1.0); 2];
        samples[0].seen = (1..=100).map(f64::from).collect();
        samples[1].seen = (101..=200).map(f64::from).collect();
        let entry = Entry { name: "kai", samples };
        assert_eq!(Figure::SeenMiddle.of(&entry), Some(100e3));
        assert_eq!(Figure::SeenLate.of(&entry), Some(198e3));
    }
}
