//! A cluster of 1,000 pods in 50 namespaces, read whole: through every page size and every fault
//! the same inventory, and the same counts of what was left out. No test changes the cluster.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod choices;
mod faults;
mod observed;
mod pages;

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use kai_core::{
    ClusterReport, CollectOptions, MissingTagPolicy, NamespaceSelector, PodSource, SourceError,
    Summary, collect,
};
use kai_k8s::{ClusterPodSource, ClusterSettings, FilePodSource, Overrides, SourceOptions, Split};
use testkit::{ControlPlane, Fault, FaultRelay, Load, RelayRequest, Shape};

fn load() -> Load {
    Load::new(1000, 50)
}

/// The shared control plane with the load in it.
fn cluster() -> &'static ControlPlane {
    static LOADED: OnceLock<&'static ControlPlane> = OnceLock::new();
    LOADED.get_or_init(|| {
        let cluster = ControlPlane::shared();
        load().inject(cluster).unwrap();
        cluster
    })
}

/// Everything but the namespaces of the control plane itself; a policy that leaves something out.
fn options() -> CollectOptions {
    let own = ["default", "^kube-"];
    CollectOptions::default()
        .namespaces(NamespaceSelector::new(Vec::<String>::new(), own).unwrap())
        .missing_tag_policy(MissingTagPolicy::Drop)
}

/// What an inventory says of images, as JSON, and the counts.
fn told(collected: &ClusterReport) -> (String, Summary) {
    let report = serde_json::to_value(collected.inventory.document()).unwrap();
    (report["results"].to_string(), collected.summary.clone())
}

async fn run(source: &dyn PodSource) -> Result<(String, Summary), SourceError> {
    collect(source, &options(), SystemTime::UNIX_EPOCH).await.map(|collected| told(&collected))
}

/// What the load holds, read from a file: nothing of it went through an API server.
async fn expected() -> (String, Summary) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    load().write(&mut file, Shape::List).unwrap();
    let told = run(&FilePodSource::open(file.path()).unwrap()).await.unwrap();
    assert!(
        told.1.left_out.len() >= 2,
        "a load that leaves nothing out would prove nothing: {:?}",
        told.1
    );
    told
}

async fn connect(server: &str, options: SourceOptions) -> ClusterPodSource {
    let kubeconfig = cluster().write_kubeconfig_via(server, &cluster().admin());
    let settings = ClusterSettings::Kubeconfig {
        path: kubeconfig.path().to_owned(),
        overrides: Overrides::default(),
    };
    ClusterPodSource::connect(&settings, options).await.unwrap()
}

/// Pages of 100 one after another, in time to spare for a fault that is waited out.
fn paged() -> SourceOptions {
    let options = SourceOptions::default().page_size(100).split(Split::Pages);
    options.request_timeout(Duration::from_secs(20))
}

/// How answers are encoded.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    fn relay(self, policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static) -> FaultRelay {
        let relay = FaultRelay::start(cluster(), policy);
        match self {
            Self::Protobuf => relay,
            Self::Json => relay.json_only(),
        }
    }

    /// Runs through a relay with a policy; also the lists of pods that came by.
    async fn run_through(
        self,
        policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static,
        options: SourceOptions,
    ) -> (Result<(String, Summary), SourceError>, Vec<RelayRequest>) {
        let relay = self.relay(policy);
        let result = run(&connect(relay.url(), options).await).await;
        let lists = relay.requests().into_iter().filter(is_pods).collect();
        (result, lists)
    }
}

/// Runs through a relay with a policy; also the lists of pods that came by.
async fn run_through(
    policy: impl Fn(&RelayRequest) -> Fault + Send + Sync + 'static,
    options: SourceOptions,
) -> (Result<(String, Summary), SourceError>, Vec<RelayRequest>) {
    Encoding::Protobuf.run_through(policy, options).await
}

fn is_pods(request: &RelayRequest) -> bool {
    request.path().ends_with("/pods")
}

/// A page of pods that isn't the first.
fn is_later_page(request: &RelayRequest) -> bool {
    is_pods(request) && request.query("continue").is_some()
}
