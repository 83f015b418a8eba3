//! Reports that outlive the process.

use std::fs;

use kai_core::Retry;

use super::*;

/// Runs a process with a spool.
async fn run_with(folder: &tempfile::TempDir, time: u64, receiver: &Arc<Receiver>, fails: bool) {
    let path = folder.path().join("spool");
    let variables = [
        ("KAI_ANCHORE_URL", "https://anchore.example"),
        ("KAI_ANCHORE_USER", "me"),
        ("KAI_ANCHORE_PASSWORD", "secret"),
        ("KAI_ANCHORE_SPOOL", path.to_str().unwrap()),
    ];
    let typed = ["-m", "periodic", "--cluster-name", "test"];
    let settings = crate::settings::tests::settings(&typed, &variables).unwrap();
    let (settings, cluster) = (Arc::new(settings), Cluster::of(&["a"]));
    cluster.fail(fails);
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(cluster)));
    let outlet: Arc<dyn Outlet> = Arc::<Receiver>::clone(receiver);
    let periodic = Periodic::new(collector, &settings, Some(outlet), Arc::new(()));
    periodic.run(sleep(seconds(time))).await.unwrap();
}

fn is_kept(folder: &tempfile::TempDir) -> bool {
    fs::exists(folder.path().join("spool/undelivered")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_newest_undelivered_report_is_kept_and_sent_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let down = Receiver::start(|_| Verdict::No(Retry::Backoff));
    run_with(&folder, 400, &down, false).await;
    assert!(is_kept(&folder));
    // The next one has no report of its own, since the cluster is away.
    let up = Receiver::start(|_| Verdict::Yes);
    run_with(&folder, 100, &up, true).await;
    let [kept] = up.got().try_into().unwrap();
    assert_eq!(kept.images(), ["a: app:2"]);
    assert_eq!(kept.kubernetes().0, ["a uid-a"]);
    assert!(!is_kept(&folder), "it was delivered");
}

#[tokio::test(start_paused = true)]
async fn a_report_of_its_own_takes_the_place_of_the_one_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    run_with(&folder, 400, &Receiver::start(|_| Verdict::No(Retry::Backoff)), false).await;
    let receiver = Receiver::start(|at| if at < 300 { DOWN } else { Verdict::Yes });
    run_with(&folder, 350, &receiver, false).await;
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].images(), ["a: app:2"], "the second one of this process");
    assert!(!is_kept(&folder));
}

const DOWN: Verdict = Verdict::No(Retry::Backoff);

#[tokio::test(start_paused = true)]
async fn a_post_that_is_broken_off_by_the_end_leaves_its_report() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Receiver::start(|_| Verdict::Slowly(seconds(1000)));
    run_with(&folder, 100, &slow, false).await;
    assert!(is_kept(&folder));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_was_delivered_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    run_with(&folder, 1000, &Receiver::start(|_| Verdict::Yes), false).await;
    assert!(!is_kept(&folder));
    assert!(fs::exists(folder.path().join("spool")).unwrap(), "it was, for a moment");
}
