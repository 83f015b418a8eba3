//! When a consumer of reports gets the next one, in mode watch.

use std::time::Duration;

use tokio::time::Instant;

/// The pace of the reports of one consumer: when changes have been quiet for a while, at the latest
/// some time after the first of them, never sooner after the last report of changes than it wants,
/// and after some time in any case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    quiet: Duration,
    latest: Duration,
    /// The least time between two reports.
    least: Duration,
    /// The longest.
    most: Duration,
    /// The first and the last change since the last report.
    changes: Option<(Instant, Instant)>,
    last: Option<Instant>,
    /// The last report that had changes.
    last_of_changes: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(quiet: Duration, latest: Duration, least: Duration, most: Duration) -> Self {
        Self { quiet, latest, least, most, changes: None, last: None, last_of_changes: None }
    }

    /// Notes a change.
    pub(crate) fn changed(&mut self, at: Instant) {
        let first = self.changes.map_or(at, |(first, _)| first);
        self.changes = Some((first, at));
    }

    /// Notes a report, which has all changes until then.
    pub(crate) fn reported(&mut self, at: Instant) {
        // The first one is all new.
        if self.changes.take().is_some() || self.last.is_none() {
            self.last_of_changes = Some(at);
        }
        self.last = Some(at);
    }

    /// When the next report is due, the first one at once. Out of touch with the cluster there is
    /// nothing new to say but of what changed before; `None`: nothing.
    pub(crate) fn due(&self, now: Instant, in_touch: bool) -> Option<Instant> {
        let Some(last) = self.last else { return Some(now) };
        let beat = last + self.most;
        match self.changes {
            Some((first, latest)) => {
                let news = (latest + self.quiet).min(first + self.latest);
                let soonest = self.last_of_changes.map_or(news, |last| last + self.least);
                Some(news.max(soonest).min(beat))
            }
            None => in_touch.then_some(beat),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_report_is_due_when_it_is_quiet_but_not_too_late_not_too_soon_and_in_any_case() {
        // Least time between reports, time of the last report, of changes, and of the next report.
        let table: [(&str, u64, &[u64], u64); 8] = [
            ("nothing happens", 0, &[], 300),
            ("a change", 0, &[10], 15),
            ("changes, then quiet", 0, &[10, 12, 16], 21),
            ("changes without end", 0, &[10, 14, 18, 22, 26, 30, 34, 38], 40),
            ("soon after the last report", 60, &[10], 60),
            ("long after it", 60, &[100], 105),
            ("busy, once an interval", 300, &[10, 200, 299], 300),
            ("at the very end", 0, &[299], 300),
        ];
        let start = Instant::now();
        for (what, least, changes, expected) in table {
            let mut pace = Pace::new(seconds(5), seconds(30), seconds(least), seconds(300));
            assert_eq!(pace.due(start, false), Some(start), "the first one at once");
            pace.reported(start);
            assert_eq!(pace.due(start, false), None, "out of touch");
            for at in changes {
                pace.changed(start + seconds(*at));
            }
            assert_eq!(pace.due(start, true), Some(start + seconds(expected)), "{what}");
            if !changes.is_empty() {
                assert_eq!(pace.due(start, false), Some(start + seconds(expected)), "{what}");
            }
            pace.reported(start + seconds(expected));
            let beat = start + seconds(expected + 300);
            assert_eq!(pace.due(start, true), Some(beat), "{what}: no change left");
        }
    }

    #[test]
    fn after_a_calm_interval_a_change_is_reported_at_once() {
        let start = Instant::now();
        let mut pace = Pace::new(seconds(5), seconds(30), seconds(300), seconds(300));
        pace.reported(start);
        pace.reported(start + seconds(300));
        pace.changed(start + seconds(310));
        assert_eq!(pace.due(start, true), Some(start + seconds(315)));
        pace.reported(start + seconds(315));
        pace.changed(start + seconds(320));
        assert_eq!(pace.due(start, true), Some(start + seconds(615)), "and the next one later");
    }
}
