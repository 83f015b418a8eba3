//! A report, and settings for a server of the test kit.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use kai_anchore::{AnchoreSettings, AnchoreSink, Api, ApiVersion, CaCertificate, Password};
use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, Details, InMemoryPodSource, Namespace,
    Node, Pod, PodPhase, ServerVersion, collect,
};
use testkit::Receiver;

pub(crate) const V1: Api = Api::Only(ApiVersion::V1);
pub(crate) const V2: Api = Api::Only(ApiVersion::V2);

/// A password that is easy to find, with characters that a careless encoder would break.
pub(crate) const PASSWORD: &str = "recognisable:pässword";

pub(crate) fn digest(digit: char) -> String {
    format!("sha256:{}", digit.to_string().repeat(64))
}

fn container(name: &str, image: &str, digit: char) -> Container {
    let id = format!("containerd://{}", digit.to_string().repeat(64));
    Container::new(ContainerKind::Regular, name, image).with_container_id(id).running()
}

pub(crate) fn source() -> InMemoryPodSource {
    let web = container("web", "nginx:1.27", '1').with_status("", format!("nginx@{}", digest('a')));
    let volume = Container::new(ContainerKind::ImageVolume, "model", "models/small:1");
    InMemoryPodSource::new()
        .with_server_version(version())
        .with_pod(
            Pod::new("shop", "web-0")
                .with_uid("pod-web-0")
                .with_node("worker-1")
                .with_phase(PodPhase::Running)
                .with_container(web)
                .with_container(container("proxy", "envoyproxy/envoy:v1.34.1", '2'))
                .with_container(volume),
        )
        .with_pod(
            Pod::new("jobs", "report-7")
                .with_uid("pod-report-7")
                .with_node("worker-9")
                .with_phase(PodPhase::Running)
                .with_container(container("report", &format!("report@{}", digest('b')), '3')),
        )
        .with_namespace(Namespace::new("shop").with_uid("ns-shop"))
        .with_namespace(Namespace::new("jobs").with_uid("ns-jobs"))
        .with_namespace(Namespace::new("idle").with_uid("ns-idle"))
        .with_node(Node::new("worker-2").with_uid("node-2"))
        .with_node(
            Node::new("worker-1")
                .with_uid("node-1")
                .with_arch("amd64")
                .with_operating_system("linux")
                .with_kernel_version("6.12.0")
                .with_kubelet_version("v1.36.3")
                .with_container_runtime_version("containerd://2.1.4"),
        )
}

fn version() -> ServerVersion {
    let mut version = ServerVersion::default();
    version.major = "1".into();
    version.minor = "36".into();
    version.git_version = "v1.36.3".into();
    version
}

pub(crate) async fn report() -> Arc<ClusterReport> {
    report_of(&source()).await
}

pub(crate) async fn report_of(source: &InMemoryPodSource) -> Arc<ClusterReport> {
    let taken_at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_447_298);
    let options = CollectOptions::default().details(Details::default().with_containers());
    let report = collect(source, &options, taken_at).await.unwrap();
    Arc::new(report.with_cluster_name("prod"))
}

/// Settings for a server that is trusted, reached at its own address.
pub(crate) fn settings(receiver: &Receiver) -> AnchoreSettings {
    let settings = at(receiver.url());
    match receiver.ca_pem() {
        "" => settings,
        pem => settings.ca_certificate(CaCertificate::Pem(pem.into())),
    }
}

pub(crate) fn at(url: &str) -> AnchoreSettings {
    let user_agent = "kai/0.0.0 (linux/amd64)";
    AnchoreSettings::new(url.parse().unwrap(), "kai", Password::given(PASSWORD))
        .user_agent(user_agent)
}

pub(crate) fn reporter(receiver: &Receiver, api: Api) -> AnchoreSink {
    AnchoreSink::new(&settings(receiver).api(api)).unwrap()
}

/// The methods and paths that were asked for.
pub(crate) fn paths(receiver: &Receiver) -> Vec<String> {
    let requests = receiver.requests().into_iter();
    requests.map(|request| format!("{} {}", request.method, request.uri)).collect()
}
