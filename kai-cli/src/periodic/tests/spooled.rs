//! Reports that outlive the process.

use std::fs;

use kai_core::Retry;

use super::*;

/// Settings with a spool.
fn settings(folder: &tempfile::TempDir, url: &str, typed: &[&str]) -> Arc<Settings> {
    let path = folder.path().join("spool");
    let variables = [
        ("KAI_ANCHORE_URL", url),
        ("KAI_ANCHORE_USER", "me"),
        ("KAI_ANCHORE_PASSWORD", "secret"),
        ("KAI_ANCHORE_SPOOL", path.to_str().unwrap()),
        ("KAI_ANCHORE_API", if typed.contains(&"--dry-run") { "v1" } else { "auto" }),
    ];
    let typed = [&["-m", "periodic", "--cluster-name", "test"], typed].concat();
    Arc::new(crate::settings::tests::settings(&typed, &variables).unwrap())
}

/// Mode periodic with a spool.
fn process(
    folder: &tempfile::TempDir,
    typed: &[&str],
    receiver: &Arc<Receiver>,
    cluster: Arc<Cluster>,
) -> Periodic {
    let settings = settings(folder, "https://anchore.example", typed);
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(cluster)));
    Periodic::new(collector, &settings, vec![receiver.configured(&settings)], Arc::new(()))
}

/// Runs a process with a spool.
async fn run_with(folder: &tempfile::TempDir, time: u64, receiver: &Arc<Receiver>, fails: bool) {
    let cluster = Cluster::of(&["a"]);
    cluster.fail(fails);
    process(folder, &[], receiver, cluster).run(sleep(seconds(time))).await.unwrap();
}

/// What a process finds in the spool that has no report of its own.
async fn kept(folder: &tempfile::TempDir) -> Vec<String> {
    let up = Receiver::start(|_| Verdict::Yes);
    // The earlier process would be gone, and its lock with it; here a task of it may be left.
    let _ = fs::remove_file(folder.path().join("spool/lock"));
    run_with(folder, 10, &up, true).await;
    up.got().iter().map(|got| got.images().join(", ")).collect()
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
    // The longest wait between two tries is a minute.
    run_with(&folder, 400, &receiver, false).await;
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

#[tokio::test(start_paused = true)]
async fn a_report_that_was_kept_is_tried_no_more_once_it_is_two_intervals_old() {
    let folder = tempfile::tempdir().unwrap();
    run_with(&folder, 100, &Receiver::start(|_| DOWN), false).await;
    let receiver = Receiver::start(|at| if at < 700 { DOWN } else { Verdict::Yes });
    run_with(&folder, 1000, &receiver, true).await;
    let last = receiver.got().last().unwrap().at;
    assert!((500..=600).contains(&last), "{last}");
    assert!(!is_kept(&folder));
}

#[tokio::test(start_paused = true)]
async fn a_report_that_comes_during_a_post_is_kept_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Receiver::start(|_| Verdict::Slowly(seconds(1000)));
    let periodic = process(&folder, &["-p", "40"], &slow, Cluster::of(&["a"]));
    periodic.run(sleep(seconds(50))).await.unwrap();
    assert_eq!(slow.got().len(), 1);
    assert_eq!(kept(&folder).await, ["a: app:2"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_of_a_post_leaves_a_newer_report_that_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let slow = Receiver::start(|at| if at == 0 { Verdict::Slowly(seconds(45)) } else { DOWN });
    let periodic = process(&folder, &["-p", "40"], &slow, Cluster::of(&["a"]));
    periodic.run(sleep(seconds(50))).await.unwrap();
    assert_eq!(kept(&folder).await, ["a: app:2"]);
}

#[tokio::test(start_paused = true)]
async fn a_report_that_was_just_taken_as_the_end_is_told_is_kept_and_not_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (cluster, receiver) = (Cluster::of(&["a"]), Receiver::start(|_| Verdict::Yes));
    cluster.take(seconds(10));
    let mut it = process(&folder, &[], &receiver, cluster);
    tokio::select! {
        biased;
        _ = it.producer.run() => {}
        () = sleep(seconds(10)) => {}
    }
    it.deliveries.remove(0).end(End::AtOnce, Instant::now() + GRACE).await;
    assert!(receiver.got().is_empty());
    assert_eq!(kept(&folder).await, ["a: app:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_sends_and_counts_nothing_and_leaves_the_spool_alone() {
    let folder = tempfile::tempdir().unwrap();
    run_with(&folder, 100, &Receiver::start(|_| DOWN), false).await;
    let file = folder.path().join("spool/undelivered");
    let before = fs::read(&file).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = settings(&folder, &url, &["--dry-run"]);
    let (cluster, watch) = (Cluster::of(&["a"]), Arc::new(Watch::default()));
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(Arc::clone(&cluster))));
    let receivers = sinks::receivers(&settings).unwrap();
    let observer: Arc<dyn Observer> = Arc::<Watch>::clone(&watch);
    let periodic = Periodic::new(collector, &settings, receivers, observer);
    periodic.run(sleep(seconds(400))).await.unwrap();
    assert_eq!(fs::read(&file).unwrap(), before);
    assert!(listener.accept().is_err(), "nobody asked");
    let told = watch.all().into_iter().map(|(_, told)| told);
    let (ended, delivered): (Vec<_>, Vec<_>) = told
        .filter(|told| matches!(told, Told::Ended(..) | Told::Delivered(_)))
        .partition(|told| matches!(told, Told::Ended(..)));
    assert_eq!((ended.len(), delivered), (2, vec![]));
}
