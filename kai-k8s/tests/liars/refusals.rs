//! Refusals: those that may pass are tried again within the request timeout, and no faster than
//! the backoff; others are told for what they are.

use std::time::Duration;

use kai_core::SourceErrorKind;

use super::{Answer, Encoding, What, run};

const ALL: [What; 5] =
    [What::Namespaces, What::Nodes, What::Pods, What::PodsOfOne, What::Namespace];

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_for_ever_is_given_up_in_the_request_timeout_and_few_requests() {
    let waits =
        [None, Some("0"), Some("-1"), Some("1"), Some("99999999999999999999"), Some("soon")];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        for what in ALL {
            for code in [408, 425, 429, 500, 502, 503, 504] {
                for wait in waits {
                    let header = wait.map(|wait| ("retry-after", wait));
                    let outcome = run(encoding, what, move |asked, _, _| {
                        (asked == what).then(|| Answer::code(code, header))
                    })
                    .await;
                    let row = format!("{code}, Retry-After {wait:?}, {what:?}, {encoding:?}");
                    println!("{row}: {} in {:?}", outcome.requests, outcome.took);
                    assert!(outcome.result.is_err(), "{row}");
                    assert!(outcome.requests <= 20, "{row}: {}", outcome.requests);
                    assert!(outcome.took <= Duration::from_secs(5), "{row}: {:?}", outcome.took);
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn everything_refused_at_once_ends_in_the_request_timeout_too() {
    for code in [429, 503] {
        for wait in [None, Some(("retry-after", "0")), Some(("retry-after", "1"))] {
            let outcome = run(Encoding::Json, What::Pods, move |asked, nth, _| match asked {
                // A hundred namespaces, whose lists are all refused.
                What::Namespaces | What::Version if nth == 0 => None,
                _ => Some(Answer::code(code, wait)),
            })
            .await;
            let row = format!("{code}, {wait:?}");
            println!("{row}: {} in {:?}", outcome.requests, outcome.took);
            assert!(outcome.result.is_err(), "{row}");
            assert!(outcome.requests <= 60, "{row}: {}", outcome.requests);
            assert!(outcome.took <= Duration::from_secs(5), "{row}: {:?}", outcome.took);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_passes_leaves_no_trace() {
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        for what in ALL {
            for code in [408, 425, 429, 500, 502, 503, 504] {
                for status in [200, code] {
                    let outcome = run(encoding, what, move |asked, nth, _| {
                        (asked == what && nth < 2).then_some(Answer::Status {
                            http: status,
                            code,
                            message: "later",
                            next: "",
                        })
                    })
                    .await;
                    let row = format!("{code} in {status}, {what:?}, {encoding:?}");
                    assert!(outcome.result.is_ok(), "{row}: {}", outcome.error());
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_status_of_failure_is_told_by_its_message_whatever_the_code_of_http() {
    let table = [
        (400, SourceErrorKind::Rejected),
        (401, SourceErrorKind::Unauthenticated),
        (404, SourceErrorKind::Rejected),
        (422, SourceErrorKind::Rejected),
        // No code at all.
        (0, SourceErrorKind::Unavailable),
    ];
    for encoding in [Encoding::Json, Encoding::Protobuf] {
        for what in [What::Namespaces, What::Nodes, What::Pods, What::PodsOfOne] {
            for (code, kind) in table {
                let outcome = run(encoding, what, move |asked, _, _| {
                    let message = "the answer is no";
                    let status = Answer::Status { http: 200, code, message, next: "" };
                    (asked == what).then_some(status)
                })
                .await;
                let row = format!("{code}, {what:?}, {encoding:?}");
                let error = outcome.error();
                assert!(error.contains("the answer is no"), "{row}: {error}");
                assert_eq!(outcome.result.unwrap_err().kind(), kind, "{row}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirection_is_told_with_where_it_leads_and_no_secret() {
    for what in ALL {
        for code in [301, 302, 303, 307, 308] {
            let to = "https://user:secret@login.example/start?token=secret#secret";
            let outcome = run(Encoding::Json, what, move |asked, _, _| {
                (asked == what).then(|| Answer::code(code, Some(("location", to))))
            })
            .await;
            let error = outcome.error();
            assert!(error.contains("it redirects to `https://login.example/start`"), "{error}");
            assert!(!error.contains("secret"), "{error}");
            assert!(outcome.requests <= 5);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_encoding_that_was_not_asked_for_is_told() {
    for what in ALL {
        let outcome = run(Encoding::Json, what, move |asked, _, _| {
            (asked == what).then(|| Answer::code(200, Some(("content-encoding", "br"))))
        })
        .await;
        let error = outcome.error();
        assert!(error.contains("encoded as `br`, which was not asked for"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_a_status_is_no_version() {
    let outcome = run(Encoding::Json, What::Version, |asked, _, _| {
        let status = Answer::Status { http: 200, code: 404, message: "no version", next: "" };
        (asked == What::Version).then_some(status)
    })
    .await;
    let collected = outcome.result.unwrap();
    assert_eq!(collected.inventory.server_version(), None);
    assert!(format!("{:?}", collected.missing).contains("no version"));
}
