use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::collect::Collector;
use crate::collect_facts;
use crate::fingerprints::Fingerprints;
use crate::pod::{Container, ContainerKind, Namespace, Node, OwnerReference, PodPhase};
use crate::query::Details;
use crate::report::ClusterReport;
use crate::source::{Detail, Missing, SourceError, SourceErrorKind};

mod ends;
mod interleaved;
mod memory;

const DIGEST: &str = "sha256:94a00394bc5a8ef503fb59db0a7d0ae9e1110866e8aee8ba40cd864cea69ea1a";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds)
}

fn uid(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// A pod of a Deployment that runs an image.
fn running(namespace: &str, number: u64, image: &str) -> Pod {
    let id = format!("containerd://{number:064x}");
    let container = Container::new(ContainerKind::Regular, "app", image)
        .with_status(
            format!("docker.io/library/{image}"),
            format!("docker.io/library/app@{DIGEST}"),
        )
        .with_container_id(id)
        .running();
    pod(namespace, number).with_phase(PodPhase::Running).with_container(container)
}

fn pod(namespace: &str, number: u64) -> Pod {
    Pod::new(namespace, format!("web-{number}"))
        .with_uid(uid(number))
        .with_node(format!("node-{}", number % 3))
        .with_owner(OwnerReference::new("apps/v1", "ReplicaSet", "web-7f9c6d5b8"))
        .with_label("pod-template-hash", "7f9c6d5b8")
        .with_created(at(number))
        .with_started(at(number + 1))
}

/// The same pod, of which every container ended.
fn succeeded(mut pod: Pod) -> Pod {
    pod.phase = PodPhase::Succeeded;
    pod.containers.iter_mut().for_each(|it| it.running = false);
    pod
}

/// Every detail that a report may have.
fn options() -> Arc<CollectOptions> {
    let details = Details::default().with_uses().with_containers().with_use_label("app");
    Arc::new(CollectOptions::default().details(details))
}

fn state() -> ClusterState {
    ClusterState::new(options())
}

fn tell(state: &mut ClusterState, pod: Pod, revision: u64) -> Effect {
    state.apply(Change::Observed(Observed::Pod(pod), Revision::new(revision)), at(revision))
}

fn end(state: &mut ClusterState, pod: Pod, revision: u64) -> Effect {
    state.apply(Change::Gone(Observed::Pod(pod), Revision::new(revision)), at(revision))
}

fn synced(state: &mut ClusterState, revision: u64) -> Effect {
    state.apply(Change::Synced(Revision::new(revision)), at(revision))
}

/// A picture of which all was told, and to which these pods belong.
fn state_with(pods: impl IntoIterator<Item = Pod>) -> ClusterState {
    let mut state = state();
    state.apply(Change::Began, at(0));
    for (number, pod) in pods.into_iter().enumerate() {
        tell(&mut state, pod, 1 + number as u64);
    }
    synced(&mut state, 100);
    state
}

/// All that a report says, as text.
fn shown(report: &ClusterReport) -> String {
    let uses = report.uses.as_ref().map(|uses| {
        let rows: Vec<_> = uses.rows().map(|row| format!("{row:?}")).collect();
        (rows, uses.images().iter().map(|row| format!("{row:?}")).collect::<Vec<_>>())
    });
    let containers = report.containers.as_ref().map(|table| {
        let row = |at: usize| {
            let rows: Vec<_> = table.containers_of(at).map(|row| format!("{row:?}")).collect();
            format!("{:?} {rows:?}", table.pod(at))
        };
        let rows: Vec<_> = (0..table.pod_count()).map(row).collect();
        format!("{:?} {:?} {rows:?} {:?}", table.namespaces(), table.nodes(), table.unplaced())
    });
    format!(
        "{}\n{:?}\n{:?}\n{:?} {:?} {:?} {:?}\n{containers:?}\n{uses:?}",
        serde_json::to_string_pretty(&report.inventory.document()).unwrap(),
        report.summary,
        report.cluster_uid,
        report.inventory.server_version(),
        report.not_found,
        report.skipped,
        report.missing,
    )
}

/// The images of a report, by namespace.
fn images(report: &ClusterReport) -> Vec<String> {
    let namespaces = report.inventory.namespaces().iter();
    let images = namespaces.flat_map(|namespace| {
        let images = namespace.images().iter();
        images.map(|image| format!("{} {}", namespace.name(), image.reference()))
    });
    images.collect()
}

#[test]
fn the_report_of_now_is_that_of_a_pass() {
    let broken = Container::new(ContainerKind::Regular, "app", "No:Reference:At:All");
    let digest = Container::new(ContainerKind::Init, "init", format!("app@{DIGEST}")).running();
    let volume = Container::new(ContainerKind::ImageVolume, "data", "data:1");
    let pods = [
        running("shop", 1, "nginx:1.27"),
        running("shop", 2, "nginx:1.27"),
        running("shop", 3, "nginx:1.28"),
        running("jobs", 4, "busybox:1"),
        succeeded(running("jobs", 5, "busybox:1")),
        pod("jobs", 6).with_container(Container::new(ContainerKind::Regular, "app", "busybox:2")),
        running("shop", 7, "a:1").with_container(broken).with_container(digest.clone()),
        running("other", 8, "a:1").with_container(volume),
        Pod::new("shop", "alone").with_phase(PodPhase::Running).with_container(digest.clone()),
        Pod::new("shop", "odd")
            .with_uid("ODD")
            .with_phase(PodPhase::Running)
            .with_container(digest),
        running("shop", 9, "app:1").with_label("app", "web"),
    ];
    let error = || SourceError::new(SourceErrorKind::Forbidden, "cannot list nodes");
    let facts = [
        Observed::Namespace(Namespace::new("shop").with_uid("1")),
        Observed::Namespace(Namespace::new("kube-system").with_uid("2")),
        Observed::Node(Node::new("node-1").with_uid("3").with_arch("arm64")),
        Observed::Missing(Missing::new(Detail::Controllers, error())),
        Observed::Server(Box::default()),
        Observed::Skipped(crate::Skipped::new("other", "cannot list pods")),
    ];
    let facts = || facts.iter().cloned().chain(pods.iter().cloned().map(Observed::Pod));

    for options in [
        CollectOptions::default(),
        CollectOptions::default().details(Details::default().with_uses()),
        options().as_ref().clone(),
        options().as_ref().clone().ignore_not_running(false),
        CollectOptions::default().missing_tag_policy(crate::MissingTagPolicy::Drop),
    ] {
        let mut state = ClusterState::new(Arc::new(options.clone()));
        state.apply(Change::Began, at(0));
        for (number, fact) in facts().enumerate() {
            state.apply(Change::Observed(fact, Revision::new(number as u64)), at(0));
        }
        synced(&mut state, 50);
        let expected = collect_facts(facts(), &options, at(99));
        assert_eq!(shown(&state.report(Window::Now, at(99))), shown(&expected), "{options:?}");
    }
}

#[test]
fn an_image_appears_with_the_first_container_and_vanishes_with_the_last() {
    let mut state = state_with([running("shop", 1, "nginx:1.27")]);
    let lines = |effect: &Effect| effect.images.iter().map(ToString::to_string).collect::<Vec<_>>();
    let effect = tell(&mut state, running("shop", 2, "nginx:1.27"), 201);
    assert!(lines(&effect).is_empty() && !effect.is_news(), "{effect:?}");
    let effect = tell(&mut state, running("shop", 3, "nginx:1.28"), 202);
    assert_eq!(lines(&effect), [format!("+ shop nginx:1.28@{DIGEST} deployment/web")]);
    assert!(effect.is_news());
    // A restart is none: the id is another.
    let mut restarted = running("shop", 3, "nginx:1.28");
    restarted.containers[0].container_id = format!("containerd://{}", "f".repeat(64));
    assert_eq!(tell(&mut state, restarted, 203), Effect::default());
    let effect = end(&mut state, running("shop", 3, "nginx:1.28"), 204);
    assert_eq!(lines(&effect), [format!("- shop nginx:1.28@{DIGEST} deployment/web")]);
    assert!(effect.ended && !effect.is_news(), "what ended waits for the next report");
}

#[test]
fn what_is_not_told_again_is_gone() {
    let mut state = state_with([running("shop", 1, "a:1"), running("shop", 2, "b:1")]);
    state.apply(
        Change::Observed(Observed::Namespace(Namespace::new("old")), Revision::new(3)),
        at(0),
    );
    state.apply(Change::Began, at(0));
    tell(&mut state, running("shop", 2, "b:1"), 2);
    assert_eq!(images(&state.report(Window::Now, at(0))).len(), 2, "until all is told");
    let effect = synced(&mut state, 300);
    assert!(effect.ended && effect.namespaces && !effect.synced);
    assert_eq!(effect.images.len(), 1);
    let report = state.report(Window::Now, at(0));
    assert_eq!(images(&report), ["shop b:1"]);
    assert_eq!(report.inventory.namespaces().len(), 1);
}

#[test]
fn completeness_is_claimed_for_when_all_was_told() {
    let mut state = state();
    state.apply(Change::Began, at(1));
    state.apply(Change::Progress, at(2));
    assert_eq!((state.is_synced(), state.complete_through()), (false, None));
    synced(&mut state, 3);
    assert_eq!((state.is_synced(), state.complete_through()), (true, Some(at(3))));
    state.apply(Change::Progress, at(4));
    let lost = SourceError::new(SourceErrorKind::Unreachable, "the connection broke");
    state.apply(Change::Interrupted(Interruption::new(lost)), at(5));
    assert!(state.interrupted().is_some());
    assert_eq!(state.complete_through(), Some(at(4)));
    state.apply(Change::Began, at(6));
    state.apply(Change::Progress, at(7));
    assert_eq!(state.complete_through(), Some(at(4)), "some of it may be older");
    assert!(state.interrupted().is_none() && state.is_synced());
}

#[test]
fn after_an_earlier_state_came_back_what_it_has_counts() {
    let mut state = state_with([running("shop", 1, "a:1"), running("shop", 2, "b:1")]);
    tell(&mut state, running("shop", 1, "a:2"), 200);
    end(&mut state, running("shop", 2, "b:1"), 201);
    for revision in [300, 301] {
        tell(&mut state, running("shop", revision, "new:1"), revision);
    }
    state.apply(Change::Restored, at(302));
    state.apply(Change::Began, at(302));
    let namespace = Observed::Namespace(Namespace::new("shop"));
    state.apply(Change::Observed(namespace, Revision::new(1)), at(302));
    tell(&mut state, running("shop", 1, "a:1"), 2);
    tell(&mut state, running("shop", 2, "b:1"), 3);
    synced(&mut state, 100);
    assert_eq!(images(&state.report(Window::Now, at(303))), ["shop a:1", "shop b:1"]);
    // What comes now has revisions that others had before.
    tell(&mut state, running("shop", 4, "later:1"), 150);
    let report = state.report(Window::Now, at(304));
    assert_eq!(images(&report), ["shop a:1", "shop b:1", "shop later:1"]);
}
