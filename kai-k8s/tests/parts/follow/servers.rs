//! Servers that stop, are killed, compacted or restored.

use testkit::Options;

use super::*;

/// A control plane of its own, followed through a relay.
struct World {
    cluster: ControlPlane,
    trouble: Trouble,
    direct: ClusterPodSource,
}

const NAMESPACE: &str = "follow";

impl World {
    async fn new() -> Self {
        Self::with(Options::default()).await
    }

    async fn with(options: Options) -> Self {
        let cluster = tokio::task::spawn_blocking(move || ControlPlane::start(&options));
        let cluster = cluster.await.unwrap().unwrap();
        namespace_with_a_pod(&cluster.api(), NAMESPACE).await;
        let trouble = Trouble::before(&cluster);
        let (direct, _) = source(&cluster, cluster.url(), SourceOptions::default()).await;
        Self { cluster, trouble, direct }
    }

    /// Does something to the servers while changes are taken in.
    fn meanwhile(&self, followed: &mut Followed<'_>, act: impl FnOnce(&ControlPlane) + Send) {
        std::thread::scope(|scope| {
            let acts = scope.spawn(|| act(&self.cluster));
            while !acts.is_finished() {
                tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current().block_on(followed.for_a_moment());
                });
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_killed_and_come_back_are_followed_on() {
    let world = World::new().await;
    let (source, heard) =
        source(&world.cluster, world.trouble.relay.url(), SourceOptions::default()).await;
    let mut followed = Followed::start(&source, &options(&[NAMESPACE])).await;
    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_apiserver();
        cluster.start_apiserver();
    });
    let api = world.cluster.api();
    api.create_pod(&pod(NAMESPACE, "second", "second:1").to_json()).await.unwrap();
    followed.until_it_is_what_a_pass_finds(&world.direct).await;

    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_apiserver();
        cluster.stop_etcd();
        cluster.start_etcd();
        cluster.start_apiserver();
    });
    api.create_pod(&pod(NAMESPACE, "third", "third:1").to_json()).await.unwrap();
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!(heard.relisted() <= 2, "a list for each restart at the most");

    // The API server goes on, and answers errors for a while.
    let lists = heard.relisted();
    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_etcd();
        cluster.start_etcd();
    });
    let fourth = pod(NAMESPACE, "fourth", "fourth:1").to_json();
    let started = std::time::Instant::now();
    while api.create_pod(&fourth).await.is_err() {
        assert!(started.elapsed() < SOON);
        followed.for_a_moment().await;
    }
    followed.until("the pod", |state| seen(state, "fourth:1")).await;
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!(heard.relisted() <= lists + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_end_and_comes_back_is_followed_on() {
    let world = World::with(Options::default().apiserver_argument("--request-timeout=5s")).await;
    let (source, heard) =
        source(&world.cluster, world.trouble.relay.url(), SourceOptions::default()).await;
    let mut followed = Followed::start(&source, &options(&[NAMESPACE])).await;
    run_job(&world.cluster.api(), NAMESPACE, "job", "job:1").await;
    world.meanwhile(&mut followed, |cluster| {
        cluster.end_apiserver();
        cluster.start_apiserver();
    });
    let api = world.cluster.api();
    api.create_pod(&pod(NAMESPACE, "second", "second:1").to_json()).await.unwrap();
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!(seen(&followed.state, "job:1"));
    // The server that comes back may take the last bookmark for too old: it knows no changes from
    // before its start.
    assert!(heard.count("reopened: closed") > 0 && heard.relisted() <= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_that_a_server_no_longer_has_is_followed_by_one_list() {
    let world = World::new().await;
    let (source, heard) = source(&world.cluster, world.trouble.relay.url(), brief()).await;
    let mut followed = Followed::start(&source, &options(&[NAMESPACE])).await;
    // It can't go on while the revisions are lost: a server that starts knows those from then on.
    world.trouble.watches(|| Fault::status(503));
    followed.until("it is out of touch", |state| state.interrupted().is_some()).await;
    let api = world.cluster.api();
    run_job(&api, NAMESPACE, "job", "job:1").await;
    api.create_pod(&pod(NAMESPACE, "second", "second:1").to_json()).await.unwrap();
    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_apiserver();
        cluster.start_apiserver();
        cluster.compact_etcd();
    });
    world.trouble.nothing();
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert_eq!((heard.count("relisted: expired"), heard.relisted()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_alone_disturbs_nobody() {
    let world = World::new().await;
    let (source, heard) = source(&world.cluster, world.trouble.relay.url(), brief()).await;
    let mut followed = Followed::start(&source, &options(&[NAMESPACE])).await;
    let api = world.cluster.api();
    for number in 0..3 {
        run_job(&api, NAMESPACE, "job", &format!("job:{number}")).await;
        world.meanwhile(&mut followed, |cluster| {
            cluster.compact_etcd();
        });
        let ended = heard.count("reopened: end");
        followed.until_so("an end", || heard.count("reopened: end") > ended).await;
    }
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!((0..3).all(|number| seen(&followed.state, &format!("job:{number}"))));
    assert_eq!(heard.relisted(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_was_restored_to_an_earlier_state_is_listed_again() {
    let world = World::new().await;
    let (source, heard) = source(&world.cluster, world.trouble.relay.url(), brief()).await;
    let mut followed = Followed::start(&source, &options(&[NAMESPACE])).await;
    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_apiserver();
        cluster.stop_etcd();
        cluster.back_up_etcd();
        cluster.start_etcd();
        cluster.start_apiserver();
    });
    let api = world.cluster.api();
    // The revision gets further than the restored cluster will have it for a while.
    for number in 0..40 {
        run_job(&api, NAMESPACE, "job", &format!("job:{number}")).await;
    }
    api.create_pod(&pod(NAMESPACE, "lost", "lost:1").to_json()).await.unwrap();
    // A pod that the restored cluster has in an earlier revision than the one that is known.
    let later = pod(NAMESPACE, "first", "first:2").to_json();
    api.set_pod_status(NAMESPACE, "first", &later["status"]).await.unwrap();
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!(followed.images(Window::Now).contains(&"lost:1".to_owned()));
    world.meanwhile(&mut followed, |cluster| {
        cluster.stop_apiserver();
        cluster.stop_etcd();
        cluster.restore_etcd();
        cluster.start_etcd();
        cluster.start_apiserver();
    });
    followed.until_it_is_what_a_pass_finds(&world.direct).await;
    assert!(!followed.images(Window::Now).contains(&"lost:1".to_owned()));
    assert!(seen(&followed.state, "lost:1"), "what ran there is not forgotten");
    assert!(heard.count("relisted: restored") >= 1, "{:?}", heard.0.lock().unwrap());
}
