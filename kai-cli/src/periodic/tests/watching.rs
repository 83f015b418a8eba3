//! Mode watch: when reports are made, and what they contain.

use kai_core::{
    Change, Container, ContainerKind, Interruption, Pod, PodPhase, Retry, SourceError,
    SourceErrorKind,
};

use super::*;
use crate::testing::{Followed, watching};

/// A pod that runs an image.
fn running(name: &str, image: &str) -> Pod {
    let container = Container::new(ContainerKind::Regular, "app", image)
        .with_container_id(format!("cri://{name}"))
        .running();
    Pod::new("shop", name)
        .with_uid(format!("pod-{name}"))
        .with_phase(PodPhase::Running)
        .with_container(container)
}

/// The same pod, as it ended.
fn ended(name: &str, image: &str) -> Pod {
    let mut pod = running(name, image).with_phase(PodPhase::Succeeded);
    pod.containers[0].running = false;
    pod
}

/// Follows, delivers, and does something beside until that is done.
async fn follow(
    variables: &[(&str, &str)],
    cluster: &Arc<Followed>,
    receiver: &Arc<Receiver>,
    observer: &Arc<Watch>,
    beside: impl Future<Output = ()>,
) {
    let settings = watching(&["-p", "60"], variables);
    let collector = Collector::following(Arc::clone(&settings), cluster);
    let observer = Arc::<Watch>::clone(observer);
    Periodic::new(collector, &settings, vec![receiver.configured(&settings)], observer)
        .run(beside)
        .await
        .unwrap();
}

/// When reports came, and the images in them.
fn reports(receiver: &Receiver) -> Vec<(u64, Vec<String>)> {
    let of = |got: crate::testing::Got| (got.at, got.tags());
    receiver.taken().into_iter().map(of).collect()
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn unreachable() -> SourceError {
    SourceError::new(SourceErrorKind::Unreachable, "no route").with_retry(Retry::Backoff)
}

#[tokio::test(start_paused = true)]
async fn a_change_is_delivered_when_it_is_quiet_but_once_an_interval_at_the_most() {
    let cluster = Followed::with(&[(running("web", "web:1"), 1)]);
    let receiver = Receiver::start(|_| Verdict::Yes);
    follow(&[], &cluster, &receiver, &Arc::default(), async {
        sleep(seconds(100)).await;
        cluster.set(running("web", "web:2"), 5);
        sleep(seconds(3)).await;
        cluster.set(running("web", "web:3"), 6);
        sleep(seconds(17)).await;
        cluster.set(running("web", "web:4"), 7);
        sleep(seconds(200)).await;
    })
    .await;
    let all = texts(&["web:1", "web:2", "web:3"]);
    let expected = [
        (0, texts(&["web:1"])),
        // Nothing had changed.
        (60, texts(&["web:1"])),
        // After a calm interval a change is sent when it is quiet: at 103 and five seconds.
        (108, all),
        // The next one has to wait until an interval has passed.
        (168, texts(&["web:3", "web:4"])),
        (228, texts(&["web:4"])),
    ];
    assert_eq!(reports(&receiver)[..5], expected);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_ended_before_the_report_is_in_one_report() {
    let cluster = Followed::with(&[(running("web", "web:1"), 1)]);
    // The second report fails, and is tried again.
    let receiver = Receiver::start(|at| {
        if (60..70).contains(&at) { Verdict::No(Retry::Backoff) } else { Verdict::Yes }
    });
    follow(&[], &cluster, &receiver, &Arc::default(), async {
        sleep(seconds(20)).await;
        cluster.set(running("job", "job:1"), 5);
        sleep(seconds(1)).await;
        cluster.set(ended("job", "job:1"), 6);
        cluster.gone(ended("job", "job:1"), 7);
        // One of which only the end is told.
        cluster.set(ended("quick", "quick:1"), 8);
        // One that never ran.
        cluster.set(Pod::new("shop", "none").with_uid("none"), 9);
        sleep(seconds(160)).await;
    })
    .await;
    let got = reports(&receiver);
    let images: Vec<_> = got.iter().map(|(_, images)| images.clone()).collect();
    let with = texts(&["job:1", "quick:1", "web:1"]);
    assert_eq!(images[..3], [texts(&["web:1"]), with, texts(&["web:1"])], "{got:?}");
    // In the form of version 2 the pod is named, too.
    let second = &receiver.taken()[1];
    let pods: Vec<_> = second.v2["pods"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(pods, ["job", "quick", "web"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_never_delivered_is_in_the_next_report() {
    let cluster = Followed::with(&[]);
    let receiver =
        Receiver::start(|at| if at < 100 { Verdict::No(Retry::Never) } else { Verdict::Yes });
    follow(&[], &cluster, &receiver, &Arc::default(), async {
        sleep(seconds(10)).await;
        cluster.set(running("job", "job:1"), 5);
        cluster.gone(ended("job", "job:1"), 6);
        sleep(seconds(230)).await;
    })
    .await;
    let images: Vec<_> = reports(&receiver).into_iter().map(|(_, images)| images).collect();
    assert_eq!(images, [texts(&["job:1"]), texts(&[])], "{:?}", receiver.got());
}

#[tokio::test(start_paused = true)]
async fn a_report_of_now_has_nothing_that_ended() {
    let cluster = Followed::with(&[(running("web", "web:1"), 1)]);
    let receiver = Receiver::start(|_| Verdict::Yes);
    let now = [("KAI_REPORT_WINDOW", "now")];
    follow(&now, &cluster, &receiver, &Arc::default(), async {
        sleep(seconds(20)).await;
        cluster.set(running("job", "job:1"), 5);
        cluster.gone(ended("job", "job:1"), 6);
        sleep(seconds(110)).await;
    })
    .await;
    for (at, images) in reports(&receiver) {
        assert_eq!(images, texts(&["web:1"]), "{at}");
    }
}

#[tokio::test(start_paused = true)]
async fn out_of_touch_nothing_old_is_reported_as_new() {
    let cluster = Followed::with(&[(running("web", "web:1"), 1)]);
    let (receiver, watch) = (Receiver::start(|_| Verdict::Yes), Arc::<Watch>::default());
    follow(&[], &cluster, &receiver, &watch, async {
        sleep(seconds(10)).await;
        cluster.set(running("web", "web:2"), 5);
        cluster.tell(Change::Interrupted(Interruption::new(unreachable())));
        sleep(seconds(290)).await;
        cluster.tell(Change::Resumed);
        sleep(seconds(20)).await;
    })
    .await;
    let got = reports(&receiver);
    let at: Vec<_> = got.iter().map(|(at, _)| *at).collect();
    // What changed before is reported in its time, then nothing until it is known again.
    assert_eq!(at, [0, 60, 300], "{got:?}");
    let touch: Vec<_> = watch.all().into_iter().map(|(_, told)| told).collect();
    assert!(touch.contains(&Told::InTouch(false)) && touch.contains(&Told::InTouch(true)));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_for_good_is_out_of_touch() {
    let cluster = Followed::with(&[(running("web", "web:1"), 1)]);
    let (receiver, watch) = (Receiver::start(|_| Verdict::Yes), Arc::<Watch>::default());
    follow(&[], &cluster, &receiver, &watch, async {
        sleep(seconds(10)).await;
        cluster.listing_fails(true);
        cluster.fail(unreachable());
        sleep(seconds(300)).await;
        cluster.listing_fails(false);
        sleep(seconds(120)).await;
    })
    .await;
    let at: Vec<_> = reports(&receiver).into_iter().map(|(at, _)| at).collect();
    assert_eq!(at[0], 0);
    assert!((310..400).contains(&at[1]), "nothing old is reported as new: {at:?}");
    let touch: Vec<_> = watch.all().into_iter().map(|(_, told)| told).collect();
    assert!(touch.contains(&Told::InTouch(false)));
}

#[tokio::test(start_paused = true)]
async fn what_is_known_outlives_a_source_that_fails() {
    let (started, cluster) = (Instant::now(), Followed::with(&[(running("web", "web:1"), 1)]));
    let receiver = Receiver::start(|_| Verdict::Yes);
    follow(&[], &cluster, &receiver, &Arc::default(), async {
        sleep(seconds(10)).await;
        cluster.set(running("job", "job:1"), 5);
        cluster.gone(ended("job", "job:1"), 6);
        sleep(seconds(1)).await;
        cluster.fail(unreachable());
        sleep(seconds(100)).await;
    })
    .await;
    let got = reports(&receiver);
    assert_eq!(got[0], (0, texts(&["web:1"])));
    assert_eq!(got[1], (60, texts(&["job:1", "web:1"])), "no report more than usual, either");
    assert_eq!(cluster.begun(started).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_difference_to_a_pass_that_lasts_is_drift_and_everything_is_listed_anew() {
    let (started, cluster) = (Instant::now(), Followed::with(&[(running("web", "web:1"), 1)]));
    let (receiver, watch) = (Receiver::start(|_| Verdict::Yes), Arc::<Watch>::default());
    follow(&[("KAI_WATCH_VERIFY_SECONDS", "100")], &cluster, &receiver, &watch, async {
        sleep(seconds(250)).await;
        // The watch tells of neither.
        cluster.have(&[(running("web", "web:2"), 5), (running("new", "new:1"), 6)]);
        sleep(seconds(150)).await;
    })
    .await;
    let drift: Vec<_> =
        watch.all().into_iter().filter(|(_, it)| matches!(it, Told::Drifted(_))).collect();
    let drift: Vec<_> =
        drift.into_iter().map(|(at, told)| ((at - started).as_secs(), told)).collect();
    assert_eq!(drift, [(330, Told::Drifted(2))]);
    assert_eq!(cluster.begun(started), [0, 330]);
    // The image of before ran and ended, as far as anybody knows.
    let expected = texts(&["new:1", "web:1", "web:2"]);
    assert!(reports(&receiver).iter().any(|(_, images)| *images == expected));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_is_on_its_way_is_no_drift() {
    let (started, cluster) = (Instant::now(), Followed::with(&[(running("web", "web:1"), 1)]));
    let (receiver, watch) = (Receiver::start(|_| Verdict::Yes), Arc::<Watch>::default());
    follow(&[("KAI_WATCH_VERIFY_SECONDS", "100")], &cluster, &receiver, &watch, async {
        sleep(seconds(90)).await;
        // A pass finds it before the watch tells it.
        cluster.have(&[(running("web", "web:2"), 5)]);
        sleep(seconds(20)).await;
        cluster.set(running("web", "web:2"), 5);
        sleep(seconds(100)).await;
        // A pass does not find it yet.
        cluster.set(running("web", "web:3"), 7);
        sleep(seconds(20)).await;
        cluster.have(&[(running("web", "web:3"), 7)]);
        sleep(seconds(300)).await;
    })
    .await;
    assert!(watch.all().iter().all(|(_, told)| !matches!(told, Told::Drifted(_))));
    assert_eq!(cluster.begun(started), [0]);
}
