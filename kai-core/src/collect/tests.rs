//! From three texts to an image (behaviour, section 3): each test is one sentence of it, with
//! rows of the spec's text, the status image and the imageID, and of what is told of them.
//!
//! `{A}`, `{B}` and `{C}` in a row stand for digests, `{a}`, `{b}` and `{c}` for their digits.

use std::sync::Arc;

use super::*;
use crate::image::Image;
use crate::pod::{Container, ContainerKind, PodPhase};
use crate::visit::ImageUse;

mod not_running;

/// A row with its digests written out.
fn full(row: &str) -> String {
    ["a", "b", "c"].iter().fold(row.to_owned(), |text, digit| {
        text.replace(&format!("{{{}}}", digit.to_uppercase()), &format!("sha256:{{{digit}}}"))
            .replace(&format!("{{{digit}}}"), &digit.repeat(64))
    })
}

/// Writes down what it is told of containers.
#[derive(Default)]
struct Told(Vec<String>);

impl Visitor for Told {
    fn image(&mut self, seen: ImageUse<'_>) {
        self.0.push(seen.image.to_string());
    }

    fn remark(&mut self, what: Remark<'_>) {
        self.0.push(match what {
            Remark::NotAReference { text, error, .. } => format!("{text:?} is no {error:?}"),
            Remark::NoRepository { .. } => "no repository".to_owned(),
            Remark::Dropped { .. } => "dropped".to_owned(),
            other => format!("{other:?}"),
        });
    }
}

/// What is told of containers with these texts, all in one running pod, where they run too.
fn told_of<'a>(policy: &MissingTagPolicy, texts: impl IntoIterator<Item = [&'a str; 3]>) -> String {
    let mut pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running);
    for [spec, status, image_id] in texts {
        let container = Container::new(ContainerKind::Regular, "web", full(spec));
        pod = pod.with_container(container.with_status(full(status), full(image_id)).running());
    }
    let options = CollectOptions::default().missing_tag_policy(policy.clone());
    let (mut collector, mut told) = (Collector::new(&options), Told::default());
    collector.observe(&Observed::Pod(pod), &mut told);
    collector.finish(&mut told);
    told.0.join("; ")
}

fn table_under(policy: &MissingTagPolicy, rows: &[([&str; 3], &str)]) {
    for (texts, expected) in rows {
        assert_eq!(told_of(policy, [*texts]), full(expected), "row: {texts:?} under {policy:?}");
    }
}

fn table(rows: &[([&str; 3], &str)]) {
    table_under(&MissingTagPolicy::Digest, rows);
}

#[test]
fn repository_is_the_specs() {
    table(&[
        (["nginx:1", "other:2", "third:3"], "nginx:1"),
        (["nginx:1", "docker.io/library/nginx:1", "docker.io/library/nginx@{A}"], "nginx:1@{A}"),
        (["nginx:1", "ghcr.io/copy:1", "ghcr.io/copy@{A}"], "nginx:1@{A}"),
    ]);
}

#[test]
fn names_are_not_normalised() {
    table(&[
        (["nginx:1", "", ""], "nginx:1"),
        (["library/nginx:1", "", ""], "library/nginx:1"),
        (["docker.io/nginx:1", "", ""], "docker.io/nginx:1"),
        (["docker.io/library/nginx:1", "", ""], "docker.io/library/nginx:1"),
        (["index.docker.io/library/nginx:1", "", ""], "index.docker.io/library/nginx:1"),
        (["GHCR.io/team/app:1", "", ""], "GHCR.io/team/app:1"),
        (["", "docker.io/library/nginx:1", ""], "docker.io/library/nginx:1"),
    ]);
}

#[test]
fn tag_is_the_specs() {
    table(&[
        (["nginx:1", "nginx:2", "nginx:3"], "nginx:1"),
        (["nginx:1@{A}", "nginx:2@{B}", "nginx:3@{C}"], "nginx:1@{A}"),
        (["localhost:5000/redis:7", "localhost:5000/redis:8", ""], "localhost:5000/redis:7"),
    ]);
}

#[test]
fn spec_with_neither_tag_nor_digest_is_latest() {
    table(&[
        (["nginx", "", ""], "nginx:latest"),
        // A port is no tag.
        (["localhost:5000/redis", "", ""], "localhost:5000/redis:latest"),
        // Whatever the status shows.
        (["nginx", "nginx:1.27", ""], "nginx:latest"),
        (
            ["nginx", "docker.io/library/nginx:1.27", "docker.io/library/nginx@{A}"],
            "nginx:latest@{A}",
        ),
        (["nginx", "nginx@{A}", ""], "nginx:latest@{A}"),
    ]);
    // The policy has no say in it.
    table_under(&MissingTagPolicy::Drop, &[(["nginx", "", "nginx@{A}"], "nginx:latest@{A}")]);
}

#[test]
fn tag_of_the_status_counts_for_the_same_repository_only() {
    table(&[
        (["nginx@{A}", "nginx:1", ""], "nginx:1@{A}"),
        (["nginx@{A}", "nginx:1@{B}", ""], "nginx:1@{A}"),
        (["h:1/app@{A}", "h:1/app:2", ""], "h:1/app:2@{A}"),
        // docker.io/library is filled in, for the comparison alone.
        (["nginx@{A}", "docker.io/library/nginx:1", ""], "nginx:1@{A}"),
        (["docker.io/library/nginx@{A}", "nginx:1", ""], "docker.io/library/nginx:1@{A}"),
        (["docker.io/nginx@{A}", "library/nginx:1", ""], "docker.io/nginx:1@{A}"),
        (
            ["index.docker.io/nginx@{A}", "docker.io/library/nginx:1", ""],
            "index.docker.io/nginx:1@{A}",
        ),
        (["team/app@{A}", "docker.io/team/app:1", ""], "team/app:1@{A}"),
        // Another repository's tag is none of this one's.
        (["nginx@{A}", "redis:1", ""], "nginx:{a}@{A}"),
        (["nginx@{A}", "ghcr.io/nginx:1", ""], "nginx:{a}@{A}"),
        (["nginx@{A}", "team/nginx:1", ""], "nginx:{a}@{A}"),
        (["ghcr.io/nginx@{A}", "ghcr.io/library/nginx:1", ""], "ghcr.io/nginx:{a}@{A}"),
        (["h:1/app@{A}", "h:2/app:2", ""], "h:1/app:{a}@{A}"),
        (["nginx@{A}", "Docker.io/nginx:1", ""], "nginx:{a}@{A}"),
        // No tag in the status, and the imageID's is not asked.
        (["nginx@{A}", "nginx", ""], "nginx:{a}@{A}"),
        (["nginx@{A}", "nginx@{B}", ""], "nginx:{a}@{A}"),
        (["nginx@{A}", "", "nginx:3@{A}"], "nginx:{a}@{A}"),
        (["nginx@{A}", "{B}", "nginx:3@{A}"], "nginx:{a}@{A}"),
    ]);
}

#[test]
fn digest_is_the_specs_else_the_status_images_else_the_image_ids() {
    table(&[
        (["nginx:1@{A}", "nginx:1@{B}", "nginx@{C}"], "nginx:1@{A}"),
        (["nginx:1", "nginx:1@{B}", "nginx@{C}"], "nginx:1@{B}"),
        (["nginx:1", "nginx:1", "nginx@{C}"], "nginx:1@{C}"),
        (["nginx:1", "", "nginx@{C}"], "nginx:1@{C}"),
        (["nginx:1", "", ""], "nginx:1"),
        (["nginx:1@{A}", "", ""], "nginx:1@{A}"),
        (["nginx:1@{A}", "", "nginx@{C}"], "nginx:1@{A}"),
        // Of whatever repository: a mirror's digest is the image's.
        (["nginx:1", "mirror.example/nginx:1@{B}", ""], "nginx:1@{B}"),
        (["nginx:1", "nginx:1", "mirror.example/nginx@{C}"], "nginx:1@{C}"),
        // Of each algorithm.
        (["nginx:1", "", "nginx@blake3:{c}"], "nginx:1@blake3:{c}"),
        (["nginx:1", "", "nginx@sha512:{b}{c}"], "nginx:1@sha512:{b}{c}"),
    ]);
}

#[test]
fn image_id_has_dockers_schemes_or_none() {
    table(&[
        (["nginx:1", "nginx:1", "docker-pullable://nginx@{A}"], "nginx:1@{A}"),
        (["nginx:1", "nginx:1", "docker-pullable://h:5000/nginx@{A}"], "nginx:1@{A}"),
        (["nginx:1", "nginx:1", "docker.io/library/nginx@{A}"], "nginx:1@{A}"),
        (["nginx:1", "nginx:1", "docker://{A}"], "nginx:1"),
        (["nginx:1", "nginx:1", "docker-pullable://{A}"], "nginx:1"),
        (["nginx:1", "nginx:1", "{A}"], "nginx:1"),
        (["nginx:1", "nginx:1", "{a}"], "nginx:1"),
        (["nginx:1", "nginx:1", "docker://"], "nginx:1"),
        // The schemes are the imageID's.
        (["docker-pullable://nginx@{A}", "", ""], "Spec is no Repository; no repository"),
    ]);
}

#[test]
fn bare_id_is_neither_repository_nor_tag_nor_digest() {
    table(&[
        // In the imageID.
        (["nginx@{B}", "", "{A}"], "nginx:{b}@{B}"),
        (["nginx", "", "{A}"], "nginx:latest"),
        // In the status image, as a node shows an image that lost its tag.
        (["nginx:1", "{A}", ""], "nginx:1"),
        (["nginx:1", "{a}", ""], "nginx:1"),
        (["nginx:1", "{A}", "nginx@{B}"], "nginx:1@{B}"),
        (["nginx@{B}", "{A}", ""], "nginx:{b}@{B}"),
        (["nginx:1", "blake3:{a}", "sha512:{a}{a}"], "nginx:1"),
        // In the spec, of a pod that was made of an image by its id: the next text stands in.
        (["{A}", "nginx:1", "nginx@{B}"], "nginx:1@{B}"),
        (["{a}", "nginx:1", ""], "nginx:1"),
        (["{A}", "{B}", "nginx@{C}"], "nginx:{c}@{C}"),
        // Everywhere: there is no repository, and nothing to warn of.
        (["{A}", "{A}", "{A}"], "no repository"),
        (["{a}", "{b}", "docker://{C}"], "no repository"),
        (["sha512:{a}{a}", "blake3:{a}", ""], "no repository"),
    ]);
}

#[test]
fn next_text_stands_in_for_a_spec_that_is_empty_or_no_reference() {
    table(&[
        // The status image, in every rule.
        (["", "nginx:1", ""], "nginx:1"),
        (["", "nginx:1@{A}", "nginx@{B}"], "nginx:1@{A}"),
        (["", "nginx:1", "nginx@{B}"], "nginx:1@{B}"),
        (["", "nginx", "nginx@{B}"], "nginx:latest@{B}"),
        (["", "nginx@{A}", "nginx:2@{B}"], "nginx:{a}@{A}"),
        (["No", "nginx:1", "nginx@{B}"], "Spec is no Repository; nginx:1@{B}"),
        // Else the imageID.
        (["", "", "nginx:2@{B}"], "nginx:2@{B}"),
        (["", "", "docker-pullable://nginx@{B}"], "nginx:{b}@{B}"),
        (["", "", "nginx"], "nginx:latest"),
        (["", "{A}", "nginx@{B}"], "nginx:{b}@{B}"),
        (["No", "", "nginx@{B}"], "Spec is no Repository; nginx:{b}@{B}"),
        (["", "a:-", "nginx:2@{B}"], "Status is no Tag; nginx:2@{B}"),
        (["No", "a:-", "nginx:2@{B}"], "Spec is no Repository; Status is no Tag; nginx:2@{B}"),
    ]);
}

#[test]
fn empty_text_is_absent_without_a_word() {
    table(&[
        (["nginx:1", "", ""], "nginx:1"),
        (["", "nginx:1", ""], "nginx:1"),
        (["", "", "nginx:1"], "nginx:1"),
        (["", "", ""], "no repository"),
    ]);
}

#[test]
fn text_that_is_no_reference_yields_nothing_but_a_remark() {
    table(&[
        (["nginx:1", "no good", ""], "Status is no Repository; nginx:1"),
        (["nginx:1", "a@sha256:{a}0", ""], "Status is no Digest; nginx:1"),
        (["nginx:1", "a:", "x:é"], "Status is no Tag; ImageId is no Tag; nginx:1"),
        (["nginx@{A}", "nginx:-", ""], "Status is no Tag; nginx:{a}@{A}"),
        (["nginx:1", "", "cri-o://nginx@{A}"], "ImageId is no Repository; nginx:1"),
        (["nginx:1", "nginx@{A} ", "nginx@{B}"], "Status is no Digest; nginx:1@{B}"),
        (["NGINX", "", ""], "Spec is no Repository; no repository"),
        (
            ["\u{202e}", "\0", "\n"],
            "Spec is no Repository; Status is no Repository; ImageId is no Repository; no repository",
        ),
        (["NGINX", "{A}", "{A}"], "Spec is no Repository; no repository"),
    ]);
    let long = "p".repeat(256);
    table(&[([&long, "", ""], "Spec is no RepositoryTooLong; no repository")]);
}

#[test]
fn text_that_is_there_twice_is_warned_of_once() {
    table(&[
        // The kubelet repeats an invalid name in the status.
        (["NGINX", "NGINX", ""], "Spec is no Repository; no repository"),
        (["NGINX", "NGINX", "NGINX"], "Spec is no Repository; no repository"),
        (["NGINX", "", "NGINX"], "Spec is no Repository; no repository"),
        (["nginx:1", "a:-", "a:-"], "Status is no Tag; nginx:1"),
        (["A", "B", "A"], "Spec is no Repository; Status is no Repository; no repository"),
    ]);
}

#[test]
fn policy_applies_where_an_image_is_known_by_its_digest_only() {
    let insert = MissingTagPolicy::Insert("UNKNOWN".parse().unwrap());
    let policies = [MissingTagPolicy::Digest, insert, MissingTagPolicy::Drop];
    // The texts, and what comes of them under each policy.
    let rows = [
        (["nginx@{A}", "", ""], ["nginx:{a}@{A}", "nginx:UNKNOWN@{A}", "dropped"]),
        (["nginx@{A}", "redis:1", "nginx@{B}"], ["nginx:{a}@{A}", "nginx:UNKNOWN@{A}", "dropped"]),
        (["", "nginx@{A}", ""], ["nginx:{a}@{A}", "nginx:UNKNOWN@{A}", "dropped"]),
        (["", "", "nginx@{A}"], ["nginx:{a}@{A}", "nginx:UNKNOWN@{A}", "dropped"]),
        (["{A}", "{A}", "nginx@{B}"], ["nginx:{b}@{B}", "nginx:UNKNOWN@{B}", "dropped"]),
        (["a@blake3:{c}", "", ""], ["a:{c}@blake3:{c}", "a:UNKNOWN@blake3:{c}", "dropped"]),
        (
            ["a@sha512:{b}{c}", "", ""],
            ["a:{b}{c}@sha512:{b}{c}", "a:UNKNOWN@sha512:{b}{c}", "dropped"],
        ),
        // Where a tag is known, it has no say.
        (["nginx:1@{A}", "", ""], ["nginx:1@{A}"; 3]),
        (["nginx@{A}", "nginx:1", ""], ["nginx:1@{A}"; 3]),
        (["nginx", "", "nginx@{A}"], ["nginx:latest@{A}"; 3]),
        (["nginx:1", "", "{A}"], ["nginx:1"; 3]),
        (["", "", ""], ["no repository"; 3]),
        (["{A}", "", ""], ["no repository"; 3]),
    ];
    for (texts, expected) in rows {
        for (policy, expected) in policies.iter().zip(expected) {
            table_under(policy, &[(texts, expected)]);
        }
    }
    // A bad text is no second reason.
    table_under(
        &MissingTagPolicy::Drop,
        &[(["nginx@{A}", "No", ""], "Status is no Repository; dropped")],
    );
}

#[test]
fn remarks_are_told_of_each_container_with_the_same_texts() {
    let bad = ["NGINX", "", ""];
    let known = ["nginx:1", "no good", ""];
    let digest_only = ["nginx@{A}", "", ""];
    assert_eq!(
        told_of(&MissingTagPolicy::Drop, [bad, known, digest_only, bad, known, digest_only]),
        ["Spec is no Repository; no repository; Status is no Repository; nginx:1; dropped"; 2]
            .join("; "),
    );
}

#[test]
fn texts_are_told_apart_by_where_they_stand() {
    // Joined, these triples are the same text.
    assert_eq!(
        told_of(
            &MissingTagPolicy::Digest,
            [["ab", "", ""], ["a", "b", ""], ["a", "", "b"], ["", "a", "b"]]
        ),
        "ab:latest; a:latest; a:latest; a:latest",
    );
}

#[test]
fn memory_grows_with_distinct_texts_and_not_with_containers() {
    let options = CollectOptions::default();
    let mut collector = Collector::new(&options);
    for number in 0..100 {
        let image = if number % 2 == 0 { "nginx:1" } else { "NGINX" };
        let container = Container::new(ContainerKind::Regular, number.to_string(), image);
        let pod = Pod::new(number.to_string(), "web-0").with_phase(PodPhase::Running);
        collector.observe(&Observed::Pod(pod.with_container(container)), &mut ());
    }
    assert_eq!(collector.judge.memo(), (2, 1));
}

#[test]
fn equal_images_share_one_allocation_within_a_pass() {
    #[derive(Default)]
    struct Images(Vec<Arc<Image>>);
    impl Visitor for Images {
        fn image(&mut self, seen: ImageUse<'_>) {
            self.0.push(Arc::clone(seen.image));
        }
    }
    let options = CollectOptions::default();
    let (mut collector, mut images) = (Collector::new(&options), Images::default());
    for (namespace, text, status) in
        [("a", "nginx:1", ""), ("b", "nginx:1", ""), ("b", "", "nginx:1"), ("b", "nginx:2", "")]
    {
        let container = Container::new(ContainerKind::Init, "web", text).with_status(status, "");
        let pod =
            Pod::new(namespace, "web-0").with_phase(PodPhase::Running).with_container(container);
        collector.observe(&Observed::Pod(pod), &mut images);
    }
    let [one, other_namespace, other_texts, other_image] = &images.0[..] else {
        panic!("{images:?}", images = images.0)
    };
    assert!(Arc::ptr_eq(one, other_namespace) && Arc::ptr_eq(one, other_texts));
    assert!(!Arc::ptr_eq(one, other_image));
}
