//! What holds of any text and of any cluster. A case that fails once becomes a row of a table.

use std::time::SystemTime;

use futures_util::FutureExt;
use kai_core::{
    ClusterReport, CollectOptions, Collector, Container, ContainerKind, Digest, Image,
    ImagePattern, ImageReference, ImageUse, InMemoryPodSource, InventoryDocument, MissingTagPolicy,
    Namespace, NamespaceName, NamespaceSelector, Observed, Pod, PodPhase, Remark, Repository,
    Skipped, Tag, Visitor, collect,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const KINDS: [ContainerKind; 4] = [
    ContainerKind::Init,
    ContainerKind::Regular,
    ContainerKind::Ephemeral,
    ContainerKind::ImageVolume,
];

fn hex(digits: usize) -> String {
    "0123456789abcdef".chars().cycle().take(digits).collect()
}

/// Pieces of references in any order.
fn almost_valid() -> impl Strategy<Value = String> {
    let mut pieces: Vec<String> = [
        "nginx",
        "a",
        "Z",
        "7",
        ".",
        "_",
        "__",
        "-",
        "--",
        ":",
        "/",
        "@",
        "localhost",
        "localhost:5000/",
        "docker.io/",
        "library/",
        "[::1]",
        "sha256:",
        "sha512:",
        "blake3:",
        "docker://",
        "docker-pullable://",
        "é",
        "\u{202e}",
        "\n",
        " ",
        ":latest",
        "nginx:1",
        "",
    ]
    .map(str::to_owned)
    .into();
    pieces.extend([
        hex(64),
        hex(128),
        format!("@sha256:{}", hex(64)),
        "t".repeat(128),
        "p".repeat(255),
    ]);
    vec(select(pieces), 0..8).prop_map(|pieces| pieces.concat())
}

/// A repository by the grammar.
fn repository() -> impl Strategy<Value = String> {
    "((([A-Za-z0-9]([A-Za-z0-9-]{0,5}[A-Za-z0-9])?\\.){1,3}[a-z]{2,5}|localhost|\\[[0-9a-fA-F]{0,4}::[0-9a-f]{1,4}\\])(:[0-9]{1,5})?/)?\
     [a-z0-9]{1,5}((\\.|_|__|-{1,3})[a-z0-9]{1,5}){0,3}(/[a-z0-9]{1,5}(_[a-z0-9]{1,5}){0,2}){0,3}"
}

fn digest() -> impl Strategy<Value = String> {
    "(sha256|blake3):[0-9a-f]{64}|sha512:[0-9a-f]{128}"
}

/// A reference by the grammar, in its three parts.
fn reference() -> impl Strategy<Value = (String, Option<String>, Option<String>)> {
    use proptest::option::of;
    (repository(), of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"), of(digest()))
}

fn joined((repository, tag, digest): &(String, Option<String>, Option<String>)) -> String {
    let tag = tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
    let digest = digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
    format!("{repository}{tag}{digest}")
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), almost_valid(), reference().prop_map(|parts| joined(&parts))]
}

fn policy() -> impl Strategy<Value = MissingTagPolicy> {
    let insert = MissingTagPolicy::Insert("UNKNOWN".parse().expect("a tag"));
    select(vec![MissingTagPolicy::Digest, insert, MissingTagPolicy::Drop])
}

fn collected(options: &CollectOptions, facts: Vec<Observed>) -> ClusterReport {
    let source: InMemoryPodSource = facts.into_iter().collect();
    collect(&source, options, SystemTime::UNIX_EPOCH)
        .now_or_never()
        .expect("memory is always ready")
        .expect("memory does not fail")
}

/// Keeps what became of containers.
#[derive(Debug, Default)]
struct Outcomes {
    images: Vec<String>,
    left_out: usize,
    remarks: usize,
}

impl Visitor for Outcomes {
    fn image(&mut self, seen: ImageUse<'_>) {
        self.images.push(seen.image.to_string());
    }

    fn remark(&mut self, what: Remark<'_>) {
        self.left_out += what.left_out().map_or(0, |(_, containers)| containers);
        self.remarks += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// What names an image is a pattern that chooses it, unless it begins as a digest does: that is
    /// one to a pattern, and a repository `sha256` to a reference. What is a pattern without being a
    /// reference has what no reference has. That references are what oci-spec takes is tested
    /// elsewhere.
    #[test]
    fn patterns_and_references_agree(text in almost_valid()) {
        let reference = text.parse::<ImageReference>();
        let pattern = text.parse::<ImagePattern>();
        let algorithms = ["sha256:", "sha512:", "blake3:"];
        if algorithms.iter().any(|it| text.starts_with(it)) {
            return Ok(());
        }
        if reference.is_ok() {
            prop_assert!(pattern.is_ok(), "{text}: {pattern:?}");
        }
        if let (Ok(image), Ok(pattern)) = (text.parse::<Image>(), &pattern) {
            // A first component with a dot and an underscore is no host, and no runtime pulls it.
            let odd = text.split_once('/').is_some_and(|(it, _)| it.contains('_') && it.contains('.'));
            let matches = pattern.matches(&image, false);
            prop_assert!(odd || image.has_made_up_tag() || matches, "{text}");
        }
        if pattern.is_ok() && reference.is_err() {
            let is_more = ["*", "="].iter().chain(&algorithms).any(|it| text.contains(it));
            // A repository of 64 digits is none to a reference, and one that no image has to a pattern.
            let repository = text.split([':', '@']).next().unwrap_or_default();
            let is_hex = repository.bytes().all(|byte| byte.is_ascii_hexdigit());
            prop_assert!(is_more || is_hex, "{text}");
        }
    }

    #[test]
    fn parsing_any_text_gives_the_text_back_or_an_error(text in text()) {
        if let Ok(reference) = text.parse::<ImageReference>() {
            prop_assert_eq!(reference.to_string(), &*text);
            let (repository, tag, digest) = (reference.repository(), reference.tag(), reference.digest());
            prop_assert_eq!(&repository.as_str().parse::<Repository>(), &Ok(repository.clone()));
            prop_assert_eq!(tag.map(|tag| tag.as_str().parse()), tag.cloned().map(Ok::<Tag, _>));
            prop_assert_eq!(digest.map(|digest| digest.as_str().parse()), digest.cloned().map(Ok::<Digest, _>));
        }
        if let Ok(repository) = text.parse::<Repository>() {
            prop_assert_eq!(repository.to_string(), &*text);
        }
        if let Ok(tag) = text.parse::<Tag>() {
            prop_assert_eq!(tag.to_string(), &*text);
        }
        if let Ok(digest) = text.parse::<Digest>() {
            prop_assert_eq!(format!("{}:{}", digest.algorithm(), digest.hex()), &*text);
        }
        if let Ok(name) = text.parse::<NamespaceName>() {
            prop_assert_eq!(name.to_string(), &*text);
        }
    }

    #[test]
    fn reference_of_valid_parts_gives_them_back(parts in reference()) {
        let text = joined(&parts);
        let bare = parts.2.is_none() && (text.len() == 64 || parts.0.starts_with("sha") || parts.0 == "blake3");
        prop_assume!(!bare);
        let reference: ImageReference = text.parse().expect("valid parts make a reference");
        prop_assert_eq!(reference.repository().as_str(), &*parts.0);
        prop_assert_eq!(reference.tag().map(Tag::as_str), parts.1.as_deref());
        prop_assert_eq!(reference.digest().map(Digest::as_str), parts.2.as_deref());
    }

    #[test]
    fn any_three_texts_have_one_outcome(
        [spec, status, image_id] in [text(), text(), text()],
        policy in policy(),
    ) {
        let container = Container::new(ContainerKind::Regular, "web", spec).with_status(status, image_id);
        // Twice, since the second time is by heart.
        let pod = Pod::new("shop", "web-0").with_phase(PodPhase::Running);
        let pod = Observed::Pod(pod.with_container(container.clone()).with_container(container));
        let options = CollectOptions::default().missing_tag_policy(policy);

        let (mut collector, mut outcomes) = (Collector::new(&options), Outcomes::default());
        collector.observe(&pod, &mut outcomes);

        prop_assert_eq!(outcomes.images.len() + outcomes.left_out, 2);
        prop_assert_eq!(outcomes.remarks % 2, 0);
        for image in &outcomes.images {
            let reference: ImageReference = image.parse().expect("an image is a reference with a tag");
            prop_assert!(reference.tag().is_some());
            prop_assert_eq!(image, &outcomes.images[0]);
        }
        let inventory = collected(&options, vec![pod]).inventory;
        let json = serde_json::to_string(&inventory.document()).expect("an inventory is JSON");
        let back: InventoryDocument = serde_json::from_str(&json).expect("as it was written");
        prop_assert_eq!(back.into_inventory(), inventory);
    }

    #[test]
    fn report_of_any_text_is_read_or_rejected(tag in text(), digest in proptest::option::of(text()), time in text()) {
        let report = |time: &str| {
            let image = serde_json::json!({ "tag": tag, "repoDigest": digest });
            let results = [serde_json::json!({ "namespace": "shop", "images": [image] })];
            serde_json::json!({ "timestamp": time, "results": results, "inventory_type": "kubernetes" })
        };
        let read = serde_json::from_value::<InventoryDocument>(report("1970-01-01T00:00:00Z"));
        if let Ok(inventory) = read.map(InventoryDocument::into_inventory) {
            prop_assert_eq!(inventory.namespaces()[0].images()[0].reference(), &*tag);
        }
        serde_json::from_value::<InventoryDocument>(report(&time)).ok();
    }

    #[test]
    fn selector_of_any_texts_covers_what_it_includes(
        include in vec(prop_oneof![text(), "[a-z]{1,3}"], 0..4),
        exclude in vec(prop_oneof![text(), "[a-z^$.*]{1,3}"], 0..4),
        namespace in "[a-z]{1,3}",
    ) {
        if let Ok(selector) = NamespaceSelector::new(&include, &exclude) {
            let covered = selector.selects(&namespace);
            if let Some(mut names) = selector.included() {
                prop_assert_eq!(names.any(|name| name.as_str() == namespace), covered);
            }
            prop_assert!(!(covered && exclude.contains(&namespace)));
        }
    }
}

fn namespace() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "b-1", "kube-system", "shop"]).prop_map(str::to_owned)
}

/// Few texts, so that many containers have the same.
fn image_text() -> impl Strategy<Value = String> {
    let digest = |digit: &str| format!("sha256:{}", digit.repeat(64));
    let mut texts: Vec<String> =
        ["", "NGINX", "nginx", "nginx:1", "docker.io/library/nginx:2", "nginx:-"]
            .map(str::to_owned)
            .into();
    texts.extend([
        digest("a"),
        format!("nginx@{}", digest("a")),
        format!("nginx:1@{}", digest("b")),
    ]);
    select(texts)
}

fn container() -> impl Strategy<Value = Container> {
    (select(KINDS.to_vec()), [image_text(), image_text(), image_text()], any::<bool>()).prop_map(
        |(kind, [spec, status, image_id], running)| {
            let container = Container::new(kind, "web", spec).with_status(status, image_id);
            if running { container.running() } else { container }
        },
    )
}

fn fact() -> impl Strategy<Value = Observed> {
    let phase = select(vec![PodPhase::Pending, PodPhase::Running, PodPhase::Failed]);
    let pod =
        (namespace(), phase, vec(container(), 0..4)).prop_map(|(namespace, phase, containers)| {
            let pod = Pod::new(namespace, "web-0").with_phase(phase);
            Observed::Pod(containers.into_iter().fold(pod, Pod::with_container))
        });
    prop_oneof![
        8 => pod,
        3 => namespace().prop_map(|name| Observed::Namespace(Namespace::new(name))),
        1 => namespace().prop_map(|name| Observed::Skipped(Skipped::new(name, "no right"))),
    ]
}

fn options() -> impl Strategy<Value = CollectOptions> {
    let include = vec(namespace(), 0..3);
    let exclude = vec(select(vec!["b", "^kube-", "nothing"]), 0..2);
    (include, exclude, policy(), any::<bool>()).prop_filter_map(
        "a selector that leaves nothing",
        |(include, exclude, policy, ignore)| {
            let selector = NamespaceSelector::new(include, exclude).ok()?;
            let options = CollectOptions::default().namespaces(selector);
            Some(options.missing_tag_policy(policy).ignore_not_running(ignore))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn inventory_does_not_depend_on_the_order_of_facts(
        (facts, shuffled) in vec(fact(), 0..12).prop_flat_map(|facts| (Just(facts.clone()), Just(facts).prop_shuffle())),
        options in options(),
    ) {
        let sorted = |mut skipped: Vec<Skipped>| {
            skipped.sort_by(|one, other| one.namespace.cmp(&other.namespace));
            skipped
        };
        let (one, other) = (collected(&options, facts), collected(&options, shuffled));
        prop_assert_eq!(one.inventory, other.inventory);
        prop_assert_eq!(one.summary, other.summary);
        prop_assert_eq!(one.not_found, other.not_found);
        prop_assert_eq!(sorted(one.skipped), sorted(other.skipped));
    }

    #[test]
    fn every_container_of_a_covered_namespace_is_counted_once(facts in vec(fact(), 0..12), options in options()) {
        let skipped = |name: &str| facts.iter().any(|fact| matches!(fact, Observed::Skipped(one) if one.namespace == name));
        let counted: Vec<&Pod> = facts
            .iter()
            .filter_map(|fact| match fact {
                Observed::Pod(pod) => Some(pod),
                _ => None,
            })
            .filter(|pod| options.selector().selects(&pod.namespace) && !skipped(&pod.namespace))
            .collect();
        let (pods, containers) = (counted.len(), counted.iter().map(|pod| pod.containers.len()).sum::<usize>());

        let summary = collected(&options, facts.clone()).summary;

        prop_assert_eq!(summary.pods, pods);
        prop_assert_eq!(summary.containers + summary.left_out.values().sum::<usize>(), containers);
    }
}
