//! The delay that a response requests before a retry: the header `Retry-After`, by [RFC 9110].
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// The delay of a `Retry-After` in seconds; `None` if it isn't a number of seconds.
///
/// For callers whose server never sends a date, and whose deadline limits each delay.
#[must_use]
pub fn seconds(value: &str) -> Option<Duration> {
    value.trim().parse().ok().map(Duration::from_secs)
}

/// The delay of a `Retry-After`, in seconds or as a date, capped at `longest`.
///
/// A delay of zero counts as none (`None`), so that the usual backoff applies.
#[must_use]
pub fn wait(value: &str, now: SystemTime, longest: Duration) -> Option<Duration> {
    let value = value.trim();
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // A number that overflows is a long delay.
        seconds(value).unwrap_or(longest)
    } else {
        let until = rfc2822::parse(value).ok()?.timestamp();
        let now = Timestamp::try_from(now).ok()?;
        Duration::try_from(until.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then_some(wait.min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood_and_30_seconds_are_the_most() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let table = [
            ("1", Some(1)),
            (" 29 ", Some(29)),
            ("30", Some(30)),
            ("31", Some(30)),
            ("3600", Some(30)),
            ("99999999999999999999999", Some(30)),
            ("0", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:44 GMT", Some(7)),
            ("Sun, 06 Nov 1994 09:49:37 GMT", Some(30)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:30 GMT", None),
        ];
        for (value, expected) in table {
            println!("{value:?}");
            let wait = wait(value, now, Duration::from_secs(30));
            assert_eq!(wait, expected.map(Duration::from_secs));
        }
    }

    #[test]
    fn seconds_alone_are_as_long_as_they_are() {
        let table = [
            ("0", Some(0)),
            (" 3600 ", Some(3600)),
            ("18446744073709551615", Some(u64::MAX)),
            ("99999999999999999999999", None),
            ("-1", None),
            ("Sun, 06 Nov 1994 08:49:44 GMT", None),
        ];
        for (value, expected) in table {
            assert_eq!(seconds(value), expected.map(Duration::from_secs), "{value:?}");
        }
    }
}
