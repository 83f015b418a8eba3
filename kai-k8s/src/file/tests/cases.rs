//! Inputs that people had, each with what is in it.

use super::*;

#[tokio::test]
async fn what_people_have_is_read() {
    let rows: &[(&str, &[u8], &str)] = &[
        ("bom-kind-first", include_bytes!("inputs/bom-kind-first.yaml"), "a/p ok:1"),
        (
            "empty-other-list-first",
            include_bytes!("inputs/empty-other-list-first.json"),
            "a/p ok:1",
        ),
        (
            "inplace-update-stuck",
            include_bytes!("inputs/inplace-update-stuck.json"),
            "a/p r.example/app:v2",
        ),
        ("json-array", include_bytes!("inputs/json-array.json"), "a/p ok:1"),
        (
            "nested-list",
            include_bytes!("inputs/nested-list.json"),
            "namespace a; a/p ok:1; b/p b:1",
        ),
        ("other-object-beside", include_bytes!("inputs/other-object-beside.json"), "a/p ok:1"),
        ("podlist-in-list", include_bytes!("inputs/podlist-in-list.json"), "a/p one:1; b/q two:1"),
        (
            "sorted-namespacelist",
            include_bytes!("inputs/sorted-namespacelist.json"),
            "namespace a; namespace b",
        ),
        ("utf16le-bom", include_bytes!("inputs/utf16le-bom.json"), "namespace a; a/p ok:1"),
        (
            "utf16le-bom-yaml",
            include_bytes!("inputs/utf16le-bom-yaml.yaml"),
            "namespace a; a/p ok:1",
        ),
        ("utf8-bom-yaml", include_bytes!("inputs/utf8-bom-yaml.yaml"), "namespace a; a/p ok:1"),
        ("yaml-anchors", include_bytes!("inputs/yaml-anchors.yaml"), "a/p ok:1; a/q ok:1"),
    ];
    for (name, input, expected) in rows {
        let facts = facts(input).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(shown(&facts), *expected, "{name}");
    }
}

#[tokio::test]
async fn what_people_have_that_is_no_input_is_named() {
    let rows: &[(&str, &[u8])] = &[
        ("partial-list", include_bytes!("inputs/partial-list.json")),
        ("stderr-mixed", include_bytes!("inputs/stderr-mixed.json")),
        ("warning-mixed", include_bytes!("inputs/warning-mixed.json")),
    ];
    let mut told = Vec::new();
    for (name, input) in rows {
        let error = facts_of(Cursor::new(input.to_vec())).await.expect_err(name);
        told.push(format!("{name}\n  {error}\n  hint: {}", error.hint().unwrap()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[tokio::test]
async fn a_container_that_cannot_be_updated_does_not_run() {
    let facts = facts(include_bytes!("inputs/inplace-update-stuck.json")).await.unwrap();
    let [Observed::Pod(pod)] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(pod.phase, PodPhase::Running);
    assert!(!pod.containers[0].running);
    assert_eq!(pod.containers[0].status_image, "r.example/app:v1");
}

#[tokio::test]
async fn a_message_before_yaml_is_passed_over_where_it_is_yaml_too() {
    let yaml = "kind: Pod\nmetadata: {name: x, namespace: a}\n";
    let log = "E1126 08:11:02.1   1 memcache.go:287] err=\"couldn't get: the server is unable\"";
    for message in
        ["Warning: v1 ComponentStatus is deprecated", log, "I1126 08:11:02.1 1 r.go:7] a: b"]
    {
        let read = facts(format!("{message}\n{yaml}")).await;
        assert_eq!(shown(&read.unwrap()), "a/x", "{message}");
        for rest in
            ["", "more words", "kind: Secret\n", "{\"kind\":\"List\",\"items\":[]}", "[]", "\tx\n"]
        {
            let error = facts(format!("{message}\n{rest}")).await.unwrap_err();
            let expected = "it looks like output of kubectl with a message in its first line: `";
            assert!(error.starts_with(expected), "{message} before {rest}: {error}");
        }
    }
}
