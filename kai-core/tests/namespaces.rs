//! Which namespaces a report has (behaviour, section 4).

use std::time::SystemTime;

use kai_core::{
    ClusterReport, CollectOptions, Container, ContainerKind, InMemoryPodSource, LeftOutReason,
    MissingTagPolicy, Namespace, NamespaceName, NamespaceSelector, Node, Observed, Pod, PodPhase,
    Remark, Skipped, Visitor, collect_with,
};

fn namespace(name: &str) -> Observed {
    Observed::Namespace(Namespace::new(name))
}

fn pod(namespace: &str, image: &str) -> Observed {
    let container = Container::new(ContainerKind::Regular, "web", image);
    Observed::Pod(
        Pod::new(namespace, "web-0").with_phase(PodPhase::Running).with_container(container),
    )
}

fn stopped(namespace: &str) -> Observed {
    let container = Container::new(ContainerKind::Regular, "web", "nginx:1");
    Observed::Pod(
        Pod::new(namespace, "job-0").with_phase(PodPhase::Succeeded).with_container(container),
    )
}

fn skipped(namespace: &str) -> Observed {
    Observed::Skipped(Skipped::new(namespace, format!("no right in {namespace}")))
}

/// Keeps the namespaces, pods and remarks that it is told of.
#[derive(Default)]
struct Heard(Vec<String>);

impl Visitor for Heard {
    fn namespace(&mut self, namespace: &Namespace) {
        self.0.push(format!("namespace {}", namespace.name));
    }

    fn node(&mut self, node: &Node) {
        self.0.push(format!("node {}", node.name));
    }

    fn pod(&mut self, pod: &Pod) {
        self.0.push(format!("pod {}", pod.namespace));
    }

    fn remark(&mut self, what: Remark<'_>) {
        self.0.push(match what {
            Remark::NamespaceNotFound { name } => format!("not found {name}"),
            Remark::NamespaceSkipped { skipped } => {
                format!("skipped {}: {}", skipped.namespace, skipped.reason)
            }
            other => format!("remark {}", other.namespace().unwrap_or_default()),
        });
    }
}

async fn collected(
    include: &[&str],
    exclude: &[&str],
    facts: impl IntoIterator<Item = Observed>,
) -> (ClusterReport, Vec<String>) {
    let selector = NamespaceSelector::new(include, exclude).expect("a valid selector");
    let policy = MissingTagPolicy::Drop;
    let options = CollectOptions::default().namespaces(selector).missing_tag_policy(policy);
    let source: InMemoryPodSource = facts.into_iter().collect();
    let (collected, heard) =
        collect_with(&source, &options, SystemTime::UNIX_EPOCH, Heard::default())
            .await
            .expect("memory does not fail");
    (collected, heard.0)
}

/// The namespaces of the inventory, each with its images.
fn lines(collected: &ClusterReport) -> Vec<String> {
    let line = |namespace: &kai_core::NamespaceImages| {
        let images: Vec<_> = namespace.images().iter().map(|image| image.reference()).collect();
        format!("{} [{}]", namespace.name(), images.join(" "))
    };
    collected.inventory.namespaces().iter().map(line).collect()
}

fn not_found(collected: &ClusterReport) -> Vec<&str> {
    collected.not_found.iter().map(NamespaceName::as_str).collect()
}

#[tokio::test]
async fn namespaces_are_those_listed_plus_those_seen_in_pods() {
    let facts = [
        namespace("listed"),
        pod("seen", "nginx:1"),
        pod("both", "redis:1"),
        namespace("both"),
        stopped("stopped"),
        pod("unnamed-image", "NGINX"),
    ];
    let (collected, _) = collected(&[], &[], facts).await;
    assert_eq!(
        lines(&collected),
        ["both [redis:1]", "listed []", "seen [nginx:1]", "stopped []", "unnamed-image []"],
    );
    assert_eq!((not_found(&collected), collected.skipped.len()), (vec![], 0));
}

#[tokio::test]
async fn named_namespace_of_which_nothing_was_told_is_empty_and_remarked() {
    let facts = [pod("shop", "nginx:1"), namespace("empty"), stopped("stopped"), skipped("secret")];
    let names = ["gone-2", "shop", "empty", "stopped", "secret", "gone-1"];
    let (collected, heard) = collected(&names, &[], facts).await;
    assert_eq!(
        lines(&collected),
        ["empty []", "gone-1 []", "gone-2 []", "shop [nginx:1]", "stopped []"]
    );
    assert_eq!(not_found(&collected), ["gone-1", "gone-2"]);
    assert_eq!(
        heard[heard.len() - 4..],
        ["not found gone-1", "namespace gone-1", "not found gone-2", "namespace gone-2"],
    );
}

/// Included, excluded, what the report has, how many pods, and the skipped ones.
type Row<'a> = (&'a [&'a str], &'a [&'a str], &'a [&'a str], usize, &'a [&'a str]);

#[tokio::test]
async fn facts_outside_the_selection_are_ignored() {
    let facts = || {
        ["shop", "kube-system", "default", "other"]
            .into_iter()
            .flat_map(|name| {
                [namespace(name), pod(name, "nginx:1"), pod(name, "NGINX"), stopped(name)]
            })
            .chain([skipped("kube-public"), skipped("third")])
    };
    let all = ["default [nginx:1]", "kube-system [nginx:1]", "other [nginx:1]", "shop [nginx:1]"];
    let rows: [Row<'_>; 5] = [
        (&[], &[], &all, 12, &["kube-public", "third"]),
        (&["shop"], &[], &["shop [nginx:1]"], 3, &[]),
        (&[], &["default", "^kube-*"], &["other [nginx:1]", "shop [nginx:1]"], 6, &["third"]),
        (&["shop", "default", "third"], &["default"], &["shop [nginx:1]"], 3, &["third"]),
        (&["shop", "kube-system", "gone"], &["^kube-"], &["gone []", "shop [nginx:1]"], 3, &[]),
    ];
    for (include, exclude, expected, pods, skipped) in rows {
        let row = format!("row: include {include:?}, exclude {exclude:?}");
        let (collected, heard) = collected(include, exclude, facts()).await;
        assert_eq!(lines(&collected), expected, "{row}");
        assert_eq!(collected.summary.pods, pods, "{row}");
        assert_eq!(
            collected.summary.containers,
            expected.iter().filter(|line| line.contains("nginx")).count(),
            "{row}"
        );
        assert_eq!(collected.summary.left_out(LeftOutReason::Phase), pods / 3, "{row}");
        assert_eq!(collected.summary.left_out(LeftOutReason::Parse), pods / 3, "{row}");
        let found: Vec<_> = collected.skipped.iter().map(|skipped| &*skipped.namespace).collect();
        assert_eq!(found, skipped, "{row}");
        assert_eq!(heard.iter().filter(|call| call.starts_with("pod ")).count(), pods, "{row}");
    }
}

#[tokio::test]
async fn skipped_namespace_is_left_out_whenever_it_was_told_of() {
    let digest_only = format!("nginx@sha256:{}", "a".repeat(64));
    let of_secret = || {
        vec![
            namespace("secret"),
            pod("secret", "nginx:1"),
            stopped("secret"),
            pod("secret", "NGINX"),
            pod("secret", &digest_only),
        ]
    };
    for before in 0..=of_secret().len() {
        let mut facts = vec![pod("shop", "nginx:1"), stopped("shop")];
        facts.extend(of_secret());
        facts.insert(2 + before, skipped("secret"));
        for include in [&[] as &[&str], &["shop", "secret"]] {
            let row = format!("row: skipped after {before} facts, include {include:?}");

            let (collected, heard) = collected(include, &[], facts.clone()).await;

            assert_eq!(lines(&collected), ["shop [nginx:1]"], "{row}");
            let summary = &collected.summary;
            assert_eq!((summary.pods, summary.containers), (2, 1), "{row}");
            assert_eq!(
                summary.left_out.clone().into_iter().collect::<Vec<_>>(),
                [(LeftOutReason::Phase, 1)],
                "{row}"
            );
            assert_eq!(not_found(&collected), [""; 0], "{row}");
            assert_eq!(collected.skipped, [Skipped::new("secret", "no right in secret")], "{row}");
            // After it, nobody hears of it again.
            let at = heard
                .iter()
                .position(|call| call == "skipped secret: no right in secret")
                .expect("was told");
            assert!(
                heard[at + 1..].iter().all(|call| !call.contains("secret")),
                "{row}: {heard:?}"
            );
        }
    }
}

#[tokio::test]
async fn namespace_is_skipped_once() {
    let (collected, heard) =
        collected(&[], &[], [skipped("a"), skipped("a"), namespace("a"), skipped("a")]).await;
    assert_eq!((collected.skipped.len(), heard.len()), (1, 1));
    assert_eq!(lines(&collected), [""; 0]);
}

#[tokio::test]
async fn nodes_belong_to_no_namespace() {
    let (_, heard) =
        collected(&["shop"], &[], [Observed::Node(Node::new("worker")), namespace("shop")]).await;
    assert_eq!(heard, ["node worker", "namespace shop"]);
}

#[tokio::test]
async fn source_that_tells_nothing_makes_an_empty_inventory() {
    let (collected, heard) = collected(&[], &["default"], []).await;
    assert_eq!((lines(&collected).len(), heard.len(), collected.summary.pods), (0, 0, 0));
}
