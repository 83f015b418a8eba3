use std::time::SystemTime;

use kai_core::{
    CollectOptions, Container, ContainerKind, InMemoryPodSource, MissingTagPolicy,
    NamespaceSelector, Observed, Pod, PodPhase, Skipped, collect_with,
};

use super::*;
use crate::logging::Level;
use crate::logging::tests::logged;

fn pod(name: impl Into<String>, image: &str) -> Pod {
    Pod::new("shop", name).with_phase(PodPhase::Running).with_container(Container::new(
        ContainerKind::Regular,
        "app",
        image,
    ))
}

/// What is said of a pass over a source.
fn said(level: Level, options: &CollectOptions, source: &InMemoryPodSource) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    logged(level, false, || {
        let mut warnings = Warnings::default();
        let pass = collect_with(source, options, SystemTime::UNIX_EPOCH, &mut warnings);
        runtime.block_on(pass).unwrap();
        warnings.end_of_pass(None);
    })
}

#[test]
fn a_bad_text_is_told_with_its_pod_and_container() {
    let source = InMemoryPodSource::new().with_pod(pod("web-0", "UPPER/case"));
    let said = said(Level::WARN, &CollectOptions::default(), &source);
    insta::assert_snapshot!(said, @"");
}

#[test]
fn a_bad_text_cannot_steer_the_terminal_nor_flood_the_log() {
    let image = format!("\x1b[2J\n{}", "x".repeat(5000));
    let source = InMemoryPodSource::new().with_pod(pod("web\x1b]0;0", &image));
    let said = said(Level::TRACE, &CollectOptions::default(), &source);
    assert!(!said.contains('\x1b'), "{said}");
    for line in said.lines() {
        assert!(line.chars().count() < 500, "{line}");
    }
    assert_eq!(said.lines().count(), 2, "the warning and why the container is left out: {said}");
}

#[test]
fn of_10000_warnings_of_a_kind_20_and_a_count_are_shown() {
    let pods = (0..10_000).map(|n| Observed::Pod(pod(format!("web-{n}"), "Bad")));
    let said = said(Level::INFO, &CollectOptions::default(), &pods.collect());
    assert_eq!(said.lines().count(), 21, "{said}");
    assert_eq!(
        said.lines().last(),
        Some("warning: … and 9980 more texts that are no image reference")
    );
}

#[test]
fn exactly_20_warnings_are_followed_by_no_count() {
    let pods = (0..20).map(|n| Observed::Pod(pod(format!("web-{n}"), "Bad")));
    let said = said(Level::INFO, &CollectOptions::default(), &pods.collect());
    assert_eq!(said.lines().count(), 20, "{said}");
    assert!(!said.contains('…'), "{said}");
}

#[test]
fn kinds_are_counted_apart() {
    let names: Vec<String> = (0..25).map(|n| format!("gone-{n}")).collect();
    let options = CollectOptions::default().namespaces(
        NamespaceSelector::new(names.iter().chain([&"shop".into()]), None::<&str>).unwrap(),
    );
    let pods = (0..21).map(|n| Observed::Pod(pod(format!("web-{n}"), "Bad")));
    let said = said(Level::INFO, &options, &pods.collect());
    assert_eq!(said.lines().count(), 42, "{said}");
    assert!(said.contains("… and 1 more texts"), "{said}");
    assert!(said.contains("… and 5 more namespaces that do not exist"), "{said}");
}

#[test]
fn each_container_that_is_left_out_is_explained_at_level_debug() {
    let digest = format!("nginx@sha256:{}", "0".repeat(64));
    let facts = [
        Observed::Pod(pod("done", "nginx:1").with_phase(PodPhase::Succeeded)),
        Observed::Pod(pod("untagged", &digest)),
        Observed::Pod(pod("nameless", "")),
        Observed::Skipped(Skipped::new("secret", "cannot list pods in namespace `secret`")),
    ];
    let names = NamespaceSelector::new(["shop", "secret", "gone"], None::<&str>).unwrap();
    let options =
        CollectOptions::default().namespaces(names).missing_tag_policy(MissingTagPolicy::Drop);
    let said = said(Level::DEBUG, &options, &facts.into_iter().collect());
    insta::assert_snapshot!(said, @r#"
    debug: left out, since nothing of the pod runs (namespace=shop, pod=done, containers=1, phase=Succeeded)
    debug: left out, since its image has no tag and the policy is `drop` (namespace=shop, pod=untagged, container=app, image=nginx@sha256:0000000000000000000000000000000000000000000000000000000000000000, id=)
    debug: left out, since no text of its image names a repository (namespace=shop, pod=nameless, container=app, image=, status=, id=)
    warning: namespace `secret` is left out of the report: cannot list pods in namespace `secret`
    warning: namespace `gone` does not exist; the report has it without images
    "#);
}
