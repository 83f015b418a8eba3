//! When an answer asks to be tried again.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// The longest wait: who asks for more gets this.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The wait that a `Retry-After` asks for, by [RFC 9110]: seconds, or a date.
///
/// No wait at all is none: who asks for it gets the growing one of all others.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
pub(crate) fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) && !value.is_empty() {
        // What is too long to be a number is long.
        Duration::from_secs(value.parse().unwrap_or(u64::MAX))
    } else {
        let until = rfc2822::parse(value).ok()?.timestamp();
        let now = Timestamp::try_from(now).ok()?;
        Duration::try_from(until.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then_some(wait.min(WAIT_MAX))
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
            assert_eq!(wait(value, now), expected.map(Duration::from_secs));
        }
    }
}
