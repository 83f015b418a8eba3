//! Which reports are sent, and when.

use kai_core::Retry;

use super::*;

/// Says no until a time, and yes from then on.
fn down_until(up: u64, retry: Retry) -> Arc<Receiver> {
    Receiver::start(move |at| if at < up { Verdict::No(retry) } else { Verdict::Yes })
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_down_delays_no_collection_and_gets_the_newest_report_alone() {
    let (started, cluster) = (Instant::now(), Cluster::of(&["a"]));
    let receiver = down_until(1300, Retry::Backoff);
    run_for(1450, &cluster, &receiver).await;
    assert_eq!(cluster.passes(started), [0, 300, 600, 900, 1200]);
    let taken = receiver.taken();
    assert_eq!(taken.len(), 1, "{taken:?}");
    assert_eq!(taken[0].images(), ["a: app:5"]);
    assert!(taken[0].at <= 1360, "within a minute: {}", taken[0].at);
    // Each report was tried, and none after a newer one was there.
    let tags: Vec<_> = receiver.got().iter().map(|got| got.images().concat()).collect();
    assert!(tags.is_sorted() && tags.first().unwrap() == "a: app:1", "{tags:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_for_good_is_not_sent_again_but_the_next_report_is() {
    let cluster = Cluster::of(&["a"]);
    let receiver = down_until(500, Retry::Never);
    run_for(700, &cluster, &receiver).await;
    let got: Vec<_> = receiver.got().iter().map(|got| (got.at, got.taken)).collect();
    assert_eq!(got, [(0, false), (300, false), (600, true)]);
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_receiver_asks_for_holds_for_a_newer_report_as_well() {
    let cluster = Cluster::of(&["a"]);
    let receiver = down_until(25, Retry::After(seconds(30)));
    run(&["-p", "10"], &cluster, &receiver, &Arc::default(), sleep(seconds(35))).await;
    let got: Vec<_> = receiver.got().iter().map(|got| (got.at, got.images().concat())).collect();
    assert_eq!(got, [(0, "a: app:1".to_owned()), (30, "a: app:4".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn one_report_is_under_way_at_a_time_and_those_it_delays_give_way_to_the_newest() {
    let cluster = Cluster::of(&["a"]);
    let receiver = Receiver::start(|at| match at {
        0 => Verdict::Slowly(seconds(1000)),
        _ => Verdict::Yes,
    });
    run_for(1100, &cluster, &receiver).await;
    let got: Vec<_> = receiver.got().iter().map(|got| (got.at, got.images().concat())).collect();
    assert_eq!(got, [(0, "a: app:1".to_owned()), (1000, "a: app:4".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_gone_is_emptied_until_that_was_delivered_and_then_no_more() {
    let cluster = Cluster::of(&["a", "b", "c"]);
    // Delivered, refused, delivered, delivered.
    let receiver = Receiver::start(|at| match at {
        200..500 => Verdict::No(Retry::Never),
        _ => Verdict::Yes,
    });
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(100)).await;
        changed.have(&["b", "d"]);
        sleep(seconds(1000)).await;
    };
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    let got = receiver.got();
    let images: Vec<_> = got.iter().map(|got| got.images().join(", ")).collect();
    assert_eq!(
        images,
        [
            "a: app:1, b: app:1, c: app:1",
            "a: -, b: app:2, c: -, d: app:2",
            "a: -, b: app:3, c: -, d: app:3",
            "b: app:4, d: app:4",
        ]
    );
    let (namespaces, pods) = got[2].kubernetes();
    assert_eq!(namespaces, ["a uid-a", "b uid-b", "c uid-c", "d uid-d"]);
    assert_eq!(pods, ["pod-b uid-b", "pod-d uid-d"]);
    assert_eq!(got[3].kubernetes().0, ["b uid-b", "d uid-d"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_skipped_is_not_gone_until_it_is() {
    let cluster = Cluster::of(&["a", "b"]);
    let receiver = Receiver::start(|_| Verdict::Yes);
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(100)).await;
        changed.have(&["b"]);
        changed.skip(&["a"]);
        sleep(seconds(300)).await;
        changed.skip(&[]);
        sleep(seconds(400)).await;
    };
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    let images: Vec<_> = receiver.got().iter().map(|got| got.images().join(", ")).collect();
    assert_eq!(images, ["a: app:1, b: app:1", "b: app:2", "a: -, b: app:3"]);
}

#[tokio::test(start_paused = true)]
async fn a_named_namespace_that_is_gone_is_told_of_with_its_former_uid_once() {
    let cluster = Cluster::of(&["a", "b"]);
    let receiver = Receiver::start(|_| Verdict::Yes);
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(100)).await;
        changed.have(&["b"]);
        sleep(seconds(600)).await;
    };
    run(&["-n", "a,b"], &cluster, &receiver, &Arc::default(), end).await;
    let namespaces: Vec<_> =
        receiver.got().iter().map(|got| got.kubernetes().0.join(", ")).collect();
    assert_eq!(namespaces, ["a uid-a, b uid-b", "a uid-a, b uid-b", "b uid-b"]);
    // By v1 it stays, as the selection says.
    assert_eq!(receiver.got()[2].images(), ["a: -", "b: app:3"]);
}

#[tokio::test(start_paused = true)]
async fn each_try_is_told_to_the_observer() {
    let (cluster, watch) = (Cluster::of(&["a"]), Arc::new(Watch::default()));
    let receiver = Receiver::start(|at| match at {
        0 => Verdict::No(Retry::Backoff),
        1..300 => Verdict::No(Retry::Never),
        _ => Verdict::Yes,
    });
    run(&[], &cluster, &receiver, &watch, sleep(seconds(400))).await;
    let outcomes = watch.all().into_iter().filter_map(|(_, told)| match told {
        Told::Delivered(outcome) => Some(outcome),
        _ => None,
    });
    let outcomes: Vec<_> = outcomes.collect();
    let first = outcomes.iter().filter(|it| **it == Outcome::Failed).count();
    assert!(first >= 1, "{outcomes:?}");
    assert_eq!(outcomes[first..], [Outcome::Refused, Outcome::Delivered]);
}
