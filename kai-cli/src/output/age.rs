//! How long ago something was, as kubectl shows it.

use std::time::{Duration, SystemTime};

/// The time since then: in the one or two units that matter.
pub(crate) fn age(since: SystemTime, now: SystemTime) -> String {
    let seconds = now.duration_since(since).unwrap_or(Duration::ZERO).as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let years = days / 365;
    let two = |many: u64, unit: &str, rest: u64, below: &str| match rest {
        0 => format!("{many}{unit}"),
        rest => format!("{many}{unit}{rest}{below}"),
    };
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, "m", seconds % 60, "s"),
        () if hours < 3 => format!("{minutes}m"),
        () if hours < 8 => two(hours, "h", minutes % 60, "m"),
        () if hours < 48 => format!("{hours}h"),
        () if days < 8 => two(days, "d", hours % 24, "h"),
        () if years < 2 => format!("{days}d"),
        () if years < 8 => two(years, "y", days % 365, "d"),
        () => format!("{years}y"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_the_units_that_matter() {
        let (minute, hour, day) = (60, 3600, 86_400);
        let table = [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (9 * minute + 59, "9m59s"),
            (10 * minute + 59, "10m"),
            (3 * hour - 1, "179m"),
            (3 * hour + 5 * minute, "3h5m"),
            (8 * hour + 5 * minute, "8h"),
            (48 * hour - 1, "47h"),
            (2 * day + hour, "2d1h"),
            (8 * day + hour, "8d"),
            (729 * day, "729d"),
            (731 * day, "2y1d"),
            (3000 * day, "8y"),
        ];
        for (seconds, expected) in table {
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(age(SystemTime::UNIX_EPOCH, now), expected);
        }
        let later = SystemTime::UNIX_EPOCH + Duration::from_secs(9);
        assert_eq!(age(later, SystemTime::UNIX_EPOCH), "0s", "clocks may differ");
    }
}
