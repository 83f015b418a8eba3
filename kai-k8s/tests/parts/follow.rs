//! A cluster is followed: its lists, then watches, on a real API server.

mod connections;
mod namespaces;
mod refusals;
mod rights;
mod servers;
mod soak;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use kai_core::{
    Change, ChangeStream, ClusterState, CollectOptions, Details, LivePodSource, Mark,
    NamespaceSelector, SourceError, Window, collect,
};
use kai_k8s::{ClusterPodSource, RequestObserver, SourceOptions};
use testkit::{Api, ContainerFixture, ControlPlane, Fault, FaultRelay, PodFixture, RelayRequest};

use super::{cluster, settings};

/// How long anything may take to be told.
const SOON: Duration = Duration::from_secs(40);

fn pod(namespace: &str, name: &str, image: &str) -> PodFixture {
    PodFixture::new(namespace, name).container(ContainerFixture::new("app", image).running())
}

fn options(namespaces: &[&str]) -> CollectOptions {
    CollectOptions::default()
        .namespaces(NamespaceSelector::including(namespaces.iter().copied()).unwrap())
        .details(Details::default().with_uses().with_containers())
}

/// Watches that end after a second.
fn brief() -> SourceOptions {
    SourceOptions::default().watch_time(Duration::from_secs(1))
}

/// What an observer heard, and how often.
#[derive(Default)]
struct Heard(Mutex<BTreeMap<String, usize>>);

impl Heard {
    fn note(&self, what: &str) {
        *self.0.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    fn count(&self, what: &str) -> usize {
        self.0.lock().unwrap().get(what).copied().unwrap_or_default()
    }

    /// How often everything was listed again.
    fn relisted(&self) -> usize {
        let heard = self.0.lock().unwrap();
        heard.iter().filter(|(what, _)| what.starts_with("relisted")).map(|(_, count)| count).sum()
    }
}

impl RequestObserver for Heard {
    fn reopened(&self, reason: &'static str) {
        self.note(&format!("reopened: {reason}"));
    }

    fn relisted(&self, reason: &'static str) {
        self.note(&format!("relisted: {reason}"));
    }
}

/// A relay whose faults change while it is in use.
struct Trouble {
    relay: FaultRelay,
    fault: Arc<Mutex<Policy>>,
}

type Policy = Box<dyn FnMut(&RelayRequest) -> Fault + Send>;

impl Trouble {
    fn before(cluster: &ControlPlane) -> Self {
        let fault: Arc<Mutex<Policy>> = Arc::new(Mutex::new(Box::new(|_| Fault::Pass)));
        let of = Arc::clone(&fault);
        let relay = FaultRelay::start(cluster, move |request| of.lock().unwrap()(request));
        Self { relay, fault }
    }

    /// What happens to each request that opens a watch of pods.
    fn watches(&self, mut fault: impl FnMut() -> Fault + Send + 'static) {
        self.set(move |request| if is_watch(request) { fault() } else { Fault::Pass });
    }

    fn set(&self, fault: impl FnMut(&RelayRequest) -> Fault + Send + 'static) {
        *self.fault.lock().unwrap() = Box::new(fault);
    }

    fn nothing(&self) {
        self.set(|_| Fault::Pass);
    }

    /// How many watches of pods were opened.
    fn opened(&self) -> usize {
        self.relay.requests().iter().filter(|request| is_watch(request)).count()
    }
}

fn is_watch(request: &RelayRequest) -> bool {
    request.query("watch") == Some("true") && request.path().ends_with("/pods")
}

/// A source that goes through a relay, with what is heard of it.
async fn source(
    cluster: &ControlPlane,
    url: &str,
    options: SourceOptions,
) -> (ClusterPodSource, Arc<Heard>) {
    let heard = Arc::<Heard>::default();
    let options = options.observer(Arc::clone(&heard) as _);
    let settings = super::settings_of(cluster, url, &cluster.admin());
    (ClusterPodSource::connect(&settings, options).await.unwrap(), heard)
}

/// A picture, and where its changes come from.
struct Followed<'s> {
    state: ClusterState,
    changes: ChangeStream<'s>,
    options: CollectOptions,
    /// What was told besides facts.
    told: Vec<&'static str>,
}

impl<'s> Followed<'s> {
    /// Begins to follow a source.
    fn begin(source: &'s ClusterPodSource, options: &CollectOptions) -> Self {
        let state = ClusterState::new(Arc::new(options.clone()));
        let changes = source.follow(options.query());
        Self { state, changes, options: options.clone(), told: Vec::new() }
    }

    /// Follows a source until all was told.
    async fn start(source: &'s ClusterPodSource, options: &CollectOptions) -> Self {
        let mut followed = Self::begin(source, options);
        followed.until("all is told", ClusterState::is_synced).await;
        followed
    }

    fn take(&mut self, change: Change) {
        match &change {
            Change::Began => self.told.push("began"),
            Change::Synced(_) => self.told.push("synced"),
            Change::Interrupted(_) => self.told.push("interrupted"),
            Change::Resumed => self.told.push("resumed"),
            _ => {}
        }
        self.state.apply(change, SystemTime::now());
    }

    /// Takes changes in until the picture is as it should be.
    async fn until(&mut self, what: &str, is: impl Fn(&ClusterState) -> bool) {
        let all = async {
            while !is(&self.state) {
                let change = self.changes.next().await.expect("it does not end").unwrap();
                self.take(change);
            }
        };
        assert!(tokio::time::timeout(SOON, all).await.is_ok(), "{what}: {:?}", self.told);
    }

    /// Takes changes in for as long as something is not so.
    async fn until_so(&mut self, what: &str, is: impl Fn() -> bool) {
        let all = async {
            while !is() {
                self.for_a_moment().await;
            }
        };
        assert!(tokio::time::timeout(SOON, all).await.is_ok(), "{what}: {:?}", self.told);
    }

    async fn for_a_moment(&mut self) {
        let moment = Duration::from_millis(50);
        if let Ok(change) = tokio::time::timeout(moment, self.changes.next()).await {
            let change = change.expect("it does not end").unwrap();
            self.take(change);
        }
    }

    /// Takes changes in until it fails.
    async fn error(&mut self) -> SourceError {
        let all = async {
            loop {
                match self.changes.next().await.expect("it does not end") {
                    Ok(change) => self.take(change),
                    Err(error) => return error,
                }
            }
        };
        tokio::time::timeout(SOON, all).await.unwrap_or_else(|_| panic!("{:?}", self.told))
    }

    /// Takes changes in until the picture is what a pass finds.
    async fn until_it_is_what_a_pass_finds(&mut self, direct: &ClusterPodSource) {
        let started = std::time::Instant::now();
        loop {
            let now = SystemTime::now();
            let passed = collect(direct, &self.options, now).await.unwrap();
            let known = self.state.report(Window::Now, now);
            let images = |report: &kai_core::ClusterReport| report.inventory.namespaces().to_vec();
            let uses = |report: &kai_core::ClusterReport| {
                let rows = report.uses.as_ref().unwrap().rows();
                rows.map(|row| format!("{row:?}")).collect::<Vec<_>>()
            };
            if images(&known) == images(&passed) && uses(&known) == uses(&passed) {
                return;
            }
            assert!(started.elapsed() < SOON, "{:?}: {known:#?} {passed:#?}", self.told);
            self.for_a_moment().await;
        }
    }

    /// The images of what runs, and of what ran and ended.
    fn images(&self, window: Window) -> Vec<String> {
        let report = self.state.report(window, SystemTime::now());
        let namespaces = report.inventory.namespaces().iter();
        let images =
            namespaces.flat_map(|it| it.images().iter().map(|it| it.reference().to_owned()));
        images.collect()
    }
}

/// Whether an image runs, or ran.
fn seen(state: &ClusterState, image: &str) -> bool {
    let report = state.report(Window::Since(Mark::default()), SystemTime::now());
    let images = report.inventory.namespaces().iter().flat_map(kai_core::NamespaceImages::images);
    images.into_iter().any(|it| it.reference() == image)
}

/// A namespace with a pod, and a source of it behind a relay.
struct Scene {
    trouble: Trouble,
    source: ClusterPodSource,
    heard: Arc<Heard>,
    /// A source that no relay is in front of.
    direct: ClusterPodSource,
}

impl Scene {
    async fn new(namespace: &str, options: SourceOptions) -> Self {
        namespace_with_a_pod(&cluster().api(), namespace).await;
        let trouble = Trouble::before(cluster());
        let (source, heard) = source(cluster(), trouble.relay.url(), options).await;
        let (direct, _) = self::source(cluster(), cluster().url(), SourceOptions::default()).await;
        Self { trouble, source, heard, direct }
    }
}

/// A namespace with a pod.
async fn namespace_with_a_pod(api: &Api, namespace: &str) {
    api.create_namespace(namespace).await.unwrap();
    api.create_pod(&pod(namespace, "first", "first:1").to_json()).await.unwrap();
}

/// Runs a job to its end.
async fn run_job(api: &Api, namespace: &str, name: &str, image: &str) {
    api.create_pod(&pod(namespace, name, image).to_json()).await.unwrap();
    api.delete_pod(namespace, name).await.unwrap();
}

#[tokio::test]
async fn what_happens_after_the_lists_is_told_as_it_happens() {
    let (namespace, api) = ("follow-happens", cluster().api());
    api.create_namespace(namespace).await.unwrap();
    api.create_pod(&pod(namespace, "first", "first:1").to_json()).await.unwrap();
    for selected in [vec![], vec![namespace]] {
        let settings = settings(cluster().url(), &cluster().admin());
        let source = ClusterPodSource::connect(&settings, SourceOptions::default()).await.unwrap();
        let options = options(&selected);
        let mut followed = Followed::start(&source, &options).await;
        let mark = followed.state.mark();
        let of_it = |state: &ClusterState| {
            let report = state.report(Window::Now, SystemTime::now());
            let of_it = report.inventory.namespace(namespace).map(|it| it.images().len());
            of_it.unwrap_or_default()
        };
        assert_eq!(of_it(&followed.state), 1);
        api.create_pod(&pod(namespace, "second", "second:1").to_json()).await.unwrap();
        followed.until("a pod comes", |state| of_it(state) == 2).await;
        api.delete_pod(namespace, "second").await.unwrap();
        followed.until("a pod goes", |state| of_it(state) == 1).await;
        let since = followed.images(Window::Since(mark));
        assert!(since.contains(&"second:1".to_owned()), "{since:?}");

        // One revision of the cluster, and what a pass finds.
        let now = SystemTime::now();
        let passed = collect(&source, &options, now).await.unwrap();
        let followed = followed.state.report(Window::Now, now);
        let document = |report: &kai_core::ClusterReport| {
            let inventory = report.inventory.clone().with_server_version(None);
            inventory.namespace(namespace).unwrap().clone()
        };
        assert_eq!(document(&followed), document(&passed));
    }
}
