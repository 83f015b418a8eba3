//! What lists hold, in JSON and in YAML: JSON that is told to be YAML, by a comment before it, is
//! read as such.

use super::*;

/// What is in a text, and how many objects of it were skipped; or why it cannot be read.
async fn told(text: &str) -> String {
    match facts(text).await {
        Ok(facts) => shown(&facts),
        Err(error) => format!("error: {error}"),
    }
}

/// A list of a kind, which stands before its items or after them, with metadata.
fn list(kind: &str, first: bool, metadata: &str, items: &[&str]) -> String {
    let (kind, items) = (format!(r#""kind":"{kind}""#), items.join(","));
    let items = format!(r#""metadata":{{{metadata}}},"items":[{items}]"#);
    let (one, other) = if first { (kind, items) } else { (items, kind) };
    format!("{{{one},{other}}}")
}

const BARE_POD: &str =
    r#"{"metadata":{"name":"p","namespace":"a"},"spec":{"containers":[{"image":"ok:1"}]}}"#;
const EMPTY_POD: &str = r#"{"metadata":{"name":"e","namespace":"a"}}"#;
const OWN_POD: &str = r#"{"kind":"Pod","metadata":{"name":"o","namespace":"a"},"spec":{"containers":[{"image":"own:1"}]}}"#;
const NAMESPACE: &str =
    r#"{"metadata":{"name":"n"},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}"#;
const OTHER: &str = r#"{"kind":"Deployment","metadata":{"name":"d"},"spec":{"containers":5}}"#;
const ODD: &str = r#"{"metadata":{"name":"odd"},"spec":{"containers":5}}"#;

#[tokio::test]
async fn items_without_a_kind_are_of_their_list_s_wherever_it_says_so() {
    let rows: &[(&str, &[&str], &str)] = &[
        ("PodList", &[BARE_POD, EMPTY_POD], "a/p ok:1; a/e"),
        ("PodList", &[], ""),
        ("NamespaceList", &[NAMESPACE, NAMESPACE], "namespace n; namespace n"),
        ("NamespaceList", &[], ""),
        ("List", &[BARE_POD, OWN_POD], "a/p ok:1; a/o own:1"),
        ("List", &[OWN_POD, OTHER], "a/o own:1"),
        ("PodList", &[OTHER, OWN_POD], "a/o own:1"),
        ("ServiceList", &[OWN_POD, NAMESPACE, ODD], "a/o own:1"),
    ];
    for (kind, items, expected) in rows {
        for first in [true, false] {
            let text = list(kind, first, "", items);
            let beside = format!("{text}\n{}", list("PodList", true, "", &[BARE_POD]));
            let both = ["a/p ok:1", &format!("{expected}; a/p ok:1")]
                [usize::from(!expected.is_empty())]
            .to_owned();
            // Those with a kind, or with containers, need not wait for the end of their list.
            let sorted = |told: &str| {
                let mut parts: Vec<_> = told.split("; ").map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&told(&text).await), sorted(expected), "{text}");
            assert_eq!(
                sorted(&told(&format!("# YAML\n{text}")).await),
                sorted(expected),
                "YAML {text}"
            );
            assert_eq!(sorted(&told(&beside).await), sorted(&both), "{beside}");
        }
    }
}

#[tokio::test]
async fn lists_within_lists_count() {
    let inner = list("PodList", true, "", &[BARE_POD]);
    let inner_late = list("PodList", false, "", &[BARE_POD, EMPTY_POD]);
    let namespaces = list("NamespaceList", false, "", &[NAMESPACE]);
    let others = list("ServiceList", false, "", &[NAMESPACE]);
    let empty_others = list("ServiceList", true, "", &[]);
    let null = r#"{"kind":"PodList","items":null}"#;
    let within = |items: &[&str]| list("List", false, "", items);
    let rows = [
        (within(&[&inner, OWN_POD]), "a/p ok:1; a/o own:1"),
        (within(&[OWN_POD, &inner]), "a/o own:1; a/p ok:1"),
        (within(&[&within(&[&within(&[&inner])]), &inner]), "a/p ok:1; a/p ok:1"),
        (within(&[&namespaces, &inner_late]), "namespace n; a/p ok:1; a/e"),
        (within(&[&others, &inner]), "a/p ok:1"),
        (within(&[&inner, &empty_others, OTHER]), "a/p ok:1"),
        (within(&[null]), ""),
        (within(&[null, OWN_POD, null]), "a/o own:1"),
        (within(&[&within(&[])]), ""),
        (format!("[{inner},[{namespaces}],{OWN_POD}]"), "a/p ok:1; namespace n; a/o own:1"),
        (format!("[[[{OWN_POD}]],[],[[]]]"), "a/o own:1"),
        (within(&[&others]), "error: it holds no namespace and no pod, but an object of another kind"),
        // A text is no key, and a key within a pod is none of a list.
        (
            r#"[{"metadata":{"name":"x","namespace":"a","annotations":{"items":[1]}},"kind":"Pod","a":"\"items\":["}]"#.to_owned(),
            "a/x",
        ),
        (r#"[{"a\"items":[1],"metadata":{"name":"x","namespace":"a"}}]"#.to_owned(), "a/x"),
        (r#"[{"items" : [ {"kind":"Pod","metadata":{"name":"x","namespace":"a"}} ] } ]"#.to_owned(), "a/x"),
    ];
    for (text, expected) in &rows {
        assert_eq!(told(text).await, *expected, "{text}");
        let yaml = told(&format!("# YAML\n{text}")).await;
        assert_eq!(yaml, *expected, "YAML {text}");
    }
}

#[tokio::test]
async fn objects_of_other_kinds_beside_pods_are_skipped() {
    let pods = list("PodList", true, "", &[BARE_POD]);
    let rows = [
        format!("{pods}{OTHER}"),
        format!("{OTHER}\n{pods}\n{OTHER}"),
        format!("{pods}{{}}"),
        format!("{{\"kind\":\"ReplicationControllerList\",\"items\":[]}}{pods}"),
        format!("{}{pods}", list("ServiceList", true, "", &[NAMESPACE, OTHER])),
        format!("{}{pods}", list("ServiceList", false, r#""continue":"t""#, &[NAMESPACE])),
        format!("{pods}{}", r#"{"kind":"Status","status":"Success"}"#),
        format!("[{OTHER},{BARE_POD}]"),
    ];
    for text in &rows {
        assert_eq!(told(text).await, "a/p ok:1", "{text}");
    }
    let yaml = "kind: Deployment\nmetadata: {name: d}\n---\nkind: ServiceList\nitems: []\n---\n\
                kind: Pod\nmetadata: {name: x, namespace: a}\n---\nkind: Secret\n";
    assert_eq!(told(yaml).await, "a/x");
}

#[tokio::test]
async fn a_page_of_a_longer_list_is_refused() {
    let rest = r#""continue":"t","remainingItemCount":41"#;
    let one = r#""continue":"t","remainingItemCount":1"#;
    let unknown = r#""continue":"t""#;
    let inner = list("PodList", false, rest, &[BARE_POD]);
    let rows = [
        list("PodList", true, rest, &[BARE_POD]),
        list("PodList", false, rest, &[BARE_POD]),
        list("PodList", true, one, &[BARE_POD]),
        list("PodList", true, unknown, &[BARE_POD]),
        list("PodList", true, r#""continue":"t","remainingItemCount":-5"#, &[]),
        list("PodList", true, r#""continue":"t","remainingItemCount":null"#, &[]),
        list("NamespaceList", false, rest, &[NAMESPACE]),
        list("NamespaceList", true, unknown, &[]),
        list("List", true, rest, &[OWN_POD]),
        list("List", true, "", &[&inner]),
        list("ServiceList", false, rest, &[OWN_POD]),
        format!("[{inner}]"),
        format!("{OWN_POD}\n{inner}"),
    ];
    let mut shown = Vec::new();
    for text in &rows {
        shown.push(format!("{text}\n  {}", told(text).await));
        shown.push(format!(
            "  {}",
            told(&format!("# YAML\n---\n{}", text.replace("}\n{", "}\n---\n{"))).await
        ));
    }
    insta::assert_snapshot!(shown.join("\n"));
    let whole = r#""continue":"","remainingItemCount":0,"resourceVersion":"5""#;
    assert_eq!(told(&list("PodList", true, whole, &[BARE_POD])).await, "a/p ok:1");
}

#[tokio::test]
async fn what_makes_a_list_unreadable_is_told() {
    let rows = [
        // A refusal beside pods is no object that could be skipped.
        format!(r#"{OWN_POD}{{"kind":"Status","status":"Failure","message":"pods is forbidden"}}"#),
        format!("[{}]", list("PodList", false, "", &[ODD])),
        list("NamespaceList", false, "", &[ODD]),
        r#"{"kind":"Config","apiVersion":"v1","clusters":[]}"#.to_owned(),
        format!("{OTHER}{OTHER}"),
        list("ServiceList", false, "", &[r#"{"metadata":tru}"#]),
        r#"[{"items":[1]}]"#.to_owned(),
        r#"[{"items":[]"#.to_owned(),
        r#"[{"items":[]}"#.to_owned(),
        r#"[{"items":[],"items":[]}]"#.to_owned(),
        r#"[{"items":[]},"#.to_owned(),
        "[".to_owned(),
        "[]]".to_owned(),
        "[{]".to_owned(),
        r#"{"kind":"List","items":[[]]}"#.to_owned(),
        format!("{}{}", "[".repeat(31), "]".repeat(31)) + "x",
        "[".repeat(1_000_000),
        r#"{"items":["#.repeat(100_000),
        format!("{}1", r#"{"a":"#.repeat(1_000_000)),
        format!("{{\"kind\":\"Pod\",\"metadata\":{}1{}}}", r#"{"a":"#.repeat(500), "}".repeat(500)),
    ];
    let mut shown = Vec::new();
    for text in &rows {
        shown.push(format!("{:.100}\n  {}", text, told(text).await));
    }
    insta::assert_snapshot!(shown.join("\n"));
}
