//! How much memory it takes to deliver what a big cluster has, through API v2.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

use std::process::Command;
use std::sync::Arc;
use std::time::SystemTime;
use std::{env, fs};

use futures_util::StreamExt;
use futures_util::stream;
use kai_anchore::{AnchoreSettings, AnchoreSink, Api, ApiVersion, CaCertificate, Password};
use kai_core::{
    CollectOptions, Container, ContainerKind, Details, Namespace, Node, Observed, Pod, PodPhase,
    PodSource, PodStream, Query, collect,
};
use testkit::{Receiver, anchore};

const PODS: usize = 50_000;
const CONTAINERS: usize = 120_000;
const NAMESPACES: usize = 500;
const NODES: usize = 1000;
const IMAGES: usize = 3000;

/// A cluster whose pods are made one by one, as they are asked for.
struct BigCluster;

fn uid(kind: usize, number: usize) -> String {
    format!("{kind:08x}-5e1f-4c1d-9d6b-{number:012x}")
}

fn pod(number: usize) -> Pod {
    let mut pod = Pod::new(
        format!("team-{}", number % NAMESPACES),
        format!("checkout-service-{number}-7d9c6b5f44-x{:04x}", number % 65_536),
    )
    .with_uid(uid(3, number))
    .with_node(format!("ip-10-0-{}-{}.internal", number % NODES / 256, number % NODES % 256))
    .with_phase(PodPhase::Running);
    // 2 or 3 of them, 120,000 in all.
    for nth in 0..2 + usize::from(number % 5 < 2) {
        let image = (number * 7 + nth) % IMAGES;
        let repository = format!("registry.example.com/teams/team-{}/service-{image}", image % 40);
        let container = Container::new(
            ContainerKind::Regular,
            format!("container-{nth}"),
            format!("{repository}:v1.{image}.0"),
        )
        .with_status("", format!("{repository}@sha256:{image:064x}"))
        .with_container_id(format!("containerd://{:064x}", number * 4 + nth));
        pod = pod.with_container(container);
    }
    pod
}

impl PodSource for BigCluster {
    fn observe(&self, _: &Query) -> PodStream<'_> {
        let namespaces = (0..NAMESPACES)
            .map(|number| Namespace::new(format!("team-{number}")).with_uid(uid(1, number)))
            .map(Observed::Namespace);
        let nodes = (0..NODES)
            .map(|number| format!("ip-10-0-{}-{}.internal", number / 256, number % 256))
            .enumerate()
            .map(|(number, name)| Node::new(name).with_uid(uid(2, number)).with_arch("amd64"))
            .map(Observed::Node);
        let pods = (0..PODS).map(pod).map(Observed::Pod);
        stream::iter(pods.chain(namespaces).chain(nodes).map(Ok)).boxed()
    }
}

/// The most memory that this process had so far, in KiB.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
#[ignore = "what the other test runs in a process of its own"]
async fn the_child() {
    let before = peak();
    let options = CollectOptions::default().details(Details::default().with_containers());
    let report = collect(&BigCluster, &options, SystemTime::now()).await.unwrap();
    let report = Arc::new(report.with_cluster_name("big"));
    let collected = peak();

    let url = env::var("CHILD_URL").unwrap().parse().unwrap();
    let settings = AnchoreSettings::new(url, "kai", Password::given("secret"))
        .api(Api::Only(ApiVersion::V2))
        .ca_certificate(CaCertificate::Pem(env::var("CHILD_CA").unwrap().into()))
        .timeout(None);
    let delivered = AnchoreSink::new(&settings).unwrap().send(&report).await.unwrap();
    println!("\nKiB: {before} {collected} {} bytes: {}", peak(), delivered.bytes);
}

#[test]
fn a_delivery_of_50_000_pods_takes_at_most_30_mib() {
    let receiver = Receiver::start(anchore(2));
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_child", "--ignored", "--nocapture", "--quiet"])
        .env("CHILD_URL", receiver.url())
        .env("CHILD_CA", receiver.ca_pem())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    println!("{said}");
    let told = said.lines().find_map(|line| line.strip_prefix("KiB: ")).unwrap();
    let told: Vec<usize> = told.split(' ').map_while(|number| number.parse().ok()).collect();
    let &[_, collected, peak] = told.as_slice() else { panic!("{said}") };

    let body: serde_json::Value = serde_json::from_slice(&receiver.requests()[0].body).unwrap();
    assert_eq!(body["pods"].as_array().unwrap().len(), PODS);
    assert_eq!(body["containers"].as_array().unwrap().len(), CONTAINERS);
    assert!(peak <= 30 * 1024, "{peak} KiB");
    // TLS and its certificates take some, the body of 46 MiB doesn't.
    let sending = peak - collected;
    assert!(sending < 16 * 1024, "sending takes {sending} KiB");
}
