//! How many requests in flight are worth it, by what the last answers took.
//!
//! Over a distance, the wait for the first byte is the line's, whatever else is asked meanwhile: more
//! requests in flight are more answers in the same time. Beside its server, the wait is that for
//! the others: more requests only wait longer. What tells them apart is the least wait that any answer
//! took, which is about that of the line. (TCP Vegas does so with the round trips of segments:
//! Brakmo and Peterson, 1995.)

use std::time::Duration;

use tokio::time::Instant;

/// How many requests are in flight at first. Beside a server, more gain little (`BENCHMARKS.md`).
pub(crate) const FIRST: usize = 8;
/// The fewest, after all that a server may refuse.
pub(super) const LEAST: usize = 4;
/// The most: each takes memory, and seats of the server's.
pub(crate) const MOST: usize = 32;

/// The answers that came while the limit was the same: as many as it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Round {
    /// How many requests were in flight at the most, and how many answers there were.
    limit: usize,
    /// How long they took to their first byte, on average.
    first_byte: Duration,
    /// How many answers came in a second.
    rate: f64,
    /// How many bytes came in a second.
    bytes_rate: f64,
}

/// What follows from a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Next {
    limit: usize,
    /// Whether it has stopped growing.
    settled: bool,
}

impl Round {
    /// Whether more came in the same time: answers, or bytes where these were longer ones.
    fn gained(&self, before: &Self) -> bool {
        self.rate > before.rate || self.bytes_rate > before.bytes_rate
    }
}

/// The limit after a round. `least` is the least wait for a first byte so far; `before` the round
/// before.
fn next_limit(least: Duration, round: &Round, before: Option<&Round>, settled: bool) -> Next {
    // Most of the wait is that for other requests: the server's, or one's own.
    if round.first_byte >= least * 4 {
        // Only what was gained is given back: beside a server that is always so.
        return Next { limit: (round.limit / 2).max(FIRST).min(round.limit), settled: true };
    }
    let waits_for_the_line = round.first_byte < least * 2;
    let gained = before.is_none_or(|before| round.gained(before));
    if waits_for_the_line && gained && !settled {
        Next { limit: (round.limit * 2).min(MOST), settled: false }
    } else {
        Next { limit: round.limit, settled: true }
    }
}

/// The answers of a round, as they come.
#[derive(Debug)]
pub(super) struct Answers {
    least: Option<Duration>,
    before: Option<Round>,
    settled: bool,
    /// The limit with which the round began.
    limit: usize,
    since: Instant,
    count: usize,
    bytes: u64,
    first_bytes: Duration,
}

impl Answers {
    /// None as yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            least: None,
            before: None,
            settled: false,
            limit: FIRST,
            since: now,
            count: 0,
            bytes: 0,
            first_bytes: Duration::ZERO,
        }
    }

    /// Counts an answer; the limit that follows. While a round goes well, that is one more for each
    /// answer that waited for the line; at its end, what it was worth.
    pub(super) fn count(&mut self, first_byte: Duration, bytes: u64, now: Instant) -> usize {
        let least = self.least.map_or(first_byte, |least| least.min(first_byte));
        self.least = Some(least);
        self.count += 1;
        self.bytes += bytes;
        self.first_bytes += first_byte;
        if self.count < self.limit {
            let more = if self.settled { 0 } else { self.count };
            let goes_well = self.first_byte() < least * 2;
            return if goes_well { (self.limit + more).min(MOST) } else { self.limit };
        }
        let round = self.round(now);
        let next = next_limit(least, &round, self.before.as_ref(), self.settled);
        tracing::trace!(?round, ?least, ?next, "requests in flight");
        (self.before, self.settled, self.limit) = (Some(round), next.settled, next.limit);
        (self.since, self.count, self.bytes, self.first_bytes) = (now, 0, 0, Duration::ZERO);
        next.limit
    }

    /// How long the first byte of an answer took, on average.
    fn first_byte(&self) -> Duration {
        self.first_bytes / u32::try_from(self.count).unwrap_or(u32::MAX)
    }

    #[expect(clippy::cast_precision_loss, reason = "rates are compared by percents")]
    fn round(&self, now: Instant) -> Round {
        let seconds = now.duration_since(self.since).as_secs_f64().max(1e-6);
        Round {
            limit: self.limit,
            first_byte: self.first_byte(),
            rate: self.count as f64 / seconds,
            bytes_rate: self.bytes as f64 / seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(limit: usize, first_byte_ms: u64, rate: f64, mb_rate: f64) -> Round {
        let first_byte = Duration::from_millis(first_byte_ms);
        Round { limit, first_byte, rate, bytes_rate: mb_rate * 1e6 }
    }

    #[test]
    fn the_limit_follows_what_a_round_took() {
        let far = round(8, 60, 90.0, 50.0);
        let farther = round(16, 62, 160.0, 90.0);
        let near = round(8, 9, 500.0, 300.0);
        // The round, the one before it, the least wait (ms), what follows, and whether for good.
        let rows = [
            ("a first round over a distance", far, None, 50, (16, false)),
            ("more came", farther, Some(far), 50, (32, false)),
            ("fewer, and longer ones", round(16, 65, 80.0, 90.0), Some(far), 50, (32, false)),
            ("more, and shorter ones", round(16, 65, 170.0, 20.0), Some(far), 50, (32, false)),
            ("the line is full", round(16, 70, 85.0, 48.0), Some(far), 50, (16, true)),
            ("the server is busy", round(16, 110, 160.0, 90.0), Some(far), 50, (16, true)),
            ("no more than the most", round(32, 65, 300.0, 160.0), Some(farther), 50, (32, false)),
            (
                "the server has too many",
                round(32, 210, 300.0, 160.0),
                Some(farther),
                50,
                (16, true),
            ),
            ("no less than at first", round(8, 210, 40.0, 20.0), Some(far), 50, (8, true)),
            ("after a refusal", round(4, 210, 40.0, 20.0), None, 50, (4, true)),
            ("beside the server", near, None, 1, (8, true)),
            ("in a cluster's network", round(8, 12, 450.0, 280.0), None, 2, (8, true)),
            ("the shortest lists last", round(8, 4, 900.0, 100.0), Some(near), 1, (8, true)),
            ("the longest lists last", round(8, 20, 80.0, 90.0), Some(near), 1, (8, true)),
        ];
        for (what, round, before, least, expected) in rows {
            let next = next_limit(Duration::from_millis(least), &round, before.as_ref(), false);
            assert_eq!((next.limit, next.settled), expected, "{what}");
        }
        let least = Duration::from_millis(50);
        let next = next_limit(least, &farther, Some(&far), true);
        assert_eq!(next, Next { limit: 16, settled: true }, "what has settled grows no more");
    }

    /// The limits after answers that take this long, ten in a second for each that may be in flight.
    fn limits(answers: &mut Answers, count: usize, first_byte: Duration) -> Vec<usize> {
        let (mut now, mut limit) = (answers.since, answers.limit);
        let mut limits = Vec::new();
        for _ in 0..count {
            now += Duration::from_millis(100) / u32::try_from(limit).unwrap();
            limit = answers.count(first_byte, 1000, now);
            limits.push(limit);
        }
        limits
    }

    #[test]
    fn each_answer_that_waits_for_the_line_is_one_more_request() {
        let mut answers = Answers::new(Instant::now());
        let far = limits(&mut answers, 60, Duration::from_millis(50));
        assert_eq!(far[..24], (9..=32).collect::<Vec<_>>());
        assert_eq!(far[24..], [32; 36]);
        let round = answers.before.unwrap();
        assert_eq!((round.limit, round.first_byte), (32, Duration::from_millis(50)));
        assert!((round.rate - 320.0).abs() < 1.0 && (round.bytes_rate - 320e3).abs() < 1e3);
    }

    #[test]
    fn beside_a_server_it_stays_near_eight_and_ends_there() {
        let mut answers = Answers::new(Instant::now());
        // The version comes at once, lists wait for each other.
        assert_eq!(limits(&mut answers, 1, Duration::from_millis(1)), [9]);
        let near = limits(&mut answers, 60, Duration::from_millis(9));
        assert_eq!(near, [8; 60]);
    }
}
