//! Which pods and containers count, and what is said of those that don't (behaviour, section 3).

use std::time::SystemTime;

use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, Image, ImageText, InMemoryPodSource,
    LeftOutReason, MissingTagPolicy, NamespaceImages, Observed, Pod, PodPhase, Remark, Visitor,
    collect, collect_with,
};

const KINDS: [ContainerKind; 4] = [
    ContainerKind::Init,
    ContainerKind::Regular,
    ContainerKind::Ephemeral,
    ContainerKind::ImageVolume,
];
const PHASES: [PodPhase; 5] = [
    PodPhase::Pending,
    PodPhase::Running,
    PodPhase::Succeeded,
    PodPhase::Failed,
    PodPhase::Unknown,
];

fn digest(hex: &str) -> String {
    format!("sha256:{}", hex.repeat(64))
}

fn running(name: &str) -> Pod {
    Pod::new("shop", name).with_phase(PodPhase::Running)
}

fn regular(name: &str, image: impl Into<String>) -> Container {
    Container::new(ContainerKind::Regular, name, image)
}

async fn collected(options: &CollectOptions, pods: impl IntoIterator<Item = Pod>) -> ClusterReport {
    let source: InMemoryPodSource = pods.into_iter().map(Observed::Pod).collect();
    collect(&source, options, SystemTime::UNIX_EPOCH).await.expect("memory does not fail")
}

/// Every image of the inventory, as `namespace/reference@digest`.
fn images(collected: &ClusterReport) -> Vec<String> {
    let namespaces = collected.inventory.namespaces().iter();
    namespaces
        .flat_map(|namespace| {
            namespace.images().iter().map(move |image| format!("{}/{image}", namespace.name()))
        })
        .collect()
}

/// How many containers are in the inventory, and left out by phase, policy and parse.
fn counts(collected: &ClusterReport) -> [usize; 4] {
    let left_out = |reason| collected.summary.left_out(reason);
    [
        collected.summary.containers,
        left_out(LeftOutReason::Phase),
        left_out(LeftOutReason::Policy),
        left_out(LeftOutReason::Parse),
    ]
}

#[tokio::test]
async fn pod_counts_where_it_is_running_or_any_container_of_any_kind_runs() {
    for phase in PHASES {
        for runs in KINDS.map(Some).into_iter().chain([None]) {
            let mut pod = Pod::new("shop", "web-0").with_phase(phase);
            for kind in KINDS {
                let container = Container::new(kind, format!("{kind:?}"), "nginx:1");
                let container = if runs == Some(kind) { container.running() } else { container };
                pod = pod.with_container(container);
            }
            for ignore_not_running in [true, false] {
                let options = CollectOptions::default().ignore_not_running(ignore_not_running);
                let counts_in = !ignore_not_running || phase == PodPhase::Running || runs.is_some();
                let row = format!("{phase:?}, {runs:?} runs, ignore: {ignore_not_running}");

                let collected = collected(&options, [pod.clone()]).await;

                let expected = if counts_in { [4, 0, 0, 0] } else { [0, 4, 0, 0] };
                assert_eq!(counts(&collected), expected, "row: {row}");
                let expected: &[&str] = if counts_in { &["shop/nginx:1"] } else { &[] };
                assert_eq!(images(&collected), expected, "row: {row}");
                assert_eq!(collected.summary.pods, 1, "row: {row}");
            }
        }
    }
}

#[tokio::test]
async fn pods_that_do_not_run_are_ignored_unless_told_otherwise() {
    let collected = collected(&CollectOptions::default(), [Pod::new("shop", "web-0")]).await;
    let namespaces: Vec<_> =
        collected.inventory.namespaces().iter().map(NamespaceImages::name).collect();
    assert_eq!((namespaces, images(&collected)), (vec!["shop"], vec![]), "its namespace is seen");
}

#[test]
fn phase_is_known_by_its_name() {
    for phase in PHASES {
        assert_eq!(PodPhase::from(&*format!("{phase:?}")), phase);
    }
    for text in ["", "running", "Evicted", "Running "] {
        assert_eq!(PodPhase::from(text), PodPhase::Unknown, "row: {text:?}");
    }
}

#[tokio::test]
async fn image_is_taken_from_every_kind_of_container() {
    for kind in KINDS {
        let container = Container::new(kind, "web", "nginx:1")
            .with_status("nginx:1", format!("nginx@{}", digest("a")));
        let collected =
            collected(&CollectOptions::default(), [running("web-0").with_container(container)])
                .await;
        assert_eq!(images(&collected), [format!("shop/nginx:1@{}", digest("a"))], "row: {kind:?}");
    }
}

#[tokio::test]
async fn containers_of_every_kind_are_left_out_under_one_reason_each() {
    let options = CollectOptions::default().missing_tag_policy(MissingTagPolicy::Drop);
    let digest_only = format!("nginx@{}", digest("a"));
    let pods = |kind| {
        let container = |name, image: &str| Container::new(kind, name, image);
        // The first reason of many: a pod that doesn't run is asked nothing more.
        let gone = Pod::new("shop", "gone")
            .with_container(container("kept", "nginx:1"))
            .with_container(container("dropped", &digest_only))
            .with_container(container("bad", "NGINX"))
            .with_container(container("worse", "NGINX").with_status("No", "No"));
        let here = running("here")
            .with_container(container("kept", "nginx:1"))
            .with_container(container("warned of", "nginx:1").with_status("No", "no good"))
            .with_container(container("stands in", "NGINX").with_status("nginx:1", ""))
            .with_container(container("dropped", &digest_only))
            .with_container(container("dropped and warned of", &digest_only).with_status("No", ""))
            .with_container(container("bad", "NGINX").with_status("No", "no good"))
            .with_container(container("empty", ""))
            .with_container(container("local", &digest("a")));
        [gone, here]
    };
    for kind in KINDS {
        let collected = collected(&options, pods(kind)).await;
        assert_eq!(counts(&collected), [3, 4, 2, 3], "row: {kind:?}");
        assert_eq!(images(&collected), ["shop/nginx:1"], "row: {kind:?}");
    }
    let collected = collected(&options, KINDS.into_iter().flat_map(pods)).await;
    assert_eq!(counts(&collected), [12, 16, 8, 12], "they add up");
    assert_eq!(collected.summary.pods, 8);
}

/// Writes down what a warning would name, and the count.
#[derive(Default)]
struct Warnings(Vec<String>);

impl Visitor for Warnings {
    fn remark(&mut self, what: Remark<'_>) {
        let named = match what {
            Remark::NotAReference { pod, container, text, error } => {
                format!(
                    "{}/{} {} `{}`: {error}",
                    pod.namespace,
                    pod.name,
                    container.name,
                    text.of(container)
                )
            }
            Remark::NoRepository { pod, container } | Remark::Dropped { pod, container } => {
                format!("{}/{} {}", pod.namespace, pod.name, container.name)
            }
            Remark::NotRunning { pod } => format!("{}/{}", pod.namespace, pod.name),
            other => panic!("{other:?}"),
        };
        self.0.push(format!("{named} -> {:?}", what.left_out()));
    }
}

#[tokio::test]
async fn whatever_is_left_out_is_told_with_namespace_pod_container_and_text() {
    let options = CollectOptions::default().missing_tag_policy(MissingTagPolicy::Drop);
    let pods = [
        Pod::new("shop", "gone")
            .with_container(regular("a", "NGINX"))
            .with_container(regular("b", "nginx:1")),
        running("here")
            .with_container(regular("bad", "nginx:1").with_status("nginx:-", "nginx@sha256:1"))
            .with_container(regular("worse", "NGINX"))
            .with_container(regular("dropped", format!("nginx@{}", digest("a")))),
    ];
    let source: InMemoryPodSource = pods.into_iter().map(Observed::Pod).collect();
    let (_, warnings) =
        collect_with(&source, &options, SystemTime::UNIX_EPOCH, Warnings::default())
            .await
            .expect("memory does not fail");
    insta::assert_snapshot!(warnings.0.join("\n"));
}

#[test]
fn image_text_gives_each_text_of_a_container() {
    let container = regular("web", "spec").with_status("status", "imageID");
    let texts =
        [ImageText::Spec, ImageText::Status, ImageText::ImageId].map(|text| text.of(&container));
    assert_eq!(texts, ["spec", "status", "imageID"]);
}

#[tokio::test]
async fn images_are_unique_per_namespace_and_sorted() {
    let pod = |namespace: &str, name: &str, images: &[&str]| {
        images.iter().fold(Pod::new(namespace, name).with_phase(PodPhase::Running), |pod, image| {
            pod.with_container(regular(image, *image))
        })
    };
    let (a, b) = (format!("nginx:1@{}", digest("a")), format!("nginx:1@{}", digest("b")));
    let other_name = "docker.io/library/nginx:1";
    let pods = [
        pod("shop", "2", &["redis:7", &b, "nginx:1", &a]),
        pod("shop", "1", &["nginx:1", "nginx:1", &b, other_name]),
        pod("blog", "1", &["nginx:1", "busybox"]),
    ];
    let expected = [
        "blog/busybox:latest".to_owned(),
        "blog/nginx:1".to_owned(),
        format!("shop/{other_name}"),
        "shop/nginx:1".to_owned(),
        format!("shop/{a}"),
        format!("shop/{b}"),
        "shop/redis:7".to_owned(),
    ];
    let collected = collected(&CollectOptions::default(), pods).await;
    assert_eq!(images(&collected), expected);
    assert_eq!(counts(&collected), [10, 0, 0, 0], "containers are counted, not images");
    assert_eq!(collected.inventory.image_count(), 6);
}

/// An image that the collector made equals one of the same texts that a caller made.
#[tokio::test]
async fn image_of_a_pass_equals_one_that_a_caller_made() {
    let text = format!("localhost:5000/team/app:1@{}", digest("a"));
    let pod = running("web-0").with_container(regular("web", &text));
    let collected = collected(&CollectOptions::default(), [pod]).await;
    let made = Image::new(
        &"localhost:5000/team/app".parse().expect("a repository"),
        &"1".parse().expect("a tag"),
        Some(digest("a").parse().expect("a digest")),
    );
    assert_eq!(*collected.inventory.namespaces()[0].images()[0], made);
}
