use super::super::contest::Contest;
use super::super::sample::tests::sample;
use super::super::sample::{Entry, Sample};
use super::*;

fn entry(name: &'static str, sample: Sample) -> Entry {
    Entry { name, samples: vec![sample] }
}

#[test]
fn a_target_is_met_up_to_its_limit_and_missed_beyond() {
    let target = |at_most| Target {
        what: "peak",
        unit: "",
        at_most,
        measured: |r| r.kai(MIDDLE, Metric::Peak),
    };
    let results = Results {
        contests: vec![Contest {
            scenario: MIDDLE,
            entries: vec![entry(KAI, sample(1.0, 1.0, 12, 1.0))],
        }],
        ..Results::default()
    };
    assert_eq!(target(12.0).judge(&results), (Some(12.0), Verdict::Met));
    assert_eq!(target(11.9).judge(&results), (Some(12.0), Verdict::Missed));
    assert_eq!(target(12.0).judge(&Results::default()), (None, Verdict::NotMeasured));
}

#[test]
fn every_target_is_judged_by_the_scenario_and_program_it_names() {
    let contest = |scenario, other, kai: Sample, theirs: Sample| Contest {
        scenario,
        entries: vec![entry(KAI, kai), entry(other, theirs)],
    };
    let results = Results {
        contests: vec![
            contest(MIDDLE, CURL, sample(0.4, 0.2, 10, 0.5), sample(0.5, 0.2, 9, 0.5)),
            contest(BIG, CURL, sample(1.9, 0.6, 16, 2.5), sample(1.8, 0.8, 9, 2.0)),
            contest(BIG_AND_FAR, KUBECTL, sample(5.0, 0.5, 13, 2.0), sample(62.5, 66.0, 7000, 9.0)),
            contest(FILE, SHA256SUM, sample(2.0, 2.0, 8, 0.0), sample(1.0, 1.0, 4, 0.0)),
            contest(
                Scenario::Launch,
                TRUE,
                sample(0.004, 0.002, 7, 0.0),
                sample(0.001, 0.001, 4, 0.0),
            ),
        ],
        binary_megabytes: 11.6,
        ..Results::default()
    };
    insta::assert_snapshot!(table(&results).text(), @"
    target                                                                  at most   measured       verdict
    10,000 pods: wall, of curl's                                              0.97×     0.800×           met
    10,000 pods: client CPU, of curl's                                         0.9×     1.000×    **missed**
    10,000 pods: API-server CPU, of what curl causes                           1.1×     1.000×           met
    10,000 pods: peak                                                        12 MiB  10.00 MiB           met
    50,000 pods: wall, of curl's                                              0.97×     1.056×    **missed**
    50,000 pods: client CPU, of curl's                                         0.9×     0.750×           met
    50,000 pods: API-server CPU, of what curl causes                           1.1×     1.250×    **missed**
    50,000 pods: peak                                                        15 MiB  16.00 MiB    **missed**
    50,000 pods, 25 ms each way: wall, of kubectl's                            0.2×     0.080×           met
    50,000 pods, 25 ms each way: wall, of curl's with 8 lists                  0.6×             not measured
    50,000 pods, 25 ms each way: wall, of curl's with 32 lists                 1.1×             not measured
    50,000 pods, 25 ms each way: peak                                        18 MiB  13.00 MiB           met
    50,000 pods, 100 Mbit/s: wall, of kai 0.1.0's choices                      0.2×             not measured
    50,000 pods, 100 Mbit/s: peak                                            18 MiB             not measured
    10,000 pods at rest: wall, of curl's                                         1×             not measured
    10,000 pods at rest: API-server CPU, of what curl causes                  1.05×             not measured
    50,000 pods at rest: wall, of curl's                                         1×             not measured
    50,000 pods at rest: API-server CPU, of what curl causes                  1.05×             not measured
    50,000 pods: API-server memory, of what pages of 500 take                  1.5×             not measured
    50,000 pods: `kai where`, wall, of kai's                                   1.2×             not measured
    50,000 pods: the slowest format, wall, of kai's                           1.05×             not measured
    50,000 pods: the format that takes most, peak                            16 MiB             not measured
    50,000 pods followed: synced, of a run of kai                              1.5×             not measured
    50,000 pods followed: API-server CPU of the start, of what curl causes     1.1×             not measured
    50,000 pods followed: peak while starting                                22 MiB             not measured
    50,000 pods followed: at rest                                            20 MiB             not measured
    50,000 pods followed: CPU at 100 changes a second                           2 %             not measured
    50,000 pods followed: an image, from the write to `/inventory` (p99)     100 ms             not measured
    3,000 pods in 5,004 namespaces: requests                                     20             not measured
    3,000 pods in 5,004 namespaces: peak                                     12 MiB             not measured
    300 pods: requests                                                            3             not measured
    300 pods: wall                                                           0.02 s             not measured
    a file of 1 GB: wall, of sha256sum's                                         3×     2.000×           met
    a file of 1 GB: peak                                                     12 MiB   8.00 MiB           met
    `kai version`: wall beyond twice that of `true`                            3 ms    2.00 ms           met
    release binary                                                            12 MB   11.60 MB           met
    parsing a reference: time, of oci-spec's                                   0.1×             not measured
    parsing a reference: allocations that are not in the result                   0             not measured
    ");
}
