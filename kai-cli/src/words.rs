//! Formats numbers and durations for humans.

use std::fmt;
use std::time::Duration;

/// `1 pod`, `2 pods`.
pub(crate) fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A duration: `3 ms`, `1.3 s`, `2 min 5 s`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took(pub(crate) Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Rounded first, so that the result is never 1000 ms or 60.0 s.
        let millis = (self.0.as_micros() + 500) / 1000;
        let tenths = (millis + 50) / 100;
        let seconds = (millis + 500) / 1000;
        match (millis, tenths, seconds) {
            (0..1000, ..) => write!(f, "{} ms", millis.max(1)),
            (_, 0..600, _) => write!(f, "{}.{} s", tenths / 10, tenths % 10),
            _ => write!(f, "{} min {} s", seconds / 60, seconds % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(0, "pod"), "0 pods");
        assert_eq!(counted(1, "pod"), "1 pod");
        assert_eq!(counted(2, "pod"), "2 pods");
    }

    #[test]
    fn a_time_is_told_in_the_unit_that_fits() {
        let table = [
            (0, "1 ms"),
            (400, "1 ms"),
            (3_499, "3 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (1_300_000, "1.3 s"),
            (59_949_000, "59.9 s"),
            (59_950_000, "1 min 0 s"),
            (60_000_000, "1 min 0 s"),
            (125_400_000, "2 min 5 s"),
        ];
        for (micros, expected) in table {
            println!("{micros}");
            assert_eq!(Took(Duration::from_micros(micros)).to_string(), expected);
        }
    }
}
