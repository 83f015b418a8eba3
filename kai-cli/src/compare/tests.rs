use kai_core::InventoryDocument;

use super::*;
use crate::logging::Level;
use crate::logging::tests::logged;

/// An inventory of namespaces with their images.
fn inventory(namespaces: &[(&str, &[&str])]) -> Inventory {
    let results: Vec<_> = namespaces
        .iter()
        .map(|(namespace, images)| {
            let images: Vec<_> = images
                .iter()
                .map(|text| {
                    let image: Image = text.parse().unwrap();
                    let digest = image.digest().map(Digest::as_str);
                    serde_json::json!({"tag": image.reference(), "repoDigest": digest})
                })
                .collect();
            serde_json::json!({"namespace": namespace, "images": images})
        })
        .collect();
    let json = serde_json::json!({"timestamp": "2026-11-27T00:00:00Z", "results": results});
    serde_json::from_value::<InventoryDocument<'_>>(json).unwrap().into_inventory()
}

fn pinned(reference: &str, digit: &str) -> String {
    format!("{reference}@sha256:{}", digit.repeat(64))
}

#[test]
fn changes_are_a_line_each_for_people_and_for_machines() {
    let (one, two) = (pinned("redis:7", "1"), pinned("redis:7", "2"));
    let old = inventory(&[("shop", &["nginx:1.27", &one]), ("gone", &["a:1"])]);
    let new = inventory(&[("shop", &["nginx:1.28", &two]), ("new", &["b:1"])]);
    let diff = old.diff(&new);
    let settings = crate::testing::adhoc(&["-f", "none"]);
    let changes: Vec<_> = changes(&settings, &diff).collect();
    let written = |for_machines| {
        let mut out = Vec::new();
        write(&changes, for_machines, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    insta::assert_snapshot!([written(false), written(true)].join("\n"));
    assert_eq!(
        Counts::of(&changes).to_string(),
        "1 image appeared, 1 vanished, 1 moved to another digest, in 1 namespace"
    );
    assert_eq!(Counts::of(&[]).to_string(), "no image differs");
    let told = logged(Level::INFO, false, || tell_one_sided(&settings, &diff));
    assert_eq!(
        told,
        "info: not compared, since only the earlier report has them: gone\n\
         info: not compared, since only the later report has them: new\n"
    );
}

#[test]
fn only_what_is_selected_is_compared() {
    let old = inventory(&[("shop", &["nginx:1", "redis:1"]), ("web", &["nginx:1"])]);
    let new = inventory(&[("shop", &["nginx:2", "redis:2"]), ("web", &["nginx:2"])]);
    let settings = crate::testing::adhoc(&["-f", "none", "-n", "shop", "--image", "nginx"]);
    let diff = old.diff(&new);
    let told: Vec<_> = changes(&settings, &diff).map(|it| it.change.to_string()).collect();
    assert_eq!(told, ["- nginx:1", "+ nginx:2"]);
}

#[test]
fn reports_of_different_policies_are_noticed() {
    let hex = "1".repeat(64);
    let by_digest = pinned(&format!("a:{hex}"), "1");
    let by_tag = pinned("a:UNKNOWN", "1");
    let told = |old: &[&str], new: &[&str]| {
        logged(Level::INFO, false, || {
            warn_of_policies(&inventory(&[("shop", old)]), &inventory(&[("shop", new)]));
        })
    };
    assert!(told(&[&by_digest], &[&by_tag]).starts_with("warning: the reports seem to be of"));
    assert!(told(&[&by_tag], &[&by_digest]).starts_with("warning: "));
    assert_eq!(told(&[&by_digest], &[&by_digest]), "");
    assert_eq!(told(&["b:1"], &[&by_tag]), "");
}

#[test]
fn a_file_is_known_by_its_first_key() {
    use super::side::Look;
    let table = [
        ("{\"timestamp\": \"…", Look::Report),
        ("\u{feff} {\n  \"cluster_name\": 1", Look::Report),
        ("{\"apiVersion\":\"v1\"", Look::Pods),
        ("[{\"kind\"", Look::Pods),
        ("apiVersion: v1", Look::Pods),
        ("", Look::Pods),
        ("timestamp: \"2026", Look::Other),
        ("{\"cluster\":null", Look::Other),
        ("cluster,cluster_uid", Look::Other),
        ("{\n  \"$schema\": \"http://cyclonedx", Look::Other),
    ];
    for (text, expected) in table {
        assert_eq!(Look::of(text.as_bytes()), expected, "{text}");
    }
}
