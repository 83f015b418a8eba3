use super::sample::{Entry, Metric};
use super::situation::Situation;
use super::statistics::ratio;
use super::table::Table;

/// What the programs were measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scenario {
    /// Pods of a cluster; the namespaces are those of the load, without the server's own.
    Cluster { pods: usize, namespaces: usize, situation: Situation },
    /// Pods of a file.
    File { megabytes: usize },
    /// Nothing but to start and end.
    Launch,
}

/// The namespaces that every cluster has.
pub(super) const OWN_NAMESPACES: usize = 4;

impl Scenario {
    pub(super) fn title(self) -> String {
        match self {
            Self::Cluster { pods, namespaces, situation } => {
                let (pods, namespaces) = (thousands(pods), thousands(namespaces + OWN_NAMESPACES));
                format!("{pods} pods in {namespaces} namespaces{}", situation.title())
            }
            Self::File { megabytes } => format!("A file of {} MB", thousands(megabytes)),
            Self::Launch => "Start and end".to_owned(),
        }
    }
}

/// Programs measured on the same scenario, kai first.
#[derive(Debug, Clone)]
pub(super) struct Contest {
    pub(super) scenario: Scenario,
    pub(super) entries: Vec<Entry>,
}

impl Contest {
    /// The median of a program that took part.
    pub(super) fn median(&self, name: &str, metric: Metric) -> Option<f64> {
        self.entries.iter().find(|entry| entry.name == name)?.median(metric)
    }

    /// Medians, and in parentheses how many times kai's that is.
    pub(super) fn table(&self) -> Table {
        let mut metrics = Metric::OF_CLIENT.to_vec();
        if matches!(self.scenario, Scenario::Cluster { .. }) {
            metrics.extend(Metric::OF_SERVER);
        }
        let mut headings = vec!["", "rounds"];
        for metric in &metrics {
            headings.push(metric.heading());
            if *metric == Metric::Wall {
                headings.push("least – most");
            }
        }
        let mut table = Table::new(&headings);
        for entry in &self.entries {
            let mut cells = vec![entry.name.to_owned(), entry.samples.len().to_string()];
            for metric in &metrics {
                cells.push(self.cell(entry, *metric));
                if *metric == Metric::Wall {
                    cells.push(entry.range(*metric).map_or_else(String::new, |(least, most)| {
                        format!("{} – {}", metric.show(least), metric.show(most))
                    }));
                }
            }
            table.row(cells);
        }
        table
    }

    fn cell(&self, entry: &Entry, metric: Metric) -> String {
        let Some(value) = entry.median(metric) else { return String::new() };
        let shown = metric.show(value);
        let kai = self.entries.first().filter(|kai| kai.name != entry.name);
        match kai.and_then(|kai| ratio(value, kai.median(metric)?)) {
            Some(times) => format!("{shown} ({})", multiple(times)),
            None => shown,
        }
    }
}

/// `1.26×`, `12.6×`, `126×`.
pub(super) fn multiple(times: f64) -> String {
    let decimals = match times {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{times:.decimals$}×")
}

/// A number with commas between its thousands.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::sample::tests::sample;
    use super::*;

    #[test]
    fn a_number_is_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (504, "504"), (5004, "5,004"), (1_000_000, "1,000,000")] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn medians_stand_beside_their_ratio_to_kais() {
        let runs = |factor: f64, many: usize| {
            vec![sample(0.4 * factor, 0.2 * factor, 10, 0.5 * factor); many]
        };
        let contest = Contest {
            scenario: Scenario::Cluster {
                pods: 10_000,
                namespaces: 200,
                situation: Situation::Far,
            },
            entries: vec![
                Entry { name: "kai", samples: runs(1.0, 7) },
                Entry { name: "curl", samples: runs(1.25, 7) },
                Entry { name: "kubectl", samples: runs(150.0, 3) },
            ],
        };
        assert_eq!(contest.scenario.title(), "10,000 pods in 204 namespaces, 25 ms each way");
        insta::assert_snapshot!(contest.table().text(), @"
                 rounds         wall s   least – most   client CPU s      peak MiB  API-server CPU s  API-server MiB      LISTs   requests
        kai           7          0.400  0.400 – 0.400          0.200          10.0             0.500              40          2          3
        curl          7  0.500 (1.25×)  0.500 – 0.500  0.250 (1.25×)  10.0 (1.00×)     0.625 (1.25×)      40 (1.00×)  2 (1.00×)  3 (1.00×)
        kubectl       3    60.0 (150×)    60.0 – 60.0    30.0 (150×)  10.0 (1.00×)       75.0 (150×)      40 (1.00×)  2 (1.00×)  3 (1.00×)
        ");
    }
}
