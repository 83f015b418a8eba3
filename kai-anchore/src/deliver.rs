//! One POST: what is sent, and which responses count as success.

use std::time::Duration;

use kai_core::Payload;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response};
use secrecy::{ExposeSecret, SecretString};
use tracing::debug;

use crate::answer::{self, Beginning};
use crate::api::ApiVersion;
use crate::body;
use crate::error::DeliveryError;
use crate::transport;
use crate::url::AnchoreUrl;

/// A report that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivered {
    /// The API that accepted it.
    pub api: ApiVersion,
    /// The URL that it was posted to.
    pub url: String,
    /// The length of its body.
    pub bytes: u64,
}

/// A delivery in progress.
pub(crate) struct Delivery<'a> {
    pub(crate) client: &'a Client,
    pub(crate) url: &'a AnchoreUrl,
    pub(crate) user: &'a str,
    pub(crate) password: SecretString,
    pub(crate) account: &'a HeaderValue,
    pub(crate) timeout: Option<Duration>,
    pub(crate) payload: &'a Payload,
}

impl Delivery<'_> {
    /// Sends the report through an API.
    pub(crate) async fn post(&self, api: ApiVersion) -> Result<Delivered, DeliveryError> {
        let (body, bytes) = body::of(self.payload, api).await?;
        let url = self.url.join(api.path());
        debug!("posting {bytes} bytes to {url}");
        let request = self
            .client
            .post(url.clone())
            .basic_auth(self.user, Some(self.password.expose_secret()))
            .header(CONTENT_TYPE, "application/json")
            .header("x-anchore-account", self.account)
            .body(body);
        let answer = request.send().await;
        let answer = answer.map_err(|error| transport::failure(&error, self.timeout))?;
        self.judge(api, answer).await?;
        Ok(Delivered { api, url: url.into(), bytes })
    }

    /// Success is 2xx with a body that is empty or JSON: a proxy's login page has status 200, too.
    async fn judge(&self, api: ApiVersion, mut answer: Response) -> Result<(), DeliveryError> {
        let (body, broken) = Beginning::of(&mut answer).await;
        let status = answer.status();
        let refusal = answer::refusal(api, &answer, &body);
        if status.is_redirection() {
            return Err(DeliveryError::Redirected { refusal, to: answer::location(&answer) });
        }
        if !status.is_success() {
            // The body is only used in the message: what was read of it is enough.
            return Err(DeliveryError::Rejected(refusal));
        }
        if let Some(error) = broken {
            return Err(transport::failure(&error, self.timeout));
        }
        if body.is_empty_or_json() { Ok(()) } else { Err(DeliveryError::NotAnchore(refusal)) }
    }
}
