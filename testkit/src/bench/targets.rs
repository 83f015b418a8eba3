#[cfg(test)]
mod tests;

use super::contender::{
    CURL, CURL_32, Client, KAI, KAI_500, KAI_PLAIN, KUBECTL, SHA256SUM, TRUE, WHERE,
};
use super::contest::Scenario;
use super::micro::{most_temporary, worst_ratio};
use super::results::Results;
use super::sample::Metric;
use super::situation::Situation;
use super::statistics::ratio;
use super::table::Table;
use super::watch::Figure;

const SMALL: Scenario = cluster(300, 20, Situation::Near);
const MIDDLE: Scenario = cluster(10_000, 200, Situation::Near);
const MIDDLE_AT_REST: Scenario = cluster(10_000, 200, Situation::Rest);
const BIG: Scenario = cluster(50_000, 500, Situation::Near);
const BIG_ANSWERS: Scenario = cluster(50_000, 500, Situation::Answers);
const BIG_AND_FAR: Scenario = cluster(50_000, 500, Situation::Far);
const BIG_AND_SLOW: Scenario = cluster(50_000, 500, Situation::Slow);
const BIG_AT_REST: Scenario = cluster(50_000, 500, Situation::Rest);
const BIG_FOLLOWED: Scenario = cluster(50_000, 500, Situation::Watch);
const MANY_NAMESPACES: Scenario = cluster(3_000, 5_000, Situation::Near);
const FILE: Scenario = Scenario::File { megabytes: 1000 };

const fn cluster(pods: usize, namespaces: usize, situation: Situation) -> Scenario {
    Scenario::Cluster { pods, namespaces, situation }
}

/// What kai has to keep.
struct Target {
    what: &'static str,
    unit: &'static str,
    at_most: f64,
    measured: fn(&Results) -> Option<f64>,
}

/// How a target was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Met,
    Missed,
    NotMeasured,
}

impl Target {
    fn judge(&self, results: &Results) -> (Option<f64>, Verdict) {
        let measured = (self.measured)(results);
        let verdict = match measured {
            None => Verdict::NotMeasured,
            Some(value) if value <= self.at_most => Verdict::Met,
            Some(_) => Verdict::Missed,
        };
        (measured, verdict)
    }

    /// A value with so many digits that it says on which side of the limit it lies.
    fn show(&self, value: f64) -> String {
        let unit = self.unit;
        match unit {
            "" => value.to_string(),
            "×" => format!("{value:.3}{unit}"),
            " s" => format!("{value:.4}{unit}"),
            _ => format!("{value:.2}{unit}"),
        }
    }
}

const TARGETS: [Target; 38] = [
    Target {
        what: "10,000 pods: wall, of curl's",
        unit: "×",
        at_most: 0.97,
        measured: |r| r.of(MIDDLE, Metric::Wall, CURL),
    },
    Target {
        what: "10,000 pods: client CPU, of curl's",
        unit: "×",
        at_most: 0.9,
        measured: |r| r.of(MIDDLE, Metric::Cpu, CURL),
    },
    Target {
        what: "10,000 pods: API-server CPU, of what curl causes",
        unit: "×",
        at_most: 1.1,
        measured: |r| r.of(MIDDLE, Metric::ServerCpu, CURL),
    },
    Target {
        what: "10,000 pods: peak",
        unit: " MiB",
        at_most: 12.0,
        measured: |r| r.kai(MIDDLE, Metric::Peak),
    },
    Target {
        what: "50,000 pods: wall, of curl's",
        unit: "×",
        at_most: 0.97,
        measured: |r| r.of(BIG, Metric::Wall, CURL),
    },
    Target {
        what: "50,000 pods: client CPU, of curl's",
        unit: "×",
        at_most: 0.9,
        measured: |r| r.of(BIG, Metric::Cpu, CURL),
    },
    Target {
        what: "50,000 pods: API-server CPU, of what curl causes",
        unit: "×",
        at_most: 1.1,
        measured: |r| r.of(BIG, Metric::ServerCpu, CURL),
    },
    Target {
        what: "50,000 pods: peak",
        unit: " MiB",
        at_most: 15.0,
        measured: |r| r.kai(BIG, Metric::Peak),
    },
    Target {
        what: "50,000 pods, 25 ms each way: wall, of kubectl's",
        unit: "×",
        at_most: 0.2,
        measured: |r| r.of(BIG_AND_FAR, Metric::Wall, KUBECTL),
    },
    Target {
        what: "50,000 pods, 25 ms each way: wall, of curl's with 8 lists",
        unit: "×",
        at_most: 0.6,
        measured: |r| r.of(BIG_AND_FAR, Metric::Wall, CURL),
    },
    Target {
        what: "50,000 pods, 25 ms each way: wall, of curl's with 32 lists",
        unit: "×",
        at_most: 1.1,
        measured: |r| r.of(BIG_AND_FAR, Metric::Wall, CURL_32),
    },
    Target {
        what: "50,000 pods, 25 ms each way: peak",
        unit: " MiB",
        at_most: 18.0,
        measured: |r| r.kai(BIG_AND_FAR, Metric::Peak),
    },
    Target {
        what: "50,000 pods, 100 Mbit/s: wall, of kai 0.1.0's choices",
        unit: "×",
        at_most: 0.2,
        measured: |r| r.of(BIG_AND_SLOW, Metric::Wall, KAI_PLAIN),
    },
    Target {
        what: "50,000 pods, 100 Mbit/s: peak",
        unit: " MiB",
        at_most: 18.0,
        measured: |r| r.kai(BIG_AND_SLOW, Metric::Peak),
    },
    Target {
        what: "10,000 pods at rest: wall, of curl's",
        unit: "×",
        at_most: 1.0,
        measured: |r| r.of(MIDDLE_AT_REST, Metric::Wall, CURL),
    },
    Target {
        what: "10,000 pods at rest: API-server CPU, of what curl causes",
        unit: "×",
        at_most: 1.05,
        measured: |r| r.of(MIDDLE_AT_REST, Metric::ServerCpu, CURL),
    },
    Target {
        what: "50,000 pods at rest: wall, of curl's",
        unit: "×",
        at_most: 1.0,
        measured: |r| r.of(BIG_AT_REST, Metric::Wall, CURL),
    },
    Target {
        what: "50,000 pods at rest: API-server CPU, of what curl causes",
        unit: "×",
        at_most: 1.05,
        measured: |r| r.of(BIG_AT_REST, Metric::ServerCpu, CURL),
    },
    Target {
        what: "50,000 pods: API-server memory, of what pages of 500 take",
        unit: "×",
        at_most: 1.5,
        measured: |r| r.of(BIG, Metric::ServerMemory, KAI_500),
    },
    Target {
        what: "50,000 pods: `kai where`, wall, of kai's",
        unit: "×",
        at_most: 1.2,
        measured: |r| {
            let sought = r.median(BIG_ANSWERS, WHERE, Metric::Wall)?;
            ratio(sought, r.kai(BIG_ANSWERS, Metric::Wall)?)
        },
    },
    Target {
        what: "50,000 pods: the slowest format, wall, of kai's",
        unit: "×",
        at_most: 1.05,
        measured: |r| ratio(r.most(BIG_ANSWERS, Metric::Wall)?, r.kai(BIG_ANSWERS, Metric::Wall)?),
    },
    Target {
        what: "50,000 pods: the format that takes most, peak",
        unit: " MiB",
        at_most: 16.0,
        measured: |r| r.most(BIG_ANSWERS, Metric::Peak),
    },
    Target {
        what: "50,000 pods followed: synced, of a run of kai",
        unit: "×",
        at_most: 1.5,
        measured: |r| ratio(r.follows(Figure::Synced)?, r.kai(BIG, Metric::Wall)?),
    },
    Target {
        what: "50,000 pods followed: API-server CPU of the start, of what curl causes",
        unit: "×",
        at_most: 1.1,
        measured: |r| ratio(r.follows(Figure::ServerCpu)?, r.median(BIG, CURL, Metric::ServerCpu)?),
    },
    Target {
        what: "50,000 pods followed: peak while starting",
        unit: " MiB",
        at_most: 22.0,
        measured: |r| r.follows(Figure::Peak),
    },
    Target {
        what: "50,000 pods followed: at rest",
        unit: " MiB",
        at_most: 20.0,
        measured: |r| r.follows(Figure::Rest),
    },
    Target {
        what: "50,000 pods followed: CPU at 100 changes a second",
        unit: " %",
        at_most: 2.0,
        measured: |r| r.follows(Figure::Cpu),
    },
    Target {
        what: "50,000 pods followed: an image, from the write to `/inventory` (p99)",
        unit: " ms",
        at_most: 100.0,
        measured: |r| r.follows(Figure::SeenLate),
    },
    Target {
        what: "3,000 pods in 5,004 namespaces: requests",
        unit: "",
        at_most: 20.0,
        measured: |r| r.kai(MANY_NAMESPACES, Metric::Requests),
    },
    Target {
        what: "3,000 pods in 5,004 namespaces: peak",
        unit: " MiB",
        at_most: 12.0,
        measured: |r| r.kai(MANY_NAMESPACES, Metric::Peak),
    },
    Target {
        what: "300 pods: requests",
        unit: "",
        at_most: 3.0,
        measured: |r| r.kai(SMALL, Metric::Requests),
    },
    Target {
        what: "300 pods: wall",
        unit: " s",
        at_most: 0.02,
        measured: |r| r.kai(SMALL, Metric::Wall),
    },
    Target {
        what: "a file of 1 GB: wall, of sha256sum's",
        unit: "×",
        at_most: 3.0,
        measured: |r| r.of(FILE, Metric::Wall, SHA256SUM),
    },
    Target {
        what: "a file of 1 GB: peak",
        unit: " MiB",
        at_most: 12.0,
        measured: |r| r.kai(FILE, Metric::Peak),
    },
    Target {
        what: "`kai version`: wall beyond twice that of `true`",
        unit: " ms",
        at_most: 3.0,
        measured: |r| {
            let ours = r.median(Scenario::Launch, KAI, Metric::Wall)?;
            Some((ours - 2.0 * r.median(Scenario::Launch, TRUE, Metric::Wall)?) * 1e3)
        },
    },
    Target {
        what: "release binary",
        unit: " MB",
        at_most: 12.0,
        measured: |r| Some(r.binary_megabytes),
    },
    Target {
        what: "parsing a reference: time, of oci-spec's",
        unit: "×",
        at_most: 0.1,
        measured: |r| worst_ratio(&r.micros, "parse_kai", "parse_oci_spec"),
    },
    Target {
        what: "parsing a reference: allocations that are not in the result",
        unit: "",
        at_most: 0.0,
        measured: |r| most_temporary(&r.micros, "parse_kai"),
    },
];

impl Results {
    fn kai(&self, scenario: Scenario, metric: Metric) -> Option<f64> {
        self.median(scenario, KAI, metric)
    }

    /// The greatest of all formats.
    fn most(&self, scenario: Scenario, metric: Metric) -> Option<f64> {
        let formats = Client::ANSWERS.into_iter().filter(|client| *client != Client::Where);
        let values = formats.filter_map(|format| self.median(scenario, format.name(), metric));
        values.reduce(f64::max)
    }

    /// Of kai, which follows the big cluster.
    fn follows(&self, figure: Figure) -> Option<f64> {
        self.followed(BIG_FOLLOWED, KAI, figure)
    }

    /// How many times another's value kai's is.
    fn of(&self, scenario: Scenario, metric: Metric, other: &str) -> Option<f64> {
        ratio(self.kai(scenario, metric)?, self.median(scenario, other, metric)?)
    }
}

/// All targets, with what was measured.
pub(super) fn table(results: &Results) -> Table {
    let mut table = Table::new(&["target", "at most", "measured", "verdict"]);
    for target in &TARGETS {
        let (measured, verdict) = target.judge(results);
        let unit = target.unit;
        table.row(vec![
            target.what.to_owned(),
            format!("{}{unit}", target.at_most),
            measured.map_or_else(String::new, |value| target.show(value)),
            match verdict {
                Verdict::Met => "met",
                Verdict::Missed => "**missed**",
                Verdict::NotMeasured => "not measured",
            }
            .to_owned(),
        ]);
    }
    table
}
