use std::time::Duration;

use clap::ValueEnum;
use testkit::{ControlPlane, DelayRelay, Line};

/// Where client and server are, and what the server does meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Situation {
    /// On the same machine; pods change now and then.
    Near,
    /// The same, 25 ms away from each other.
    Far,
    /// The same, over 100 Mbit/s.
    Slow,
    /// As near, with every answer that kai gives.
    Answers,
    /// On the same machine; no pod has changed since the server last compacted its history.
    Rest,
    /// On the same machine; what follows the cluster, instead of asking it.
    Watch,
}

/// How often the server compacts its history (five minutes by default): it drops the snapshots of its
/// memory that are older than what it noted at the time before, and then reads all pages but the
/// first of a list from etcd.
pub(super) const COMPACTION: &str = "1m";
/// How long it takes until all of them are dropped, and a bit more.
const REST: Duration = Duration::from_secs(3 * 60);
/// How long every byte is under way over a distance.
const ONE_WAY: Duration = Duration::from_millis(25);
/// 100 Mbit/s.
const SLOW: u64 = 100_000_000 / 8;

impl Situation {
    /// What it is called in a title, after the load.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Near => "",
            Self::Answers => ", each answer",
            Self::Far => ", 25 ms each way",
            Self::Slow => ", 100 Mbit/s and 25 ms each way",
            Self::Rest => ", no pod changed for minutes",
            Self::Watch => ", followed",
        }
    }

    /// The relay that makes the distance.
    pub(super) fn relay(self, control_plane: &ControlPlane) -> Option<DelayRelay> {
        let line = match self {
            Self::Near | Self::Answers | Self::Rest | Self::Watch => return None,
            Self::Far => Line::new(ONE_WAY),
            Self::Slow => Line::new(ONE_WAY).bytes_per_second(SLOW),
        };
        Some(DelayRelay::over(control_plane.url(), line))
    }

    /// How long nothing happens before the first run.
    pub(super) fn rest(self) -> Duration {
        if self == Self::Rest { REST } else { Duration::ZERO }
    }
}
