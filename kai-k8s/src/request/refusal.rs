//! What an answer that doesn't say yes, or none at all, means.

use std::error::Error as StdError;
use std::io;
use std::iter;
use std::time::Duration;

use http::Response;
use http::header::RETRY_AFTER;
use http_body_util::BodyExt;
use kube::client::Body;
use serde::Deserialize;

use super::budget::Budget;
use crate::error::Failure;
use crate::excerpt::excerpt;
use crate::transport::ConnectFailure;
use crate::wire::page::Encoding;
use crate::wire::protobuf;

/// The most of an error's body that is read.
const ERROR_BODY_MAX: usize = 64 * 1024;

/// The parts of a [Status] that say why.
///
/// [Status]: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
#[derive(Default, Deserialize)]
#[serde(default)]
struct Status {
    message: Option<String>,
    metadata: Option<StatusMetadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StatusMetadata {
    #[serde(rename = "continue")]
    next: Option<String>,
}

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
    let (said, next) = match Encoding::of(&head.headers) {
        Encoding::Protobuf => protobuf::status(&text).unwrap_or_default(),
        Encoding::Json => status(&text),
    };
    Failure::Status {
        code: head.status,
        said: excerpt(&said),
        // Seconds only: the other form, a date, no API server sends.
        retry_after: head
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs),
        next: Some(next).filter(|token| !token.is_empty()),
    }
}

/// What a Status says: its message, and where a list goes on that has expired. Any other text says
/// what it is.
fn status(text: &[u8]) -> (String, String) {
    let status: Status = serde_json::from_slice(text).unwrap_or_default();
    let said = status.message.unwrap_or_else(|| String::from_utf8_lossy(text).into_owned());
    (said, status.metadata.and_then(|metadata| metadata.next).unwrap_or_default())
}

/// Tells a server that can't be reached from one that isn't trusted and from a broken connection.
pub(super) fn classify(error: &kube::Error) -> Failure {
    let (mut connecting, mut untrusted) = (false, false);
    for error in causes(error) {
        connecting |= error.is::<ConnectFailure>();
        // What a client of the caller's says.
        if let Some(error) = error.downcast_ref::<hyper_util::client::legacy::Error>() {
            connecting |= error.is_connect();
        }
        // The TLS handshake reports what it doesn't accept as invalid data.
        if let Some(error) = error.downcast_ref::<io::Error>() {
            untrusted |= error.kind() == io::ErrorKind::InvalidData;
        }
    }
    match (connecting, untrusted) {
        (true, true) => Failure::Tls(root_cause(error)),
        (true, false) => Failure::Connect(root_cause(error)),
        (false, _) => Failure::Transport(root_cause(error)),
    }
}

/// An error and its causes, also those that an I/O error wraps and passes over.
fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}

/// What the innermost cause says; the layers around it say where in the client it was.
pub(super) fn root_cause(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(|error| excerpt(&error.to_string())).unwrap_or_default()
}
