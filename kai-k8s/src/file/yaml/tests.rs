use std::fmt::Write;

use kai_core::Observed;

use super::*;

fn read_text(text: &str) -> Result<Vec<String>, String> {
    let mut documents = Documents::default();
    let facts = read_within(text.as_bytes(), &mut documents, 8 << 20);
    let facts = facts.and_then(|facts| documents.judge().map(|()| facts));
    let facts = facts.map_err(|error| error.to_string())?;
    let shown = facts.iter().map(|fact| match fact {
        Observed::Pod(pod) => {
            let images = pod.containers.iter().map(|it| format!(" {}", it.image));
            format!("{}/{}{}", pod.namespace, pod.name, images.collect::<String>())
        }
        Observed::Namespace(namespace) => format!("namespace {}", namespace.name),
        other => format!("{other:?}"),
    });
    Ok(shown.collect())
}

#[test]
fn aliases_stand_for_what_they_name() {
    let rows = [
        (
            "- {kind: Pod, metadata: &m {name: x, namespace: a}}\n- {kind: Pod, metadata: *m}\n",
            "a/x; a/x",
        ),
        ("- &p {kind: Pod, metadata: {name: x, namespace: a}}\n- *p\n", "a/x; a/x"),
        (
            "kind: List\nitems: &i\n- {kind: Pod, metadata: {name: x, namespace: a}}\nmore: *i\n",
            "a/x",
        ),
        (
            "&l\nkind: List\nitems:\n- &p {kind: Pod, metadata: {name: x, namespace: a}}\n- *p\n",
            "a/x; a/x",
        ),
        ("kind: &k Pod\nmetadata: {name: *k, namespace: a}\n", "a/Pod"),
        ("kind: Pod\nmetadata: {&n name: x, namespace: *n }\n", "name/x"),
        ("kind: Pod\nmetadata: {? &n name : x, namespace: a, b: {*n : c}}\n", "a/x"),
        ("kind: Pod\nmetadata: {name: x, namespace: a, uid: &u null, generateName: *u}\n", "a/x"),
        // The last anchor of a name counts.
        ("a: &x one\nb: &x a\nkind: Pod\nmetadata: {name: x, namespace: *x}\n", "a/x"),
        (
            "kind: Pod\nmetadata: {name: x, namespace: &n a}\n---\nkind: Pod\nmetadata: &n {name: y, namespace: b}\nspec: {a: *n}\n",
            "a/x; b/y",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(
            read_text(text).map(|facts| facts.join("; ")).as_deref(),
            Ok(expected),
            "{text}"
        );
    }
}

#[test]
fn merge_keys_bring_what_is_not_there() {
    let rows = [
        (
            "- &p {kind: Pod, metadata: {name: x, namespace: a}}\n- {<<: *p, metadata: {name: y, namespace: b}}\n",
            "a/x; b/y",
        ),
        (
            "- &p {kind: Pod, metadata: {name: x, namespace: a}}\n- metadata: {name: y, namespace: b}\n  <<: *p\n",
            "a/x; b/y",
        ),
        ("kind: Pod\nmetadata: {<<: [{name: x}, {name: y, namespace: a}]}\n", "a/x"),
        ("kind: Pod\nmetadata: {<<: {<<: {name: x}, namespace: a}}\n", "a/x"),
        ("<<: {metadata: {name: x, namespace: a}}\nkind: Pod\n", "a/x"),
        (
            "kind: Pod\nmetadata: {<<: null, name: x, namespace: a}\n",
            "line 2: a merge key (`<<`) takes a mapping, or a list of them",
        ),
        (
            "kind: Pod\nmetadata: {<<: text, name: x}\n",
            "line 2: a merge key (`<<`) takes a mapping, or a list of them",
        ),
        // In quotes it is a key as any other.
        ("kind: Pod\nmetadata: {'<<': {name: y}, name: x, namespace: a}\n", "a/x"),
        (
            "x: &x {kind: PodList}\n<<: *x\nitems:\n- metadata: {name: x, namespace: a}\n",
            "line 5: a merge key (`<<`) is not read around the items of a list",
        ),
    ];
    for (text, expected) in rows {
        let told = read_text(text).map_or_else(|error| error, |facts| facts.join("; "));
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn aliases_of_aliases_have_a_bound() {
    let mut laughs =
        "- kind: Pod\n  l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..30 {
        let inner = format!("*l{}", level - 1);
        writeln!(laughs, "  l{level}: &l{level} [{}]", vec![inner; 9].join(", ")).unwrap();
    }
    let many = format!(
        "kind: List\na: &a '{}'\nitems:\n{}",
        "x".repeat(1 << 19),
        "- {kind: Pod, metadata: {name: x}, a: *a}\n".repeat(30)
    );
    let merged = format!(
        "- &a {{kind: Pod, metadata: {{name: x, b: {}}}}}\n{}",
        "x".repeat(1 << 19),
        "- {<<: *a, c: d}\n".repeat(30)
    );
    for text in [laughs, many, merged] {
        let error = read_text(&text).unwrap_err();
        assert!(error.ends_with("stand for more than 8388608 bytes"), "{error:.300}");
    }
}

#[test]
fn what_is_nested_without_end_is_an_error() {
    for text in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        (0..3000).map(|depth| " ".repeat(depth) + "a:\n").collect(),
        format!("kind: Pod\nmetadata: {{name: {}x{}}}\n", "[".repeat(240), "]".repeat(240)),
    ] {
        let error = read_text(&text).unwrap_err();
        assert!(error.starts_with("line "), "{error:.300}");
    }
}

#[test]
fn byte_order_marks_go_where_a_document_may_begin_and_nowhere_else() {
    let rows = [
        ("\u{feff}a: b\n", "a: b\n"),
        ("\u{feff}\u{feff}a: b\n", "a: b\n"),
        ("\n\u{feff}a: b\n", "\na: b\n"),
        ("# c\n\u{feff}a: b\n", "# c\na: b\n"),
        ("a: b\n\u{feff}---\n\u{feff}c: d\n", "a: b\n---\nc: d\n"),
        ("a: b\n---\n\n# c\n\u{feff}c: d\n", "a: b\n---\n\n# c\nc: d\n"),
        ("a: b\n...\n\u{feff}# c\nc: d\n", "a: b\n...\n# c\nc: d\n"),
        ("a: b\r\n\u{feff}---\r\nc: d\r\n", "a: b\r\n---\r\nc: d\r\n"),
        ("a: b\n\u{feff}c: d\n", "a: b\n\u{feff}c: d\n"),
        ("a: \u{feff}b\n", "a: \u{feff}b\n"),
        ("a: |\n  b\n  \u{feff}---\n", "a: |\n  b\n  \u{feff}---\n"),
        ("--- a\nb\n\u{feff}c\n", "--- a\nb\n\u{feff}c\n"),
        ("a: b\n", "a: b\n"),
    ];
    for (text, expected) in rows {
        assert_eq!(marks::strip(text), expected, "{text:?}");
    }
}
