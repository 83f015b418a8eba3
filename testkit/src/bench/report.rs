use std::fmt::Write as _;

use super::error::BenchError;
use super::micro;
use super::results::Results;
use super::table::Table;
use super::targets;

const BEGIN: &str = "<!-- results -->\n";
const END: &str = "<!-- end of results -->\n";

/// A part of the report.
struct Section {
    title: String,
    table: Table,
}

impl Results {
    /// For a terminal.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.circumstances().join("\n"));
        for Section { title, table } in self.sections() {
            let _ = write!(text, "\n{title}\n{}", table.text().replace("**missed**", "MISSED"));
        }
        text
    }

    /// The Markdown `page` with these results instead of those between its marks.
    pub(super) fn replace_in(&self, page: &str) -> Result<String, BenchError> {
        let marks = || BenchError::unexpected("the Markdown file", "it has no marks for results");
        let (before, rest) = page.split_once(BEGIN).ok_or_else(marks)?;
        let (_, after) = rest.split_once(END).ok_or_else(marks)?;
        Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", self.markdown()))
    }

    fn markdown(&self) -> String {
        let mut text = format!("- {}\n", self.circumstances().join("\n- "));
        for Section { title, table } in self.sections() {
            let _ = write!(text, "\n### {title}\n\n{}", table.markdown());
        }
        text
    }

    fn circumstances(&self) -> Vec<String> {
        let versions: Vec<String> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let mut told = vec![
            format!("`{}`, {}", self.command, self.date),
            self.machine.clone(),
            versions.join(", "),
        ];
        if !self.missing.is_empty() {
            told.push(format!("not installed, hence not compared: {}", self.missing.join(", ")));
        }
        told
    }

    fn sections(&self) -> Vec<Section> {
        let section = |title: &str, table| Section { title: title.to_owned(), table };
        let mut sections = vec![section("Targets", targets::table(self))];
        for contest in &self.contests {
            sections.push(Section { title: contest.scenario.title(), table: contest.table() });
        }
        for watching in &self.watches {
            sections.push(Section { title: watching.scenario.title(), table: watching.table() });
        }
        if !self.micros.is_empty() {
            sections.push(section("Parts", micro::table(&self.micros)));
        }
        sections
    }
}

#[cfg(test)]
mod tests {
    use super::super::contender::{CURL, KAI};
    use super::super::contest::{Contest, Scenario};
    use super::super::sample::Entry;
    use super::super::sample::tests::sample;
    use super::super::situation::Situation;
    use super::*;

    fn results() -> Results {
        let entry = |name, wall| Entry { name, samples: vec![sample(wall, 0.2, 10, 0.5); 7] };
        Results {
            command: "make bench".to_owned(),
            date: "2026-11-23".to_owned(),
            machine: "Some CPU, 2 cores".to_owned(),
            versions: vec![("kai".to_owned(), "0.1.0".to_owned())],
            missing: vec!["kimspect"],
            contests: vec![Contest {
                scenario: Scenario::Cluster {
                    pods: 300,
                    namespaces: 20,
                    situation: Situation::Near,
                },
                entries: vec![entry(KAI, 0.4), entry(CURL, 0.5)],
            }],
            binary_megabytes: 11.6,
            ..Results::default()
        }
    }

    #[test]
    fn results_replace_what_stands_between_the_marks() {
        let page = format!("# Title\n{BEGIN}old\n{END}The end.\n");
        let once = results().replace_in(&page).unwrap();
        assert!(once.starts_with("# Title\n<!-- results -->\n\n- `make bench`, 2026-11-23\n"));
        assert!(once.ends_with("|\n\n<!-- end of results -->\nThe end.\n"), "{once}");
        assert!(!once.contains("old"));
        assert_eq!(results().replace_in(&once).unwrap(), once, "twice is as once");
    }

    #[test]
    fn a_page_without_marks_is_left_alone() {
        for page in ["# Title\n", BEGIN, END] {
            results().replace_in(page).unwrap_err();
        }
    }

    #[test]
    fn the_text_tells_circumstances_targets_and_contests() {
        insta::assert_snapshot!(results().text(), @"
        `make bench`, 2026-11-23
        Some CPU, 2 cores
        kai 0.1.0
        not installed, hence not compared: kimspect

        Targets
        target                                                                  at most  measured       verdict
        10,000 pods: wall, of curl's                                              0.97×            not measured
        10,000 pods: client CPU, of curl's                                         0.9×            not measured
        10,000 pods: API-server CPU, of what curl causes                           1.1×            not measured
        10,000 pods: peak                                                        12 MiB            not measured
        50,000 pods: wall, of curl's                                              0.97×            not measured
        50,000 pods: client CPU, of curl's                                         0.9×            not measured
        50,000 pods: API-server CPU, of what curl causes                           1.1×            not measured
        50,000 pods: peak                                                        15 MiB            not measured
        50,000 pods, 25 ms each way: wall, of kubectl's                            0.2×            not measured
        50,000 pods, 25 ms each way: wall, of curl's with 8 lists                  0.6×            not measured
        50,000 pods, 25 ms each way: wall, of curl's with 32 lists                 1.1×            not measured
        50,000 pods, 25 ms each way: peak                                        18 MiB            not measured
        50,000 pods, 100 Mbit/s: wall, of kai 0.1.0's choices                      0.2×            not measured
        50,000 pods, 100 Mbit/s: peak                                            18 MiB            not measured
        10,000 pods at rest: wall, of curl's                                         1×            not measured
        10,000 pods at rest: API-server CPU, of what curl causes                  1.05×            not measured
        50,000 pods at rest: wall, of curl's                                         1×            not measured
        50,000 pods at rest: API-server CPU, of what curl causes                  1.05×            not measured
        50,000 pods: API-server memory, of what pages of 500 take                  1.5×            not measured
        50,000 pods: `kai where`, wall, of kai's                                   1.2×            not measured
        50,000 pods: the slowest format, wall, of kai's                           1.05×            not measured
        50,000 pods: the format that takes most, peak                            16 MiB            not measured
        50,000 pods followed: synced, of a run of kai                              1.5×            not measured
        50,000 pods followed: API-server CPU of the start, of what curl causes     1.1×            not measured
        50,000 pods followed: peak while starting                                22 MiB            not measured
        50,000 pods followed: at rest                                            20 MiB            not measured
        50,000 pods followed: CPU at 100 changes a second                           2 %            not measured
        50,000 pods followed: an image, from the write to `/inventory` (p99)     100 ms            not measured
        3,000 pods in 5,004 namespaces: requests                                     20            not measured
        3,000 pods in 5,004 namespaces: peak                                     12 MiB            not measured
        300 pods: requests                                                            3         3           met
        300 pods: wall                                                           0.02 s  0.4000 s    MISSED
        a file of 1 GB: wall, of sha256sum's                                         3×            not measured
        a file of 1 GB: peak                                                     12 MiB            not measured
        `kai version`: wall beyond twice that of `true`                            3 ms            not measured
        release binary                                                            12 MB  11.60 MB           met
        parsing a reference: time, of oci-spec's                                   0.1×            not measured
        parsing a reference: allocations that are not in the result                   0            not measured

        300 pods in 24 namespaces
              rounds         wall s   least – most   client CPU s      peak MiB  API-server CPU s  API-server MiB      LISTs   requests
        kai        7          0.400  0.400 – 0.400          0.200          10.0             0.500              40          2          3
        curl       7  0.500 (1.25×)  0.500 – 0.500  0.200 (1.00×)  10.0 (1.00×)     0.500 (1.00×)      40 (1.00×)  2 (1.00×)  3 (1.00×)
        ");
    }
}
