//! All that a run of the benchmark measures.

use super::contest::{Contest, Scenario};
use super::micro::Micro;
use super::sample::Metric;
use super::watch::{Figure, Watching};

/// All that was measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Results {
    /// What was typed, and when.
    pub(super) command: String,
    pub(super) date: String,
    pub(super) machine: String,
    /// Programs and their versions.
    pub(super) versions: Vec<(String, String)>,
    /// Clients that there is nothing of on this machine.
    pub(super) missing: Vec<&'static str>,
    pub(super) contests: Vec<Contest>,
    /// What followed a cluster.
    pub(super) watches: Vec<Watching>,
    pub(super) micros: Vec<Micro>,
    pub(super) binary_megabytes: f64,
}

impl Results {
    /// The median of a program in a scenario, if both were measured.
    pub(super) fn median(&self, scenario: Scenario, name: &str, metric: Metric) -> Option<f64> {
        self.contests.iter().find(|contest| contest.scenario == scenario)?.median(name, metric)
    }

    /// The value of a program that followed the cluster of a scenario, if it was measured.
    pub(super) fn followed(&self, scenario: Scenario, name: &str, figure: Figure) -> Option<f64> {
        self.watches.iter().find(|watch| watch.scenario == scenario)?.value(name, figure)
    }
}
