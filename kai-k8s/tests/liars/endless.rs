//! Lists that never end are given up after few requests.

use kai_core::SourceErrorKind;

use super::{Answer, Encoding, Object, What, run};

/// A page of a list with these names, which goes on with a token.
fn page(what: What, names: &[&str], next: &'static str) -> Answer {
    let namespace = if matches!(what, What::Pods | What::PodsOfOne) { "a" } else { "" };
    let items = names.iter().map(|name| Object::new(namespace, name)).collect();
    let kind = match what {
        What::Namespaces => "NamespaceList",
        What::Nodes => "NodeList",
        _ => "PodList",
    };
    Answer::List { kind, items, next, remaining: 1 }
}

fn gone(next: &'static str) -> Answer {
    Answer::Status { http: 410, code: 410, message: "too old", next }
}

type Script = fn(What, usize, &str) -> Answer;

#[tokio::test(start_paused = true)]
async fn a_list_that_does_not_get_on_is_given_up() {
    let scripts: [(&str, Script); 12] = [
        ("the same page with the same token", |what, _, _| page(what, &["x"], "t")),
        ("the same page with other tokens", |what, nth, _| {
            page(what, &["x"], if nth % 2 == 0 { "t" } else { "u" })
        }),
        ("empty pages", |what, _, _| page(what, &[], "t")),
        ("empty pages after one that is not", |what, nth, _| {
            page(what, if nth == 0 { &["x"] } else { &[] }, "t")
        }),
        ("keys that go back", |what, nth, _| {
            page(what, if nth == 0 { &["x"] } else { &["b"] }, "t")
        }),
        ("a key twice in a page", |what, _, _| page(what, &["x", "x"], "")),
        ("410 without a token", |_, _, _| gone("")),
        ("410 with a token", |_, _, _| gone("t")),
        ("410 with a token that leads back to the same page", |what, nth, _| {
            if nth % 2 == 0 { page(what, &["x"], "t") } else { gone("t") }
        }),
        ("410 without a token after each page", |what, nth, _| {
            if nth % 2 == 0 { page(what, &["x"], "t") } else { gone("") }
        }),
        ("410 and empty pages in turn", |what, nth, _| {
            if nth % 2 == 0 { gone("t") } else { page(what, &[], "t") }
        }),
        ("a page that is known, then 410, then empty pages", |what, nth, _| match nth % 3 {
            0 => page(what, &["x", "y"], "t"),
            1 => gone("t"),
            _ => page(what, &[], "u"),
        }),
    ];
    for encoding in Encoding::ALL {
        for what in What::LISTS {
            for (how, script) in scripts {
                let outcome = run(encoding, what, move |asked, nth, token| {
                    (asked == what).then(|| script(what, nth, token))
                })
                .await;
                let row = format!("{how}, {what:?}, {encoding:?}");
                let error = outcome.error();
                println!("{row}: {} requests: {error}", outcome.requests);
                assert!(outcome.requests <= 50, "{row}: {}", outcome.requests);
                let kind = outcome.result.unwrap_err().kind();
                let known = [SourceErrorKind::Malformed, SourceErrorKind::Rejected];
                assert!(known.contains(&kind), "{row}: {kind:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_slow_to_get_on_is_read_to_its_end() {
    let scripts: [(&str, Script); 4] = [
        ("some empty pages between", |what, nth, _| match nth {
            0 => page(what, &["a"], "t"),
            9 => page(what, &["b"], ""),
            _ => page(what, &[], "t"),
        }),
        ("begun anew, each known page again", |what, nth, _| match nth {
            0..20 => page(what, &[NAMES[nth]], "t"),
            20 => gone(""),
            21..41 => page(what, &[NAMES[nth - 21]], "t"),
            _ => page(what, &["z"], ""),
        }),
        ("gone on after each of many refusals", |what, nth, _| match nth {
            40 => page(what, &["z"], ""),
            nth if nth % 2 == 1 => gone("t"),
            nth => page(what, &[NAMES[nth / 2]], "t"),
        }),
        ("counts that are wrong", |what, nth, _| {
            let names: &[&str] = if nth == 0 { &["a"] } else { &["z"] };
            let mut list = page(what, names, if nth == 0 { "t" } else { "" });
            if let Answer::List { remaining, .. } = &mut list {
                *remaining = [i64::MIN, i64::MAX, -1][nth % 3];
            }
            list
        }),
    ];
    for encoding in Encoding::ALL {
        for what in What::LISTS {
            for (how, script) in scripts {
                let outcome = run(encoding, what, move |asked, nth, token| {
                    (asked == what).then(|| script(what, nth, token))
                })
                .await;
                let row = format!("{how}, {what:?}, {encoding:?}");
                // Of the pods of all namespaces the rest may be listed by namespace.
                assert!(outcome.result.is_ok(), "{row}: {}", outcome.error());
            }
        }
    }
}

const NAMES: [&str; 20] = [
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s",
    "t",
];

#[tokio::test(start_paused = true)]
async fn a_token_that_no_request_could_carry_is_an_error() {
    let long: &'static str = "x".repeat(17_000).leak();
    for encoding in Encoding::ALL {
        for what in What::LISTS {
            let outcome = run(encoding, what, move |asked, _, _| {
                (asked == what).then(|| page(what, &["x"], long))
            })
            .await;
            let error = outcome.error();
            assert!(
                error.contains("the token by which the list goes on has more than 16384 bytes")
            );
        }
    }
}
