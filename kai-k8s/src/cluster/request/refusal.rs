//! Classifies unsuccessful responses and transport errors.

use std::error::Error as StdError;

use http::Response;
use http::header::{LOCATION, RETRY_AFTER};
use http::response::Parts;
use http_body_util::BodyExt;
use kai_net::chain::{self, causes};
use kai_net::retry_after;
use kai_net::tls::Fault;
use kai_net::url::without_secrets;
use kube::client::Body;

use super::budget::Budget;
use crate::cluster::error::Failure;
use crate::cluster::excerpt::excerpt;
use crate::wire::page::Encoding;
use crate::wire::protobuf;
use crate::wire::status::Status;

/// The most of an error's body that is read.
const ERROR_BODY_MAX: usize = 64 * 1024;

/// What a server says that doesn't say yes.
pub(super) async fn refusal(answer: Response<Body>, budget: &Budget) -> Failure {
    let (head, mut body) = answer.into_parts();
    let mut text = Vec::new();
    // What it says besides its status is a courtesy: what is read of it until it breaks, will do.
    while let Ok(Some(Ok(frame))) = budget.bound(budget.stall(), body.frame()).await {
        let piece = frame.into_data().unwrap_or_default();
        text.extend_from_slice(&piece[..piece.len().min(ERROR_BODY_MAX - text.len())]);
        if text.len() == ERROR_BODY_MAX {
            break;
        }
    }
    let status = match Encoding::of(&head.headers) {
        Encoding::Protobuf => protobuf::status(&text),
        Encoding::Json => Status::from_json_of_any_kind(&text),
    };
    let (message, next) = status.map(|status| (status.message, status.next)).unwrap_or_default();
    let said = match redirection(&head) {
        Some(to) => format!("it redirects to `{to}`, and kai follows no redirect"),
        None if !message.is_empty() => excerpt(&message),
        None => excerpt(&String::from_utf8_lossy(&text)),
    };
    Failure::Status {
        code: head.status,
        said,
        // Seconds only: the other form, a date, no API server sends.
        retry_after: head
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| retry_after::seconds(value.to_str().ok()?)),
        next: Some(next).filter(|token| !token.is_empty()),
    }
}

/// Where an answer redirects to, without what may be a secret: user and password, and the query.
fn redirection(head: &Parts) -> Option<String> {
    let to = head.headers.get(LOCATION).filter(|_| head.status.is_redirection())?;
    let to = String::from_utf8_lossy(to.as_bytes());
    Some(excerpt(&without_secrets(&to)))
}

/// Tells a server that can't be reached from one that isn't trusted and from a broken connection.
pub(super) fn classify(error: &kube::Error) -> Failure {
    let mut connecting = false;
    for error in causes(error) {
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            connecting |= error.is_connect();
        }
    }
    match Fault::of(error) {
        Some(fault) if connecting => Failure::Tls(fault),
        // TLS 1.3 hears of it after the handshake.
        Some(fault @ Fault::Refused(_)) => Failure::Tls(fault),
        _ if connecting => Failure::Connect(root_cause(error)),
        _ => Failure::Transport(root_cause(error)),
    }
}

/// What the innermost cause says, fit to be shown.
pub(super) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    excerpt(&chain::root(error))
}
