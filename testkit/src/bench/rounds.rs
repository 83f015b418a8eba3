use super::error::BenchError;
use super::sample::{Entry, Sample};

/// A program whose first run takes longer gets fewer rounds.
const SLOW_SECONDS: f64 = 10.0;

/// How often each program runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounds {
    pub(super) usual: usize,
    /// For those that take very long.
    pub(super) slow: usize,
}

/// Runs all programs in turn, again and again (A B C A B C …), so that whatever disturbs the
/// machine for a while disturbs all of them. A first run of each isn't counted: it warms caches.
pub(super) fn alternate(
    names: &[&'static str],
    rounds: Rounds,
    mut run: impl FnMut(usize) -> Result<Sample, BenchError>,
) -> Result<Vec<Entry>, BenchError> {
    let mut limits = Vec::with_capacity(names.len());
    for contender in 0..names.len() {
        let slow = run(contender)?.client.wall > SLOW_SECONDS;
        limits.push(if slow { rounds.slow.min(rounds.usual) } else { rounds.usual });
    }
    let mut entries: Vec<Entry> =
        names.iter().map(|name| Entry { name, samples: Vec::new() }).collect();
    for round in 0..rounds.usual {
        for (contender, limit) in limits.iter().enumerate() {
            if round < *limit {
                entries[contender].samples.push(run(contender)?);
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::super::sample::Metric;
    use super::super::sample::tests::sample;
    use super::*;

    const ROUNDS: Rounds = Rounds { usual: 3, slow: 2 };

    #[test]
    fn programs_take_turns_and_the_first_run_of_each_is_not_counted() {
        let mut order = Vec::new();
        let entries = alternate(&["a", "b"], ROUNDS, |contender| {
            order.push(contender);
            let wall = if order.len() <= 2 { 9.0 } else { 1.0 };
            Ok(sample(wall, 1.0, 1, 1.0))
        });
        assert_eq!(order, [0, 1, 0, 1, 0, 1, 0, 1]);
        for entry in entries.unwrap() {
            assert_eq!(entry.samples.len(), 3);
            assert_eq!(entry.range(Metric::Wall), Some((1.0, 1.0)));
        }
    }

    #[test]
    fn a_slow_program_runs_fewer_rounds() {
        let mut order = Vec::new();
        let entries = alternate(&["fast", "slow"], ROUNDS, |contender| {
            order.push(contender);
            Ok(sample(if contender == 1 { 60.0 } else { 0.1 }, 1.0, 1, 1.0))
        });
        assert_eq!(order, [0, 1, 0, 1, 0, 1, 0]);
        let counts: Vec<usize> = entries.unwrap().iter().map(|entry| entry.samples.len()).collect();
        assert_eq!(counts, [3, 2]);
    }

    #[test]
    fn a_failure_ends_the_benchmark() {
        let failed = alternate(&["a"], ROUNDS, |_| Err(BenchError::Restless { seconds: 1 }));
        assert!(matches!(failed, Err(BenchError::Restless { .. })));
    }
}
