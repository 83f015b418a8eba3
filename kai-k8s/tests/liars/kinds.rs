//! An answer of another kind is no empty list.

use kai_core::SourceErrorKind;

use super::{Answer, Encoding, Object, What, run};

const KINDS: [&str; 8] =
    ["PodList", "NamespaceList", "NodeList", "List", "Pod", "Table", "ConfigMapList", ""];

fn kind_of(what: What) -> &'static str {
    match what {
        What::Namespaces => "NamespaceList",
        What::Nodes => "NodeList",
        _ => "PodList",
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_of_another_kind_is_an_error_also_where_it_is_empty() {
    for encoding in Encoding::ALL {
        for what in What::LISTS {
            for kind in KINDS.into_iter().filter(|kind| *kind != kind_of(what)) {
                for items in [vec![], vec![Object::new("a", "x")]] {
                    let row = format!("{what:?} as `{kind}`, {encoding:?}, {} items", items.len());
                    let list = Answer::List { kind, items, next: "", remaining: 0 };
                    let outcome = run(encoding, what, move |asked, _, _| {
                        (asked == what).then(|| list.clone())
                    })
                    .await;
                    let error = outcome.error();
                    println!("{row}: {error}");
                    assert_eq!(
                        outcome.result.as_ref().unwrap_err().kind(),
                        SourceErrorKind::Malformed,
                        "{row}"
                    );
                    let expected = format!("expected a `{}`, found ", kind_of(what));
                    assert!(error.contains(&expected), "{row}: {error}");
                    assert!(outcome.requests <= 5, "{row}: {}", outcome.requests);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_of_another_kind_is_an_error() {
    for encoding in [Encoding::Json, Encoding::JsonKindLast] {
        for what in What::LISTS {
            for kind in ["Pod", "Namespace", "Node", "Secret"] {
                let items = vec![Object::new("a", "x").of_kind(kind)];
                let list = Answer::List { kind: kind_of(what), items, next: "", remaining: 0 };
                let outcome =
                    run(encoding, what, move |asked, _, _| (asked == what).then(|| list.clone()))
                        .await;
                let row = format!("{kind} in {what:?}, {encoding:?}");
                if kind_of(what).strip_suffix("List") == Some(kind) {
                    assert!(outcome.result.is_ok(), "{row}: {}", outcome.error());
                } else {
                    let error = outcome.error();
                    assert!(error.contains("found an item of another kind"), "{row}: {error}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pod_of_another_namespace_is_an_error_in_the_list_of_one() {
    for encoding in Encoding::ALL {
        for (namespace, right) in [("a", true), ("b", false), ("aa", false), ("", false)] {
            let items = vec![Object::new(namespace, "x")];
            let list = Answer::List { kind: "PodList", items, next: "", remaining: 0 };
            let outcome = run(encoding, What::PodsOfOne, move |asked, _, _| {
                (asked == What::PodsOfOne).then(|| list.clone())
            })
            .await;
            if right {
                assert_eq!(outcome.result.unwrap().summary.pods, 1);
                continue;
            }
            let error = outcome.error();
            assert!(error.contains("/x`, which is of another namespace"), "{encoding:?}: {error}");
            let kind = outcome.result.unwrap_err().kind();
            assert_eq!(kind, SourceErrorKind::Malformed, "{encoding:?} `{namespace}`");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_object_than_the_namespace_that_was_asked_for_is_an_error() {
    let objects = [
        r#"{"kind":"Namespace","metadata":{"name":"b"}}"#,
        r#"{"kind":"Pod","metadata":{"name":"a"}}"#,
        r#"{"kind":"PodList","items":[]}"#,
        "{}",
        "[]",
        "<html>",
        "",
    ];
    for body in objects {
        let outcome = run(Encoding::Json, What::Namespace, move |asked, _, _| {
            (asked == What::Namespace).then(|| Answer::json(200, body))
        })
        .await;
        let error = outcome.error();
        println!("{body}: {error}");
        assert!(error.starts_with("cannot get namespace `a`: "), "{body}: {error}");
    }
}
