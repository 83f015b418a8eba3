//! All that a run of the benchmark measures.

use super::contest::{Contest, Scenario};
use super::micro::Micro;
use super::sample::Metric;

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
    pub(super) micros: Vec<Micro>,
    pub(super) binary_megabytes: f64,
}

impl Results {
    /// The median of a program in a scenario, if both were measured.
    pub(super) fn median(&self, scenario: Scenario, name: &str, metric: Metric) -> Option<f64> {
        self.contests.iter().find(|contest| contest.scenario == scenario)?.median(name, metric)
    }
}
