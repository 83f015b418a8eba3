//! What an operator reads.

use kai_core::Retry;

use super::*;
use crate::logging::Level;
use crate::logging::tests::{logged, structured};

/// What happens in 40 minutes: the cluster is away for some, and then the receiver.
async fn forty_minutes() {
    pause();
    advance(seconds(1)).await;
    let cluster = Cluster::of(&["a", "b"]);
    let receiver = Receiver::start(|at| match at {
        1700..2000 => Verdict::No(Retry::After(seconds(100))),
        _ => Verdict::Yes,
    });
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(500)).await;
        changed.fail(true);
        sleep(seconds(150)).await;
        changed.fail(false);
        sleep(seconds(1750)).await;
    };
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
}

fn in_a_runtime(run: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(run);
}

#[test]
fn a_cycle_is_a_line_and_what_fails_again_and_again_is_told_once() {
    let told = logged(Level::INFO, false, || in_a_runtime(forty_minutes()));
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ failures? \(failures=\d+\)", "[some] failures (failures=[some])");
    settings.add_filter(r"seconds=[\d.]+", "seconds=[some]");
    settings.bind(|| {
        insta::assert_snapshot!(told, @"
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: the first report is delivered
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    error: the inventory failed: cannot list pods (failures=1)
    info: the inventory works again, after [some] failures (failures=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    error: the delivery failed: the receiver says no (failures=1)
    info: the delivery works again, after [some] failures (failures=[some])
    info: inventory taken (namespaces=2, pods=2, images=1, left_out=0, skipped=0, seconds=[some])
    info: ended
    ");
    });
}

#[test]
fn machines_get_figures_as_numbers() {
    let lines = structured(Level::INFO, || in_a_runtime(forty_minutes()));
    let taken = lines.iter().find(|line| line["msg"] == "inventory taken").unwrap();
    for (key, expected) in [("namespaces", 2), ("pods", 2), ("images", 1), ("left_out", 0)] {
        assert_eq!(taken[key], expected, "{key}");
    }
    assert!(taken["seconds"].is_number());
}
