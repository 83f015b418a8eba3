use std::time::{Duration, SystemTime};

use super::*;
use crate::collect::CollectOptions;
use crate::inventory::Inventory;
use crate::pod::{Container, ContainerKind, Namespace, Pod, PodPhase};
use crate::source::Observed;
use crate::walk::collect_facts;

/// An inventory of `namespace: image image`; `@a` is short for a digest of 64 times `a`.
fn inventory(namespaces: &[(&str, &[&str])]) -> Inventory {
    let facts = namespaces.iter().flat_map(|(name, images)| {
        let pod = images.iter().fold(Pod::new(*name, "web-0"), |pod, image| {
            pod.with_container(Container::new(ContainerKind::Regular, "web", long(image)))
        });
        let namespace = Observed::Namespace(Namespace::new(*name));
        [namespace, Observed::Pod(pod.with_phase(PodPhase::Running))]
    });
    let taken_at = SystemTime::UNIX_EPOCH + Duration::from_secs(namespaces.len() as u64);
    collect_facts(facts, &CollectOptions::default(), taken_at).inventory
}

fn long(image: &str) -> String {
    match image.split_once('@') {
        Some((name, hex)) => format!("{name}@sha256:{}", hex.repeat(64)),
        None => image.to_owned(),
    }
}

/// A line for each namespace and each change, with the digests short again.
fn lines(diff: &InventoryDiff) -> Vec<String> {
    let short = |mut text: String| {
        for hex in ["a", "b", "c"] {
            text = text.replace(&format!("sha256:{}", hex.repeat(64)), hex);
        }
        text
    };
    let lines = diff.namespaces().iter().flat_map(|namespace| {
        let head = format!("{} {:?}", namespace.name(), namespace.change());
        let images = namespace.images().iter().map(ToString::to_string).map(short);
        std::iter::once(head).chain(images)
    });
    lines.collect()
}

#[test]
fn images_appear_vanish_and_move() {
    let table: [(&[&str], &[&str], &[&str]); 8] = [
        (&["app:1"], &["app:1"], &[]),
        (&["app:1"], &["app:2"], &["x Changed", "- app:1", "+ app:2"]),
        (&["app:1@a"], &["app:1@b"], &["x Changed", "~ app:1@a -> b"]),
        (&["app:1"], &["app:1@b"], &["x Changed", "~ app:1 -> b"]),
        (&["app:1@a"], &["app:1"], &["x Changed", "~ app:1@a -> no digest"]),
        // A rollout in the middle: the old one still runs.
        (&["app:1@a"], &["app:1@a", "app:1@b"], &["x Changed", "+ app:1@b"]),
        (
            &["app:1@a", "app:1@b"],
            &["app:1@c"],
            &["x Changed", "- app:1@a", "- app:1@b", "+ app:1@c"],
        ),
        (&["b:1", "a:1"], &[], &["x Changed", "- a:1", "- b:1"]),
    ];
    for (earlier, later, expected) in table {
        println!("{earlier:?} -> {later:?}");
        let diff = inventory(&[("x", earlier)]).diff(&inventory(&[("x", later)]));
        assert_eq!(lines(&diff), expected);
        assert_eq!(diff.is_empty(), expected.is_empty());
    }
}

#[test]
fn namespaces_appear_and_vanish_with_what_they_have() {
    let earlier = inventory(&[("gone", &["app:1"]), ("gone-empty", &[]), ("kept", &["app:1"])]);
    let later = inventory(&[("kept", &["app:1"]), ("new", &["app:1"]), ("new-empty", &[])]);
    assert_eq!(
        lines(&earlier.diff(&later)),
        [
            "gone Vanished",
            "- app:1",
            "gone-empty Vanished",
            "new Appeared",
            "+ app:1",
            "new-empty Appeared"
        ]
    );
}

#[test]
fn an_inventory_does_not_differ_from_itself_at_another_time() {
    let earlier = inventory(&[("x", &["app:1@a", "app:1"])]);
    let later = earlier.clone().with_cluster_name("other");
    assert!(earlier.diff(&later).is_empty());
}
