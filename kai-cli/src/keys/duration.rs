//! Durations in kubectl's syntax: `5s`, `5m`, `1h30m`.

/// The nanoseconds of each unit, longer names first.
const UNITS: [(&str, u128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", SECOND),
    ("m", 60 * SECOND),
    ("h", 3_600 * SECOND),
];

const SECOND: u128 = 1_000_000_000;
/// Larger than any practical duration.
const MANY: u128 = u64::MAX as u128 * SECOND;

/// Parses whole seconds: a plain number, or a Go duration. `None` if it is neither, or has a
/// fraction of a second. Values that overflow are saturated, which means no limit.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits {
        return Some(text.parse().unwrap_or(u32::MAX));
    }
    let mut rest = text;
    let mut sum: u128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = term(rest)?;
        sum = sum.saturating_add(nanoseconds).min(MANY);
        rest = after;
    }
    let whole = !text.is_empty() && sum.is_multiple_of(SECOND);
    whole.then(|| u32::try_from(sum / SECOND).unwrap_or(u32::MAX))
}

/// Parses a number with its unit, in nanoseconds, and returns the rest.
fn term(text: &str) -> Option<(u128, &str)> {
    let end = text.find(|it: char| !it.is_ascii_digit() && it != '.')?;
    let (number, rest) = text.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.len() + part.len() == 0 || part.contains('.') {
        return None;
    }
    let unit = rest.find(|it: char| it.is_ascii_digit() || it == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit);
    let (_, each) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let whole = if whole.is_empty() { 0 } else { whole.parse().unwrap_or(MANY) };
    Some((whole.saturating_mul(each).min(MANY) + fraction(part, each)?, rest))
}

/// The nanoseconds of the digits after a decimal point; `None` if they aren't a whole number.
fn fraction(digits: &str, each: u128) -> Option<u128> {
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    // An hour has 3.6 * 10^12 nanoseconds: with more digits the result isn't a whole number.
    let scale = 10_u128.checked_pow(u32::try_from(digits.len()).ok().filter(|len| *len <= 20)?)?;
    let scaled = digits.parse::<u128>().ok()? * each;
    scaled.is_multiple_of(scale).then_some(scaled / scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_number_or_a_duration_as_go_writes_it() {
        let table = [
            ("5", Some(5)),
            ("0", Some(0)),
            ("007", Some(7)),
            ("99999999999", Some(u32::MAX)),
            ("5s", Some(5)),
            ("0s", Some(0)),
            ("5m", Some(300)),
            ("1h", Some(3600)),
            ("1m30s", Some(90)),
            ("1h30m", Some(5400)),
            ("1h0m0s", Some(3600)),
            ("30s1m", Some(90)),
            ("1.5m", Some(90)),
            (".5m", Some(30)),
            ("2.s", Some(2)),
            ("1.50h", Some(5400)),
            ("0.00027777777777777777777777777h", None),
            ("1000ms", Some(1)),
            ("1500ms500ms", Some(2)),
            ("60000000us", Some(60)),
            ("1000000µs", Some(1)),
            ("1000000μs", Some(1)),
            ("1000000000ns", Some(1)),
            ("99999999999999999999999999999999999999999h", Some(u32::MAX)),
            ("9999999h", Some(u32::MAX)),
            ("500ms", None),
            ("1.5s", None),
            ("1ns", None),
            ("-5s", None),
            ("+5s", None),
            ("-5", None),
            ("5 s", None),
            (" 5s", None),
            ("5S", None),
            ("5d", None),
            ("5sec", None),
            ("s", None),
            (".s", None),
            ("1..5s", None),
            ("1m30", None),
            ("5m s", None),
            ("1e3s", None),
            ("0x10", None),
            ("٥s", None),
            ("", None),
        ];
        for (text, expected) in table {
            println!("{text:?}");
            assert_eq!(seconds(text), expected);
        }
    }
}
