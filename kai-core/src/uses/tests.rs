use std::time::Duration;

use super::*;
use crate::pod::{Container, Controller, Namespace, Node, OwnerReference, Pod, PodPhase, Skipped};
use crate::query::Details;
use crate::source::Observed;
use crate::{CollectOptions, collect_facts, walk};

fn owner(kind: &str, name: &str) -> OwnerReference {
    let api = if matches!(kind, "Job" | "CronJob") { "batch/v1" } else { "apps/v1" };
    OwnerReference::new(api, kind, name)
}

fn pod(name: &str, owner: Option<OwnerReference>, image: &str) -> Pod {
    let pod = Pod::new("shop", name).with_phase(PodPhase::Running).with_container(Container::new(
        ContainerKind::Regular,
        "app",
        image,
    ));
    owner.into_iter().fold(pod, Pod::with_owner)
}

fn at(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn table(facts: impl IntoIterator<Item = Observed>, details: Details) -> Arc<UseTable> {
    let options = CollectOptions::default().details(details);
    collect_facts(facts, &options, at(0)).uses.unwrap()
}

fn lines(table: &UseTable) -> Vec<String> {
    let line = |row: UseRow<'_>| {
        let UseRow { namespace, workload, container, spec_image, pods, nodes, .. } = row;
        let since = row.since.map(|it| it.duration_since(at(0)).unwrap().as_secs());
        let arch = row.architectures.join("+");
        let labels: Vec<_> = row.labels.iter().map(|it| it.as_deref().unwrap_or("-")).collect();
        format!(
            "{namespace} {workload} {container} {spec_image} {} {pods}/{nodes} {since:?} {arch} {}",
            row.image,
            labels.join(",")
        )
    };
    table.rows().map(line).collect()
}

#[test]
fn pods_of_a_workload_are_one_use_with_counts() {
    let of_set = |name: &str, node: &str, started| {
        let pod = pod(name, Some(owner("ReplicaSet", "web-7f9c6d5b8")), "nginx");
        pod.with_label("pod-template-hash", "7f9c6d5b8").with_node(node).with_started(at(started))
    };
    let facts = [
        Observed::Pod(of_set("web-1", "n1", 20)),
        Observed::Pod(of_set("web-2", "n2", 10)),
        Observed::Pod(of_set("web-3", "n1", 30)),
        Observed::Pod(pod("web-4", None, "nginx")),
        Observed::Pod(of_set("old", "n1", 5).with_label("pod-template-hash", "other")),
        Observed::Node(Node::new("n1").with_arch("amd64")),
        Observed::Node(Node::new("n2").with_arch("arm64")),
    ];
    let table = table(facts, Details::default().with_uses());
    assert_eq!(
        lines(&table),
        [
            "shop deployment/web app nginx nginx:latest 3/2 Some(10) amd64+arm64 ",
            "shop pod/web-4 app nginx nginx:latest 1/0 None  ",
            "shop replicaset/web-7f9c6d5b8 app nginx nginx:latest 1/1 Some(5) amd64 ",
        ]
    );
    assert_eq!((table.len(), table.is_empty()), (3, false));
    let images = table.images();
    assert_eq!((images.len(), images[0].pods()), (1, 5));
    assert_eq!(images[0].namespaces, [("shop".into(), 5)]);
}

#[test]
fn a_pod_counts_once_for_an_image_that_several_of_its_containers_have() {
    let more = Container::new(ContainerKind::Init, "setup", "nginx");
    let facts = [
        Observed::Pod(pod("a", None, "nginx").with_container(more)),
        Observed::Pod(pod("b", None, "nginx")),
    ];
    let table = table(facts, Details::default().with_uses());
    assert_eq!((table.len(), table.images()[0].pods()), (3, 2));
}

#[test]
fn what_controls_a_controller_corrects_what_was_inferred() {
    let labelled = |name: &str, set: &str| {
        let pod = pod(name, Some(owner("ReplicaSet", set)), "nginx");
        Observed::Pod(pod.with_label("pod-template-hash", "7f9c6d5b8"))
    };
    let controls =
        |object, owner| Observed::Controller(Box::new(Controller::new("shop", object, owner)));
    let facts = || {
        [
            labelled("a", "web-7f9c6d5b8"),
            labelled("b", "mine-7f9c6d5b8"),
            labelled("c", "unknown-7f9c6d5b8"),
            Observed::Pod(pod("d", Some(owner("Job", "backup-by-hand")), "nginx")),
            Observed::Pod(pod("e", Some(owner("Job", "backup-29755320")), "nginx")),
            controls(owner("ReplicaSet", "web-7f9c6d5b8"), Some(owner("Deployment", "web"))),
            controls(owner("ReplicaSet", "mine-7f9c6d5b8"), None),
            controls(owner("Job", "backup-by-hand"), Some(owner("CronJob", "backup"))),
            controls(owner("Job", "backup-29755320"), Some(owner("CronJob", "backup"))),
        ]
    };
    let told = |details: Details| {
        let table = table(facts(), details);
        let row =
            |row: UseRow<'_>| format!("{} {} {}", row.workload, row.workload.origin(), row.pods);
        table.rows().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        told(Details::default().with_uses().with_exact_workloads()),
        [
            "cronjob/backup owner 2",
            "deployment/unknown inferred 1",
            "deployment/web owner 1",
            "replicaset/mine-7f9c6d5b8 owner 1",
        ]
    );
    // Where nobody asked for it, it makes no difference.
    assert_eq!(
        told(Details::default().with_uses()),
        [
            "deployment/mine inferred 1",
            "deployment/unknown inferred 1",
            "deployment/web inferred 1",
            "job/backup-29755320 owner 1",
            "job/backup-by-hand owner 1",
        ]
    );
}

#[test]
fn values_of_labels_tell_uses_apart() {
    let of = |name: &str, team: Option<&str>| {
        let pod = pod(name, Some(owner("StatefulSet", "db")), "postgres:17");
        Observed::Pod(team.into_iter().fold(pod, |pod, team| pod.with_label("team", team)))
    };
    let facts =
        [of("db-0", Some("a")), of("db-1", Some("b")), of("db-2", Some("a")), of("db-3", None)];
    let details = Details::default().with_use_label("team").with_use_label("none");
    let table = table(facts, details);
    assert_eq!(table.label_keys().iter().map(|it| &**it).collect::<Vec<_>>(), ["team", "none"]);
    let told: Vec<_> =
        table.rows().map(|it| (it.pods, it.labels.first().cloned().flatten())).collect();
    assert_eq!(told, [(1, None), (2, Some("a".into())), (1, Some("b".into()))]);
}

#[test]
fn a_skipped_namespace_has_no_uses() {
    let facts = [
        Observed::Pod(pod("a", None, "nginx")),
        Observed::Skipped(Skipped::new("shop", "not allowed")),
    ];
    assert!(table(facts, Details::default().with_uses()).is_empty());
}

#[tokio::test]
async fn a_table_by_pods_names_each_with_its_node_and_phase() {
    let source = crate::InMemoryPodSource::new()
        .with_namespace(Namespace::new("kube-system").with_uid("u-1"))
        .with_pod(pod("db-0", Some(owner("StatefulSet", "db")), "postgres:17").with_node("n1"))
        .with_pod(
            pod("db-1", Some(owner("StatefulSet", "db")), "postgres:17")
                .with_phase(PodPhase::Failed),
        );
    let options = CollectOptions::default()
        .ignore_not_running(false)
        .details(Details::default().with_workloads());
    let table =
        walk(&source, &options, UseTableBuilder::default().by_pods()).await.unwrap().finish();
    let told: Vec<_> = table.rows().map(|row| (row.pod, row.node, row.phase, row.pods)).collect();
    assert_eq!(
        told,
        [
            (Some("db-0"), Some("n1"), Some(PodPhase::Running), 1),
            (Some("db-1"), None, Some(PodPhase::Failed), 1),
        ]
    );
}

#[test]
fn the_order_of_facts_makes_no_difference() {
    let mut facts = Vec::new();
    for number in 0..60_u64 {
        let hash = ["7f9c6d5b8", "5c689d88bb"][(number % 2) as usize];
        let owner = match number % 5 {
            0 => None,
            1 | 2 => Some(owner("ReplicaSet", &format!("web-{hash}"))),
            3 => Some(owner("Job", &format!("backup-{}", 29_755_320 + number / 20))),
            _ => Some(owner("StatefulSet", "db")),
        };
        let image = format!("app:{}", number % 3);
        let more = Container::new(ContainerKind::Init, "setup", format!("setup:{}", number % 2));
        let mut pod = pod(&format!("p-{number}"), owner, &image)
            .with_node(format!("n{}", number % 4))
            .with_created(at((29_755_320 + number / 20) * 60))
            .with_label("pod-template-hash", if number % 7 == 0 { "other" } else { hash });
        if number % 3 == 0 {
            pod = pod.with_container(more);
        }
        pod.namespace = format!("shop-{}", number % 2);
        facts.push(Observed::Pod(pod));
    }
    let details = || Details::default().with_uses();
    let expected = lines(&table(facts.clone(), details()));
    assert!(expected.len() > 15, "{expected:#?}");
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..50 {
        random.shuffle(&mut facts);
        assert_eq!(lines(&table(facts.clone(), details())), expected);
    }
}
