//! Answers that are no yes.

use std::time::Duration;

use insta::assert_snapshot;
use kai_anchore::{DeliveryError, DeliveryErrorKind};
use kai_core::Retry;
use testkit::{Receiver, Reply};

use crate::support::{V2, paths, report, reporter};

async fn refused(reply: Reply) -> DeliveryError {
    let receiver = Receiver::start(move |_| reply.clone());
    let error = reporter(&receiver, V2).send(&report().await).await.unwrap_err();
    assert_eq!(paths(&receiver).len(), 1, "one attempt is one request");
    assert_eq!(error.kind(), DeliveryErrorKind::Rejection);
    error
}

fn login_page() -> String {
    format!("<!DOCTYPE html>\n<html>\n\t<title>Sign\u{1b}[31m in</title>\n{}", "<br>\n".repeat(100))
}

#[tokio::test]
async fn a_rejection_quotes_its_status_and_the_beginning_of_its_body() {
    let error = refused(Reply::status(400).body(login_page())).await;
    assert_snapshot!(error, @r#"`POST /v2/kubernetes-inventory` was answered with 400 Bad Request: <!DOCTYPE html> <html> <title>Sign\u{1b}[31m in</title> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br>…"#);
    let DeliveryError::Rejected(refusal) = error else { panic!("{error:?}") };
    assert_eq!(refusal.said.chars().count(), 201);
}

#[tokio::test]
async fn a_rejection_without_a_body_is_its_status() {
    assert_snapshot!(refused(Reply::status(401)).await, @"`POST /v2/kubernetes-inventory` was answered with 401 Unauthorized");
    assert_snapshot!(refused(Reply::status(599)).await, @"`POST /v2/kubernetes-inventory` was answered with 599");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_quoted_as_far_as_it_came() {
    let error = refused(Reply::status(400).body("the account is unknown").cut_after(11)).await;
    assert_snapshot!(error, @"`POST /v2/kubernetes-inventory` was answered with 400 Bad Request: the account");
}

#[tokio::test]
async fn a_login_page_is_no_success() {
    let error = refused(Reply::status(200).body(login_page())).await;
    assert!(matches!(error, DeliveryError::NotAnchore(_)));
    assert_eq!(error.retry(), Retry::Never);
    assert_snapshot!(error, @r#"`POST /v2/kubernetes-inventory` was answered with 200 OK: <!DOCTYPE html> <html> <title>Sign\u{1b}[31m in</title> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br> <br>… (hint: this is neither JSON nor empty, so it is not Anchore that answers)"#);
}

#[tokio::test]
async fn a_long_page_is_no_success_either() {
    let page = format!("<html>{}", "x".repeat(100_000));
    let error = refused(Reply::status(200).body(page)).await;
    assert!(matches!(error, DeliveryError::NotAnchore(_)), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start(|_| Reply::status(201));
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/login?state=secret#top", elsewhere.url());
        let error = refused(Reply::status(status).header("location", &to)).await;
        assert!(matches!(error, DeliveryError::Redirected { .. }), "{error:?}");
        assert_eq!((error.status(), error.retry()), (Some(status), Retry::Never));
        let shown = format!("`{}/login`", elsewhere.url());
        assert!(error.to_string().contains(&shown), "{error}");
    }
    assert_eq!(paths(&elsewhere), [""; 0]);
}

#[tokio::test]
async fn a_redirect_says_where_to_without_what_may_be_secret() {
    let to = "https://login.example/sign-in?state=secret";
    assert_snapshot!(refused(Reply::status(302).header("location", to)).await, @"`POST /v2/kubernetes-inventory` was answered with 302 Found, to `https://login.example/sign-in` (hint: redirects are not followed, so that credentials stay with the host that is named)");
    assert_snapshot!(refused(Reply::status(302)).await, @"`POST /v2/kubernetes-inventory` was answered with 302 Found, to a place that it doesn't name (hint: redirects are not followed, so that credentials stay with the host that is named)");
}

#[tokio::test]
async fn whether_and_when_to_try_again_follows_from_the_status() {
    let after = |seconds| Retry::After(Duration::from_secs(seconds));
    let table = [
        (400, None, Retry::Never),
        (401, None, Retry::Never),
        (403, None, Retry::Never),
        (404, None, Retry::Never),
        (405, None, Retry::Never),
        (408, None, Retry::Backoff),
        (409, Some("1"), Retry::Never),
        (413, None, Retry::Never),
        (429, None, Retry::Backoff),
        (429, Some("1"), after(1)),
        (429, Some("3600"), after(30)),
        (429, Some("0"), Retry::Backoff),
        (429, Some("soon"), Retry::Backoff),
        (500, None, Retry::Backoff),
        (502, None, Retry::Backoff),
        (503, Some("7"), after(7)),
        (503, None, Retry::Backoff),
        (504, None, Retry::Backoff),
    ];
    for (status, retry_after, expected) in table {
        println!("{status} {retry_after:?}");
        let reply = Reply::status(status);
        let reply = match retry_after {
            Some(value) => reply.header("retry-after", value),
            None => reply,
        };
        let error = refused(reply).await;
        assert_eq!((error.status(), error.retry()), (Some(status), expected));
    }
}
