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

/// When reports were sent, and with which images.
fn sent(receiver: &Receiver) -> Vec<(u64, String)> {
    receiver.got().iter().map(|got| (got.at, got.images().join(", "))).collect()
}

/// What an observer heard of deliveries.
fn outcomes(watch: &Watch) -> Vec<Outcome> {
    let outcomes = watch.all().into_iter().filter_map(|(_, told)| match told {
        Told::Delivered(outcome) => Some(outcome),
        _ => None,
    });
    outcomes.collect()
}

#[tokio::test(start_paused = true)]
async fn one_report_is_under_way_at_a_time_and_those_it_delays_give_way_to_the_newest() {
    let (cluster, watch) = (Cluster::of(&["a"]), Arc::new(Watch::default()));
    let receiver = Receiver::start(|at| match at {
        0 => Verdict::Slowly(seconds(55)),
        _ => Verdict::Yes,
    });
    run(&["-p", "20"], &cluster, &receiver, &watch, sleep(seconds(58))).await;
    assert_eq!(sent(&receiver), [(0, "a: app:1".to_owned()), (55, "a: app:3".to_owned())]);
    assert_eq!(outcomes(&watch), [Outcome::Replaced, Outcome::Delivered, Outcome::Delivered]);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_answers_is_given_up_for_a_newer_report() {
    let (cluster, watch) = (Cluster::of(&["a"]), Arc::new(Watch::default()));
    let receiver = Receiver::start(|at| match at {
        0 => Verdict::Slowly(seconds(1_000_000)),
        _ => Verdict::Yes,
    });
    run(&[], &cluster, &receiver, &watch, sleep(seconds(500))).await;
    assert_eq!(sent(&receiver), [(0, "a: app:1".to_owned()), (300, "a: app:2".to_owned())]);
    assert_eq!(outcomes(&watch), [Outcome::Failed, Outcome::Replaced, Outcome::Delivered]);
}

#[tokio::test(start_paused = true)]
async fn a_short_interval_gives_up_no_post_that_the_timeout_allows() {
    let cluster = Cluster::of(&["a"]);
    let receiver = Receiver::start(|_| Verdict::Slowly(seconds(9)));
    let end = sleep(seconds(20));
    run(&["-p", "1"], &cluster, &receiver, &Arc::default(), end).await;
    let at: Vec<_> = sent(&receiver).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at, [0, 9, 18]);
}

#[tokio::test(start_paused = true)]
async fn what_is_told_by_a_report_under_way_and_gone_since_is_emptied_by_the_next_one() {
    let cluster = Cluster::of(&["a", "b"]);
    let receiver = Receiver::start(|at| match at {
        20 => Verdict::Slowly(seconds(25)),
        _ => Verdict::Yes,
    });
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(10)).await;
        changed.have(&["a", "c"]);
        sleep(seconds(20)).await;
        changed.have(&["a"]);
        sleep(seconds(35)).await;
    };
    run(&["-p", "20"], &cluster, &receiver, &Arc::default(), end).await;
    let expected = [
        (0, "a: app:1, b: app:1"),
        (20, "a: app:2, b: -, c: app:2"),
        // Whether b was emptied was open as yet.
        (45, "a: app:3, b: -, c: -"),
        (60, "a: app:4"),
    ];
    assert_eq!(sent(&receiver), expected.map(|(at, images)| (at, images.to_owned())));
    assert_eq!(receiver.got()[2].kubernetes().0, ["a uid-a", "b uid-b", "c uid-c"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_made_again_under_its_name_is_emptied_under_its_former_uid() {
    let cluster = Cluster::of(&["a", "b"]);
    // Delivered, refused, delivered, delivered.
    let receiver = Receiver::start(|at| match at {
        200..500 => Verdict::No(Retry::Never),
        _ => Verdict::Yes,
    });
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(100)).await;
        changed.identify("a", Some("new-uid-a"));
        sleep(seconds(1000)).await;
    };
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    let got = receiver.got();
    for at in [1, 2] {
        let (namespaces, pods) = got[at].kubernetes();
        assert_eq!(namespaces, ["a new-uid-a", "a uid-a", "b uid-b"]);
        assert_eq!(pods, ["pod-a new-uid-a", "pod-b uid-b"]);
        assert_eq!(got[at].images().len(), 2, "by v1 it is the same one");
    }
    assert_eq!(got[3].kubernetes().0, ["a new-uid-a", "b uid-b"]);
}

#[tokio::test(start_paused = true)]
async fn a_namespace_without_a_uid_that_is_gone_leaves_the_report_whole_for_v2() {
    let cluster = Cluster::of(&["a", "b"]);
    cluster.identify("a", None);
    let receiver = Receiver::start(|_| Verdict::Yes);
    let changed = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(100)).await;
        changed.have(&["b"]);
        sleep(seconds(300)).await;
    };
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    let [_, after] = receiver.got().try_into().unwrap();
    assert_eq!(after.images(), ["a: -", "b: app:2"]);
    assert_eq!(after.kubernetes(), (vec!["b uid-b".to_owned()], vec!["pod-b uid-b".to_owned()]));
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
    let outcomes = outcomes(&watch);
    let first = outcomes.iter().filter(|it| **it == Outcome::Failed).count();
    assert!(first >= 1, "{outcomes:?}");
    assert_eq!(outcomes[first..], [Outcome::Refused, Outcome::Delivered]);
}
