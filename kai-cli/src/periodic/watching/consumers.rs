//! Who gets reports in mode watch, and when.

use std::time::Duration;

use kai_core::Mark;
use tokio::time::Instant;

use crate::periodic::pace::Pace;

/// Who gets reports, and when.
pub(super) struct Consumers {
    /// Who reads what is printed, or nobody: then reports are taken for their figures.
    reader: Option<(Pace, Mark)>,
    /// One for each mailbox.
    receivers: Vec<Pace>,
}

/// The pace of those who get a report at once, and of those who get one an interval at the most.
pub(super) struct Paces {
    pub(super) quiet: Duration,
    pub(super) latest: Duration,
    pub(super) interval: Duration,
}

impl Consumers {
    /// A reader, if there is one, and so many receivers.
    pub(super) fn new(paces: &Paces, reads: bool, receivers: usize) -> Self {
        let Paces { quiet, latest, interval } = *paces;
        let pace = |least| Pace::new(quiet, latest, least, interval);
        let reader = (reads || receivers == 0).then(|| (pace(Duration::ZERO), Mark::default()));
        Self { reader, receivers: vec![pace(interval); receivers] }
    }

    /// When the next report of any is due; `None`: of none, until something changes.
    pub(super) fn due(&self, now: Instant, in_touch: bool) -> Option<Instant> {
        let readers = self.reader.iter().map(|(pace, _)| pace);
        let dues = readers.chain(&self.receivers).filter_map(|pace| pace.due(now, in_touch));
        dues.min()
    }

    /// Notes a change.
    pub(super) fn changed(&mut self, at: Instant) {
        let readers = self.reader.iter_mut().map(|(pace, _)| pace);
        readers.chain(&mut self.receivers).for_each(|pace| pace.changed(at));
    }

    /// The numbers of the receivers whose report is due, which they get now.
    pub(super) fn take_due(&mut self, now: Instant, in_touch: bool) -> Vec<usize> {
        let receivers = self.receivers.iter_mut().enumerate();
        let due = receivers.filter(|(_, pace)| is_due(pace, now, in_touch));
        due.map(|(number, pace)| {
            pace.reported(now);
            number
        })
        .collect()
    }

    /// Whether the report of the reader is due, which it gets now: up to when it has what ended.
    pub(super) fn take_reader_due(
        &mut self,
        now: Instant,
        in_touch: bool,
        mark: Mark,
    ) -> Option<Mark> {
        let (pace, has) = self.reader.as_mut()?;
        if !is_due(pace, now, in_touch) {
            return None;
        }
        pace.reported(now);
        Some(std::mem::replace(has, mark))
    }

    /// Up to when the reader has what ended, if there is one.
    pub(super) fn reader_has(&self) -> Option<Mark> {
        self.reader.as_ref().map(|(_, mark)| *mark)
    }
}

fn is_due(pace: &Pace, now: Instant, in_touch: bool) -> bool {
    pace.due(now, in_touch).is_some_and(|due| due <= now)
}
