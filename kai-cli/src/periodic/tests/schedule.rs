//! When cycles begin, and what an observer hears of it.

use super::*;

#[tokio::test(start_paused = true)]
async fn the_first_cycle_is_at_once_and_then_one_each_interval() {
    let (started, cluster) = (Instant::now(), Cluster::of(&["a"]));
    cluster.take(seconds(10));
    run_for(1000, &cluster, &Receiver::start(|_| Verdict::Yes)).await;
    assert_eq!(cluster.passes(started), [0, 300, 600, 900]);
}

#[tokio::test(start_paused = true)]
async fn a_cycle_longer_than_the_interval_is_followed_at_once_by_one_other() {
    let (started, cluster) = (Instant::now(), Cluster::of(&["a"]));
    cluster.take(seconds(950));
    let slow = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(1000)).await;
        slow.take(Duration::ZERO);
        sleep(seconds(1600)).await;
    };
    let receiver = Receiver::start(|_| Verdict::Yes);
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    assert_eq!(cluster.passes(started), [0, 950, 1900, 2200, 2500]);
}

#[tokio::test(start_paused = true)]
async fn failures_back_off_up_to_the_interval_and_never_stop() {
    let (started, cluster) = (Instant::now(), Cluster::of(&["a"]));
    cluster.fail(true);
    let broken = Arc::clone(&cluster);
    let end = async {
        sleep(seconds(5000)).await;
        broken.fail(false);
        sleep(seconds(1000)).await;
    };
    let receiver = Receiver::start(|_| Verdict::Yes);
    run(&[], &cluster, &receiver, &Arc::default(), end).await;
    let passes = cluster.passes(started);
    let waits: Vec<_> = passes.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let failing = waits.iter().take(passes.iter().filter(|at| **at < 4700).count());
    let mut longest = 1;
    for wait in failing {
        assert!(*wait <= longest && *wait >= (longest / 2).saturating_sub(1), "{waits:?}");
        longest = (longest * 2).min(300);
    }
    assert!(passes.iter().filter(|at| **at < 60).count() >= 5, "soon at first: {passes:?}");
    let (after, taken) = (passes.iter().rev().take(3).collect::<Vec<_>>(), receiver.taken());
    assert_eq!((after[0] - after[1], after[1] - after[2]), (300, 300), "then by the clock");
    assert!(taken.len() >= 3, "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn the_observer_hears_a_beat_every_few_seconds_whatever_goes_on() {
    let (cluster, watch) = (Cluster::of(&["a"]), Arc::new(Watch::default()));
    cluster.take(seconds(400));
    let receiver = Receiver::start(|_| Verdict::Slowly(seconds(2000)));
    let started = Instant::now();
    run(&["-p", "1000"], &cluster, &receiver, &watch, sleep(seconds(1500))).await;
    let beats = watch.all().into_iter().filter(|(_, told)| *told == Told::Beat);
    let mut last = started;
    for (at, _) in beats {
        assert!(at - last <= seconds(10), "{:?}", at - last);
        last = at;
    }
    assert!(started + seconds(1490) <= last);
}

#[tokio::test(start_paused = true)]
async fn the_observer_hears_of_each_cycle_its_report_and_its_delivery() {
    let (cluster, watch) = (Cluster::of(&["a", "b"]), Arc::new(Watch::default()));
    cluster.take(seconds(3));
    let receiver = Receiver::start(|_| Verdict::Yes);
    run(&[], &cluster, &receiver, &watch, sleep(seconds(200))).await;
    let told = watch.all().into_iter().map(|(_, told)| told).filter(|told| *told != Told::Beat);
    let told: Vec<_> = told.collect();
    let [Told::Started, Told::Ended(took, Some(figures)), Told::Report(line), delivered] =
        told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((*took, delivered), (seconds(3), &Told::Delivered(Outcome::Delivered)));
    assert_eq!((figures.namespaces, figures.images, figures.summary.pods), (2, 1, 2));
    assert!(line.starts_with("{\"timestamp\":") && !line.contains('\n'), "{line}");
}

#[tokio::test(start_paused = true)]
async fn without_a_name_of_the_cluster_nothing_is_collected() {
    let anchore = [
        ("KAI_ANCHORE_URL", "https://anchore.example"),
        ("KAI_ANCHORE_USER", "me"),
        ("KAI_ANCHORE_PASSWORD", "secret"),
    ];
    let settings = crate::settings::tests::settings(&["-m", "periodic"], &anchore).unwrap();
    let (settings, cluster) = (Arc::new(settings), Cluster::of(&["a"]));
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(Arc::clone(&cluster))));
    let receivers = vec![Receiver::start(|_| Verdict::Yes).configured(&settings)];
    let periodic = Periodic::new(collector, &settings, receivers, Arc::new(()));
    let error = periodic.run(sleep(seconds(1000))).await.unwrap_err();
    assert!(matches!(error, Error::NoClusterName), "{error}");
    assert!(cluster.passes(Instant::now()).is_empty());
}
