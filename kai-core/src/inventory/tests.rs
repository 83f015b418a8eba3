//! The inventory and its JSON form; the report as a whole is a snapshot of `tests/report.rs`.

use serde_json::{Value, json};

use super::*;
use crate::image::Digest;
use crate::pod::{Container, ContainerKind};

fn image(reference: &str, digest: Option<char>) -> Arc<Image> {
    let (repository, tag) = reference.rsplit_once(':').unwrap();
    let digest = digest.map(|hex| digest_of(hex).parse::<Digest>().unwrap());
    Arc::new(Image::new(&repository.parse().unwrap(), &tag.parse().unwrap(), digest))
}

fn digest_of(hex: char) -> String {
    format!("sha256:{}", hex.to_string().repeat(64))
}

/// Tells a builder of images as a pass does.
fn built(seen: &[(&str, Arc<Image>)], taken_at: SystemTime) -> Inventory {
    let mut builder = InventoryBuilder::default();
    for (namespace, image) in seen {
        let pod = Pod::new(*namespace, "web-0");
        let container = Container::new(ContainerKind::Regular, "web", "");
        builder.pod(&pod);
        builder.image(ImageUse::new(&pod, &container, image));
    }
    builder.finish(taken_at)
}

/// `namespace: image image`, a line each.
fn lines(inventory: &Inventory) -> Vec<String> {
    let line = |namespace: &NamespaceImages| {
        let images = namespace.images().iter().map(|image| format!(" {image}"));
        format!("{}:{}", namespace.name(), images.collect::<String>())
    };
    inventory.namespaces().iter().map(line).collect()
}

fn read(report: &Value) -> Result<Inventory, String> {
    serde_json::from_str(&report.to_string())
        .map(InventoryDocument::into_inventory)
        .map_err(|error| error.to_string())
}

/// A report without namespaces, changed so.
fn report(change: impl FnOnce(&mut Value)) -> Value {
    let mut report = json!({
        "timestamp": "2024-05-06T07:08:09Z", "results": [], "inventory_type": "kubernetes"
    });
    change(&mut report);
    report
}

#[test]
fn images_are_unique_per_namespace_by_reference_and_digest() {
    let seen = [
        ("b", image("nginx:1", Some('a'))),
        ("b", image("nginx:1", Some('a'))),
        ("b", image("nginx:1", Some('b'))),
        ("b", image("nginx:1", None)),
        ("b", image("nginx:2", Some('a'))),
        ("a", image("nginx:1", Some('a'))),
    ];
    let inventory = built(&seen, SystemTime::UNIX_EPOCH);
    let (a, b) = (digest_of('a'), digest_of('b'));
    assert_eq!(
        lines(&inventory),
        [format!("a: nginx:1@{a}"), format!("b: nginx:1 nginx:1@{a} nginx:1@{b} nginx:2@{a}")],
    );
    assert_eq!(inventory.image_count(), 4, "distinct ones, in all namespaces");
}

#[test]
fn output_is_sorted_by_namespace_then_tag_then_digest() {
    let seen = [
        ("b-1", image("z:1", Some('a'))),
        ("b", image("b:1", Some('b'))),
        ("b", image("c:1", Some('a'))),
        ("b", image("b:1", Some('a'))),
        ("b", image("b:10", None)),
        ("b", image("b:2", None)),
        // As one text, as the report has it: a dash comes before a colon, a letter after it.
        ("b", image("b-x:1", None)),
        ("b", image("bx:1", None)),
        ("b", image("B/b:1", None)),
        ("a", image("z:1", None)),
    ];
    let (a, b) = (digest_of('a'), digest_of('b'));
    let expected = [
        "a: z:1".to_owned(),
        format!("b: B/b:1 b-x:1 b:1@{a} b:1@{b} b:10 b:2 bx:1 c:1@{a}"),
        format!("b-1: z:1@{a}"),
    ];
    assert_eq!(lines(&built(&seen, SystemTime::UNIX_EPOCH)), expected);
    // A report is sorted when it is read, too.
    let results: Vec<_> = seen
        .iter()
        .map(|(namespace, image)| {
            let image = json!({ "tag": image.reference(), "repoDigest": image.digest() });
            json!({ "namespace": namespace, "images": [image] })
        })
        .collect();
    assert_eq!(
        lines(&read(&report(|report| report["results"] = results.into())).unwrap()),
        expected
    );
}

#[test]
fn a_namespace_that_is_gone_is_added_without_images_and_takes_none_away() {
    let inventory = built(&[("b", image("nginx:1", None))], SystemTime::UNIX_EPOCH);
    let inventory = inventory.with_namespace("c").with_namespace("a").with_namespace("b");
    assert_eq!(lines(&inventory), ["a:", "b: nginx:1", "c:"]);
}

#[test]
fn time_is_told_in_whole_seconds() {
    let epoch = SystemTime::UNIX_EPOCH;
    let rows = [
        (epoch, "1970-01-01T00:00:00Z"),
        (epoch + Duration::from_millis(999), "1970-01-01T00:00:00Z"),
        (epoch + Duration::from_secs(1_715_000_000), "2024-05-06T12:53:20Z"),
        (epoch + Duration::new(1_715_000_000, 999_999_999), "2024-05-06T12:53:20Z"),
        (epoch + Duration::from_secs(253_370_764_800), "9999-01-01T00:00:00Z"),
        // The second that it was, also before 1970.
        (epoch - Duration::from_secs(1), "1969-12-31T23:59:59Z"),
        (epoch - Duration::from_millis(1), "1969-12-31T23:59:59Z"),
        (epoch - Duration::from_millis(1001), "1969-12-31T23:59:58Z"),
        (epoch - Duration::from_secs(86_400 * 365), "1969-01-01T00:00:00Z"),
    ];
    for (taken_at, expected) in rows {
        let inventory = built(&[], taken_at);
        let json = serde_json::to_value(inventory.document()).unwrap();
        assert_eq!(json["timestamp"], expected, "row: {taken_at:?}");
        assert_eq!(read(&json).unwrap().taken_at(), inventory.taken_at(), "row: {taken_at:?}");
    }
}

#[test]
fn time_that_no_timestamp_can_tell_is_an_error() {
    let Some(far) = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)) else {
        return;
    };
    assert!(serde_json::to_string(&built(&[], far).document()).is_err());
}

#[test]
fn time_of_a_report_is_read_in_whole_seconds_of_any_zone() {
    for text in [
        "2024-05-06T07:08:09Z",
        "2024-05-06T09:08:09+02:00",
        "2024-05-06T07:08:09.75Z",
        "2024-05-06t07:08:09z",
    ] {
        let inventory = read(&report(|report| report["timestamp"] = text.into())).unwrap();
        let json = serde_json::to_value(inventory.document()).unwrap();
        assert_eq!(json["timestamp"], "2024-05-06T07:08:09Z", "row: {text}");
    }
}

#[test]
fn what_was_written_is_read_back() {
    let seen = [
        ("a", image("nginx:1", Some('a'))),
        ("b", image("[::1]:5000/x/y:_", None)),
        ("b", image("sha256:1", None)),
    ];
    let plain = built(&seen, SystemTime::UNIX_EPOCH + Duration::from_secs(1));
    let version = ServerVersion {
        major: "1".to_owned(),
        minor: "36+".to_owned(),
        ..ServerVersion::default()
    };
    let full = plain
        .clone()
        .with_server_version(Some(version))
        .with_cluster_name("prod \"<&>\" \u{1f433}");
    for inventory in [built(&[], SystemTime::UNIX_EPOCH), plain, full] {
        let compact = serde_json::to_string(&inventory.document()).unwrap();
        assert_eq!(
            serde_json::from_str::<InventoryDocument>(&compact).unwrap().into_inventory(),
            inventory,
            "row: {compact}"
        );
        let pretty = serde_json::to_vec_pretty(&inventory.document()).unwrap();
        let back: InventoryDocument = serde_json::from_reader(&*pretty).unwrap();
        assert_eq!(back.into_inventory(), inventory);
    }
}

#[test]
fn equal_images_of_a_report_share_one_allocation() {
    let images = json!([{ "tag": "nginx:1", "repoDigest": digest_of('a') }, { "tag": "nginx:1" }]);
    let inventory = read(&report(|report| {
        report["results"] = json!([
            { "namespace": "a", "images": images }, { "namespace": "b", "images": images }
        ]);
    }))
    .unwrap();
    let [a, b] = inventory.namespaces() else { panic!("{inventory:?}") };
    assert_eq!(a.images().len(), 2);
    for (one, other) in a.images().iter().zip(b.images()) {
        assert!(Arc::ptr_eq(one, other), "{one} and {other}");
    }
    assert!(!Arc::ptr_eq(&a.images()[0], &a.images()[1]));
}

#[test]
fn report_with_more_or_fewer_keys_is_read() {
    let digest = digest_of('a');
    let inventory = read(&report(|report| {
        report["newer"] = json!({ "key": 1 });
        report["cluster_name"] = Value::Null;
        report["serverVersionMetadata"] = json!({ "gitVersion": "v1.36.3", "emulationMajor": "1" });
        report["results"] = json!([
            { "namespace": "a", "images": [{ "tag": "nginx:1", "repoDigest": null, "size": 1 }] },
            // One namespace twice is one namespace.
            { "namespace": "a", "images": [{ "tag": "nginx:1", "repoDigest": digest }, { "tag": "nginx:1" }] },
        ]);
    }))
    .unwrap();
    assert_eq!(lines(&inventory), [format!("a: nginx:1 nginx:1@{digest}")]);
    assert_eq!(
        (inventory.cluster_name(), inventory.server_version().unwrap().git_version.as_str()),
        (None, "v1.36.3")
    );
}

#[test]
fn bad_report_is_rejected_with_the_value_in_the_message() {
    let with = |key: &str, value: &str| report(|report| report[key] = value.into());
    let image = |image: Value| {
        report(|report| report["results"] = json!([{ "namespace": "a", "images": [image] }]))
    };
    let tag = |text: &str| image(json!({ "tag": text }));
    let digest = |text: &str| image(json!({ "tag": "nginx:1", "repoDigest": text }));
    let upper = digest_of('A');
    // A report, and how the message begins.
    let rows = [
        (
            with("inventory_type", "docker"),
            "invalid value: string \"docker\", expected inventory_type `kubernetes`",
        ),
        (
            with("timestamp", "today"),
            "invalid value: string \"today\", expected a timestamp by RFC 3339",
        ),
        (
            with("timestamp", "2024-05-06T07:08:09"),
            "invalid value: string \"2024-05-06T07:08:09\", expected",
        ),
        (tag("nginx"), "`nginx` is no `repository:tag`: a tag is 1 to 128 "),
        (tag("nginx:"), "`nginx:` is no `repository:tag`: a tag is 1 to 128 "),
        (tag("h:5000/redis"), "`h:5000/redis` is no `repository:tag`: a tag is 1 to 128 "),
        (tag(""), "`` is no `repository:tag`: a repository is "),
        (tag(":1"), "`:1` is no `repository:tag`: a repository is "),
        (tag("Nginx:1"), "`Nginx:1` is no `repository:tag`: a repository is "),
        (digest(&upper), &format!("`{upper}` is no digest: a digest is `sha256:` or ")),
        (digest("sha256:"), "`sha256:` is no digest: a digest is `sha256:` or "),
    ];
    for (report, expected) in rows {
        let message = read(&report).unwrap_err();
        assert!(message.starts_with(expected), "row: {report}: {message}");
    }
    for key in ["timestamp", "results"] {
        let without = report(|report| drop(report.as_object_mut().unwrap().remove(key)));
        let message = read(&without).unwrap_err();
        assert!(message.starts_with(&format!("missing field `{key}`")), "row: {key}: {message}");
    }
}

#[test]
fn report_of_go_kai_is_read_with_its_nulls_and_empty_texts() {
    let inventory = read(&report(|report| {
        drop(report.as_object_mut().unwrap().remove("inventory_type"));
        report["results"] = json!([
            { "namespace": "a", "images": [{ "tag": "nginx:1", "repoDigest": "" }] },
            { "namespace": "b", "images": null },
        ]);
    }))
    .unwrap();
    assert_eq!(lines(&inventory), ["a: nginx:1", "b:"]);
    let empty = read(&report(|report| report["results"] = Value::Null)).unwrap();
    assert!(empty.namespaces().is_empty());
}

#[test]
fn a_namespace_is_found_by_its_name() {
    let seen = [("a", image("nginx:1", None)), ("c", image("nginx:2", None))];
    let inventory = built(&seen, SystemTime::UNIX_EPOCH);
    let images = |name| inventory.namespace(name).map(|found| (found.name(), found.images().len()));
    assert_eq!(["a", "b", "c"].map(images), [Some(("a", 1)), None, Some(("c", 1))]);
}
