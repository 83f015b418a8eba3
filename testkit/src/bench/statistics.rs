/// The value in the middle; of an even number of values, the mean of the two in the middle.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

/// The least value that so many percent of all values don't exceed (the nearest rank).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a position among some hundred values"
)]
pub(super) fn percentile(values: impl IntoIterator<Item = f64>, percent: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The smallest and the greatest value.
pub(super) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((least, most)) => Some((least.min(value), most.max(value))),
    })
}

/// How many times `base` a value is; nothing where there is no base to speak of.
pub(super) fn ratio(value: f64, base: f64) -> Option<f64> {
    (base > 0.0).then(|| value / base)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_value_in_the_middle_whatever_the_order() {
        for (values, expected) in [
            (&[][..], None),
            (&[3.0], Some(3.0)),
            (&[4.0, 2.0], Some(3.0)),
            (&[9.0, 1.0, 2.0], Some(2.0)),
            (&[1.0, 100.0, 3.0, 2.0], Some(2.5)),
        ] {
            assert_eq!(median(values.iter().copied()), expected, "{values:?}");
        }
    }

    #[test]
    fn a_percentile_is_a_value_that_so_many_do_not_exceed() {
        for (many, percent, expected) in [
            (0, 50.0, None),
            (1, 99.0, Some(1.0)),
            (100, 50.0, Some(50.0)),
            (100, 99.0, Some(99.0)),
            (300, 99.0, Some(297.0)),
            (3, 0.0, Some(1.0)),
        ] {
            let values = (1..=many).rev().map(f64::from);
            assert_eq!(percentile(values, percent), expected, "{percent} of {many}");
        }
    }

    #[test]
    fn a_range_spans_all_values() {
        assert_eq!(range([]), None);
        assert_eq!(range([2.0, 1.0, 5.0, 3.0]), Some((1.0, 5.0)));
    }

    #[test]
    fn nothing_is_a_multiple_of_zero() {
        assert_eq!(ratio(3.0, 2.0), Some(1.5));
        assert_eq!(ratio(3.0, 0.0), None);
    }
}
