//! How it ends.

use kai_core::Retry;

use super::*;

/// How long it takes to end once it is told to, after a time.
async fn takes_to_end(after: u64, cluster: &Arc<Cluster>, receiver: &Arc<Receiver>) -> Duration {
    let told = Instant::now() + seconds(after);
    run_for(after, cluster, receiver).await;
    told.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_cycle_is_abandoned_at_once() {
    let cluster = Cluster::of(&["a"]);
    cluster.take(seconds(1000));
    let receiver = Receiver::start(|_| Verdict::Yes);
    assert!(takes_to_end(100, &cluster, &receiver).await < Duration::from_millis(10));
    assert!(receiver.got().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_post_has_a_few_seconds_to_come_to_its_end() {
    let cluster = Cluster::of(&["a"]);
    let receiver = Receiver::start(|_| Verdict::Slowly(seconds(103)));
    let took = takes_to_end(100, &cluster, &receiver).await;
    assert!(took >= seconds(3) && took < seconds(4), "{took:?}");
    let receiver = Receiver::start(|_| Verdict::Slowly(seconds(1000)));
    let took = takes_to_end(100, &cluster, &receiver).await;
    assert!(took >= seconds(4) && took < seconds(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_between_two_tries_is_not_waited_for() {
    let cluster = Cluster::of(&["a"]);
    let receiver = Receiver::start(|_| Verdict::No(Retry::After(seconds(1000))));
    assert!(takes_to_end(100, &cluster, &receiver).await < Duration::from_millis(10));
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_report_that_was_just_taken_is_tried_once() {
    let cluster = Cluster::of(&["a"]);
    cluster.take(seconds(10));
    let receiver = Receiver::start(|_| Verdict::No(Retry::Backoff));
    let settings = periodic(&[]);
    let collector = Collector::of(Arc::clone(&settings), Box::new(Shared(Arc::clone(&cluster))));
    let mut it =
        Periodic::new(collector, &settings, vec![receiver.configured(&settings)], Arc::new(()));
    // As where nobody reads stdout any more: the report was handed over, and that is the end.
    tokio::select! {
        biased;
        _ = it.producer.run() => {}
        () = sleep(seconds(10)) => {}
    }
    it.deliveries.remove(0).end(End::AfterOneTry, Instant::now() + GRACE).await;
    assert_eq!(receiver.got().len(), 1);
}
