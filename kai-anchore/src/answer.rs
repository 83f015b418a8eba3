//! Interprets a response, whether Anchore or an intermediary sent it.

use std::time::{Duration, SystemTime};

use kai_core::Excerpt;
use kai_net::{retry_after, secrets};
use reqwest::header::{LOCATION, RETRY_AFTER};
use reqwest::{Response, Url};
use serde::de::IgnoredAny;

use crate::api::ApiVersion;
use crate::error::Refusal;

/// Maximum number of body bytes read.
const BODY_MAX: usize = 64 * 1024;
/// Upper limit for `Retry-After`: longer delays are capped.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// The beginning of a response body.
pub(crate) struct Beginning {
    pub(crate) bytes: Vec<u8>,
    /// Whether this is the whole body.
    pub(crate) whole: bool,
}

impl Beginning {
    /// Reads the body up to the limit. An error comes with what was read before it.
    pub(crate) async fn of(answer: &mut Response) -> (Self, Option<reqwest::Error>) {
        let mut bytes = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) => {
                    let room = BODY_MAX - bytes.len();
                    bytes.extend_from_slice(&piece[..piece.len().min(room)]);
                    if piece.len() > room {
                        return (Self { bytes, whole: false }, None);
                    }
                }
                Ok(None) => return (Self { bytes, whole: true }, None),
                Err(error) => return (Self { bytes, whole: false }, Some(error)),
            }
        }
    }

    /// Whether it is empty or JSON; if the body was not read whole, whether it begins like an
    /// object or an array.
    pub(crate) fn is_empty_or_json(&self) -> bool {
        let text = self.bytes.trim_ascii();
        if !self.whole {
            return matches!(text.first(), Some(b'{' | b'['));
        }
        text.is_empty() || serde_json::from_slice::<IgnoredAny>(text).is_ok()
    }

    /// The text on one line, redacted and shortened for messages.
    fn excerpt(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        Excerpt(&secrets::mask_on_one_line(&text)).to_string()
    }
}

/// A response that doesn't confirm acceptance of the report.
pub(crate) fn refusal(api: ApiVersion, answer: &Response, body: &Beginning) -> Refusal {
    let asked = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Refusal {
        api,
        status: answer.status().as_u16(),
        said: body.excerpt(),
        retry_after: asked.and_then(|value| retry_after::wait(value, SystemTime::now(), WAIT_MAX)),
    }
}

/// The target of a redirect. Query and fragment may contain secrets and are left out.
pub(crate) fn location(answer: &Response) -> Option<String> {
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    let to: Url = answer.url().join(location).ok()?;
    let to = format!("{}{}", to.origin().ascii_serialization(), to.path());
    Some(Excerpt(&secrets::mask(&to)).to_string())
}
