//! Update check: queries a user-configured server once, in the background.

#[cfg(test)]
mod tests;

use std::thread;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, ClientBuilder, StatusCode};
use semver::Version;
use serde::Deserialize;
use tokio::runtime::Builder;
use tracing::{debug, info};

use crate::error::one_line;
use crate::escape::Excerpt;
use crate::keys::UpdateUrl;
use crate::version;

/// Timeout of the whole request.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum size of the response.
const BODY_MAX: usize = 64 * 1024;
/// Maximum number of redirects to other paths of the same server.
const REDIRECTS_MAX: usize = 3;

/// Why the latest version is unknown.
#[derive(Debug, thiserror::Error)]
enum UpdateError {
    #[error("there is no client")]
    Client(#[source] reqwest::Error),
    #[error("no answer")]
    Request(#[source] reqwest::Error),
    #[error("the answer is {0}")]
    Status(StatusCode),
    #[error("the answer has more than {BODY_MAX} bytes")]
    TooLong,
    #[error("the answer is neither a version nor JSON with a `tag_name` that is one")]
    NoVersion,
}

/// Starts the check. Nothing waits for it: without a response by the end of the run, it is dropped.
///
/// On a thread of its own, since creating a client takes a while: it loads the system's roots.
pub(crate) fn start(url: &UpdateUrl) {
    let url = url.clone();
    let ask = move || match Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(check(&url, Client::builder())),
        Err(error) => debug!("cannot look for a newer kai: {error}"),
    };
    if let Err(error) = thread::Builder::new().name("update".into()).spawn(ask) {
        debug!("cannot look for a newer kai: {error}");
    }
}

/// Runs the check with a client built from this builder, and logs the result.
async fn check(url: &UpdateUrl, client: ClientBuilder) {
    let current = env!("CARGO_PKG_VERSION");
    let newest = match newest(url, client).await {
        Ok(newest) => newest,
        Err(error) => {
            let error = one_line(&error);
            return debug!("cannot look for a newer kai at {url}: {}", Excerpt(&error));
        }
    };
    let shown = newest.to_string();
    if is_newer(&newest, current) {
        info!("kai {} is available; this is kai {current}", Excerpt(&shown));
    } else {
        debug!("there is no newer kai: {url} has {}", Excerpt(&shown));
    }
}

fn is_newer(newest: &Version, current: &str) -> bool {
    // Build metadata doesn't make a version newer.
    Version::parse(current).is_ok_and(|current| newest.cmp_precedence(&current).is_gt())
}

async fn newest(url: &UpdateUrl, client: ClientBuilder) -> Result<Version, UpdateError> {
    let client = client
        .user_agent(version::user_agent())
        .timeout(TIMEOUT)
        .redirect(Policy::custom(redirect))
        .build()
        .map_err(UpdateError::Client)?;
    // The client's errors repeat the URL, which may contain secrets.
    let broken = |error: reqwest::Error| UpdateError::Request(error.without_url());
    let mut answer = client.get(url.url().clone()).send().await.map_err(broken)?;
    if !answer.status().is_success() {
        return Err(UpdateError::Status(answer.status()));
    }
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(broken)? {
        if body.len() + piece.len() > BODY_MAX {
            return Err(UpdateError::TooLong);
        }
        body.extend_from_slice(&piece);
    }
    version_in(&body).ok_or(UpdateError::NoVersion)
}

/// Only follows redirects within the configured server.
fn redirect(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from = attempt.previous();
    let same = from.last().is_some_and(|from| from.origin() == attempt.url().origin());
    if same && from.len() <= REDIRECTS_MAX { attempt.follow() } else { attempt.stop() }
}

/// The version in a response: plain, or as `tag_name` in a JSON object, as code hosts return it.
fn version_in(body: &[u8]) -> Option<Version> {
    #[derive(Deserialize)]
    struct Release {
        tag_name: String,
    }
    let text = str::from_utf8(body).ok()?.trim();
    let release = serde_json::from_str(text).map(|release: Release| release.tag_name);
    let name = release.as_deref().unwrap_or(text).trim();
    Version::parse(name.strip_prefix('v').unwrap_or(name)).ok()
}
