//! Test doubles: an in-memory cluster and receiver.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use kai_anchore::encode;
use kai_core::{
    Body, Change, ChangeStream, ClusterReport, Container, ContainerKind, Details, LivePodSource,
    Namespace, Observed, Payload, Pod, PodPhase, PodSource, PodStream, Query, ReportError, Retry,
    Revision, Sink, Skipped, SourceError, SourceErrorKind,
};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use crate::settings::Settings;
use crate::sinks;

/// Settings of mode periodic, for a cluster `test` and an Anchore, plus additional flags.
pub(crate) fn periodic(typed: &[&str]) -> Arc<Settings> {
    repeated("periodic", typed, &[])
}

/// The same of mode watch, with additional variables.
pub(crate) fn watching(typed: &[&str], variables: &[(&str, &str)]) -> Arc<Settings> {
    repeated("watch", typed, variables)
}

fn repeated(mode: &str, typed: &[&str], variables: &[(&str, &str)]) -> Arc<Settings> {
    let typed = [&["-m", mode, "--cluster-name", "test"], typed].concat();
    let anchore = [
        ("KAI_ANCHORE_URL", "https://anchore.example"),
        ("KAI_ANCHORE_USER", "me"),
        ("KAI_ANCHORE_PASSWORD", "secret"),
    ];
    let variables = [&anchore, variables].concat();
    Arc::new(crate::settings::tests::settings(&typed, &variables).unwrap())
}

/// The settings of a single run with these flags.
pub(crate) fn adhoc(typed: &[&str]) -> Arc<Settings> {
    Arc::new(crate::settings::tests::settings(typed, &[]).unwrap())
}

/// A cluster with one pod per namespace; the tag of its image is the number of the pass.
#[derive(Default)]
pub(crate) struct Cluster {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    namespaces: Vec<String>,
    skipped: Vec<String>,
    /// Namespaces whose UID isn't derived from their name; `None`: only their pods are listed.
    uids: BTreeMap<String, Option<String>>,
    fails: bool,
    takes: Duration,
    passes: Vec<Instant>,
}

impl Cluster {
    pub(crate) fn of(namespaces: &[&str]) -> Arc<Self> {
        let cluster = Self::default();
        cluster.have(namespaces);
        Arc::new(cluster)
    }

    pub(crate) fn have(&self, namespaces: &[&str]) {
        self.state.lock().unwrap().namespaces =
            namespaces.iter().map(|name| (*name).to_owned()).collect();
    }

    pub(crate) fn skip(&self, namespaces: &[&str]) {
        self.state.lock().unwrap().skipped =
            namespaces.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Sets the UID of a namespace; `None`: it is not listed, though it has a pod.
    pub(crate) fn identify(&self, namespace: &str, uid: Option<&str>) {
        let uids = &mut self.state.lock().unwrap().uids;
        uids.insert(namespace.to_owned(), uid.map(str::to_owned));
    }

    pub(crate) fn fail(&self, fails: bool) {
        self.state.lock().unwrap().fails = fails;
    }

    /// Sets the duration of a pass.
    pub(crate) fn take(&self, time: Duration) {
        self.state.lock().unwrap().takes = time;
    }

    /// The start times of passes, in seconds relative to another time.
    pub(crate) fn passes(&self, since: Instant) -> Vec<u64> {
        let state = self.state.lock().unwrap();
        state.passes.iter().map(|began| (*began - since).as_secs()).collect()
    }

    /// Clears the start times of passes.
    pub(crate) fn forget(&self) {
        self.state.lock().unwrap().passes.clear();
    }

    fn facts(&self) -> (Duration, Vec<Result<Observed, SourceError>>) {
        let mut state = self.state.lock().unwrap();
        state.passes.push(Instant::now());
        if state.fails {
            let error = SourceError::new(SourceErrorKind::Unreachable, "cannot list pods");
            return (state.takes, vec![Err(error)]);
        }
        let pass = state.passes.len();
        let facts = state.namespaces.iter().flat_map(|name| {
            let container = Container::new(ContainerKind::Regular, "app", format!("app:{pass}"))
                .with_container_id(format!("cri://{name}"));
            let pod = Pod::new(name, "app-0")
                .with_uid(format!("pod-{name}"))
                .with_phase(PodPhase::Running)
                .with_container(container);
            let uid = state.uids.get(name).cloned().unwrap_or_else(|| Some(format!("uid-{name}")));
            let namespace = uid.map(|uid| Observed::Namespace(Namespace::new(name).with_uid(uid)));
            namespace.into_iter().chain([Observed::Pod(pod)]).map(Ok)
        });
        let skipped = state.skipped.iter().map(|name| Skipped::new(name, "it may not be read"));
        (state.takes, facts.chain(skipped.map(|it| Ok(Observed::Skipped(it)))).collect())
    }
}

/// A source that is shared with the test.
pub(crate) struct Shared(pub(crate) Arc<Cluster>);

impl PodSource for Shared {
    fn observe(&self, _: &Query) -> PodStream<'_> {
        let (takes, facts) = self.0.facts();
        let facts = async move {
            sleep(takes).await;
            stream::iter(facts)
        };
        stream::once(facts).flatten().boxed()
    }
}

/// A cluster that is followed: the test tells its changes.
#[derive(Default)]
pub(crate) struct Followed {
    /// What is told first, each time.
    listed: Mutex<Vec<Change>>,
    told: Mutex<Option<mpsc::UnboundedSender<Result<Change, SourceError>>>>,
    /// When it was followed.
    begun: Mutex<Vec<Instant>>,
    /// Whether it can't even be listed.
    listing_fails: AtomicBool,
}

impl Followed {
    /// One with these pods in a namespace `shop`, which are also what a pass finds.
    pub(crate) fn with(pods: &[(Pod, u64)]) -> Arc<Self> {
        let followed = Self::default();
        followed.have(pods);
        Arc::new(followed)
    }

    /// What lists find from now on.
    pub(crate) fn have(&self, pods: &[(Pod, u64)]) {
        let observed = |(pod, revision): &(Pod, u64)| {
            Change::Observed(Observed::Pod(pod.clone()), Revision::new(*revision))
        };
        let shop = Observed::Namespace(Namespace::new("shop").with_uid("uid-shop"));
        let shop = Change::Observed(shop, Revision::new(1));
        *self.listed.lock().unwrap() =
            [shop].into_iter().chain(pods.iter().map(observed)).collect();
    }

    /// Tells a change.
    pub(crate) fn tell(&self, change: Change) {
        self.send(Ok(change));
    }

    /// Tells a pod.
    pub(crate) fn set(&self, pod: Pod, revision: u64) {
        self.tell(Change::Observed(Observed::Pod(pod), Revision::new(revision)));
    }

    /// Tells that a pod is gone, of which this was the last state.
    pub(crate) fn gone(&self, pod: Pod, revision: u64) {
        self.tell(Change::Gone(Observed::Pod(pod), Revision::new(revision)));
    }

    /// Whether it fails as soon as it is followed.
    pub(crate) fn listing_fails(&self, fails: bool) {
        self.listing_fails.store(fails, Ordering::Relaxed);
    }

    /// Ends it.
    pub(crate) fn fail(&self, error: SourceError) {
        self.send(Err(error));
    }

    fn send(&self, change: Result<Change, SourceError>) {
        self.told.lock().unwrap().as_ref().unwrap().send(change).unwrap();
    }

    /// When it was followed, in seconds relative to another time.
    pub(crate) fn begun(&self, since: Instant) -> Vec<u64> {
        self.begun.lock().unwrap().iter().map(|began| (*began - since).as_secs()).collect()
    }
}

impl LivePodSource for Followed {
    fn follow(&self, _: &Query) -> ChangeStream<'_> {
        self.begun.lock().unwrap().push(Instant::now());
        if self.listing_fails.load(Ordering::Relaxed) {
            let error = SourceError::new(SourceErrorKind::Unauthenticated, "no");
            return stream::iter([Ok(Change::Began), Err(error)]).boxed();
        }
        let (sender, mut receiver) = mpsc::unbounded_channel();
        *self.told.lock().unwrap() = Some(sender);
        let listed = self.listed.lock().unwrap().clone();
        let synced = Change::Synced(Revision::new(1));
        let first = [Change::Began].into_iter().chain(listed).chain([synced]);
        let told = stream::poll_fn(move |context| receiver.poll_recv(context));
        stream::iter(first.map(Ok)).chain(told).boxed()
    }
}

impl PodSource for Followed {
    fn observe(&self, _: &Query) -> PodStream<'_> {
        let listed = self.listed.lock().unwrap().clone();
        let facts = listed.into_iter().filter_map(|change| match change {
            Change::Observed(fact, _) => Some(Ok(fact)),
            _ => None,
        });
        stream::iter(facts.collect::<Vec<_>>()).boxed()
    }
}

/// A receiver's response to a report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Yes,
    No(Retry),
    /// Success, after a delay.
    Slowly(Duration),
}

/// A receiver that records what it is sent.
pub(crate) struct Receiver {
    verdict: Box<dyn Fn(u64) -> Verdict + Send + Sync>,
    since: Instant,
    got: Mutex<Vec<Got>>,
    open: Mutex<usize>,
    keeps: bool,
}

/// A recorded report.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    /// When it was sent, in seconds after the start.
    pub(crate) at: u64,
    pub(crate) taken: bool,
    pub(crate) v1: Value,
    pub(crate) v2: Value,
}

impl Receiver {
    /// A receiver whose response depends on the seconds since its creation.
    pub(crate) fn start(verdict: impl Fn(u64) -> Verdict + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self::new(true, verdict))
    }

    /// The same without recording.
    pub(crate) fn forgetful(verdict: impl Fn(u64) -> Verdict + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self::new(false, verdict))
    }

    fn new(keeps: bool, verdict: impl Fn(u64) -> Verdict + Send + Sync + 'static) -> Self {
        let (got, open) = (Mutex::default(), Mutex::default());
        Self { verdict: Box::new(verdict), since: Instant::now(), got, open, keeps }
    }

    /// Replaces the configured Anchore.
    pub(crate) fn configured(self: &Arc<Self>, settings: &Settings) -> sinks::Receiver {
        sinks::Receiver::of(Arc::<Self>::clone(self), &settings.anchore[0])
    }

    pub(crate) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// The accepted reports.
    pub(crate) fn taken(&self) -> Vec<Got> {
        self.got().into_iter().filter(|got| got.taken).collect()
    }

    async fn take(&self, v1: Vec<u8>, v2: Vec<u8>) -> Result<(), ReportError> {
        {
            let mut open = self.open.lock().unwrap();
            *open += 1;
            assert_eq!(*open, 1, "two at a time");
        }
        let _closed = Closed(&self.open);
        let at = self.since.elapsed().as_secs();
        let verdict = (self.verdict)(at);
        if self.keeps {
            let json = |bytes: Vec<u8>| serde_json::from_slice(&bytes).unwrap_or_default();
            let taken = !matches!(verdict, Verdict::No(_));
            self.got.lock().unwrap().push(Got { at, taken, v1: json(v1), v2: json(v2) });
        }
        match verdict {
            Verdict::Yes => Ok(()),
            Verdict::No(retry) => Err(ReportError::new("the receiver says no", retry)),
            Verdict::Slowly(time) => {
                sleep(time).await;
                Ok(())
            }
        }
    }
}

struct Closed<'a>(&'a Mutex<usize>);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        *self.0.lock().unwrap() -= 1;
    }
}

impl Got {
    /// `namespace: tag`, from v1.
    pub(crate) fn images(&self) -> Vec<String> {
        let results = self.v1["results"].as_array().unwrap();
        let line = |result: &Value| {
            let namespace = result["namespace"].as_str().unwrap();
            let image = result["images"][0]["tag"].as_str().unwrap_or("-");
            format!("{namespace}: {image}")
        };
        results.iter().map(line).collect()
    }

    /// All images, as `repository:tag`, from v1.
    pub(crate) fn tags(&self) -> Vec<String> {
        let results = self.v1["results"].as_array().unwrap();
        let images = results.iter().flat_map(|result| result["images"].as_array().unwrap());
        images.map(|image| image["tag"].as_str().unwrap().to_owned()).collect()
    }

    /// `namespace uid`, from v2, and the pods.
    pub(crate) fn kubernetes(&self) -> (Vec<String>, Vec<String>) {
        let texts = |list: &str, keys: [&str; 2]| {
            let entries = self.v2[list].as_array().unwrap().iter();
            let line = |entry: &Value| keys.map(|key| entry[key].as_str().unwrap()).join(" ");
            entries.map(line).collect()
        };
        (texts("namespaces", ["name", "uid"]), texts("pods", ["uid", "namespace_uid"]))
    }
}

#[async_trait]
impl Sink for Receiver {
    fn needs(&self) -> Details {
        Details::default().with_containers()
    }

    fn encode(&self, report: &Arc<ClusterReport>) -> Result<Payload, ReportError> {
        let encoded = encode(report);
        encoded.map_err(|error| ReportError::new("no report", Retry::Never).with_source(error))
    }

    async fn deliver(&self, payload: &Payload) -> Result<(), ReportError> {
        let body = |form| payload.body(form).and_then(Body::read).unwrap_or_default();
        self.take(body("v1"), body("v2")).await
    }
}
