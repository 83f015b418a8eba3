//! Detects which API Anchore has.

use std::time::Duration;

use kai_core::Excerpt;
use kai_net::secrets;
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::Value;
use tracing::debug;

use crate::answer::Beginning;
use crate::api::ApiVersion;
use crate::error::DeliveryError;
use crate::transport;
use crate::url::AnchoreUrl;

/// Upper limit for the timeout of this request, even if deliveries may take longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Anchore's response at `/version`. Enterprise 4 doesn't include an API version.
#[derive(Deserialize)]
struct Version {
    api: ApiOfVersion,
}

#[derive(Deserialize)]
struct ApiOfVersion {
    version: Value,
}

/// Queries the API version of Anchore; `None` if the response doesn't include one. Sends no
/// credentials: the endpoint is public.
///
/// # Errors
/// When no connection can be established, so other requests would fail, too; for an unknown API.
pub(crate) async fn ask(
    client: &Client,
    url: &AnchoreUrl,
    timeout: Option<Duration>,
) -> Result<Option<ApiVersion>, DeliveryError> {
    let limit = timeout.map_or(TIMEOUT, |timeout| timeout.min(TIMEOUT));
    let answer = client.get(url.join("/version")).timeout(limit).send().await;
    let found = match answer {
        Ok(answer) => named(answer).await?,
        Err(error) => match transport::failure(&error, timeout) {
            error @ (DeliveryError::Unreachable(_) | DeliveryError::Untrusted(_)) => {
                return Err(error);
            }
            _ => None,
        },
    };
    if let Some(version) = found {
        debug!("Anchore has API {version}");
    } else {
        debug!("Anchore doesn't say which API it has");
    }
    Ok(found)
}

async fn named(mut answer: Response) -> Result<Option<ApiVersion>, DeliveryError> {
    if !answer.status().is_success() {
        return Ok(None);
    }
    // A truncated body is not valid JSON, so a broken connection needs no check.
    let (body, _) = Beginning::of(&mut answer).await;
    api(&body.bytes)
}

/// The API version in a response, by its major number: 2 is v2, 0 and 1 are v1 (Enterprise 4
/// reports `0.1.20`, for example).
fn api(body: &[u8]) -> Result<Option<ApiVersion>, DeliveryError> {
    let Ok(version) = serde_json::from_slice::<Version>(body) else { return Ok(None) };
    let named = match version.api.version {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return Ok(None),
    };
    if named.is_empty() {
        return Ok(None);
    }
    let major = named.trim_start_matches('v').split('.').next().unwrap_or_default();
    match major.parse::<u32>() {
        Ok(2) => Ok(Some(ApiVersion::V2)),
        Ok(0 | 1) => Ok(Some(ApiVersion::V1)),
        _ => Err(DeliveryError::UnknownApi(Excerpt(&secrets::mask(&named)).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_2_means_v2_and_smaller_ones_v1() {
        let table = [
            (r#"{"service":{"version":"5.0.0"},"api":{"version":"2"}}"#, Some(ApiVersion::V2)),
            (r#"{"api":{"version":2}}"#, Some(ApiVersion::V2)),
            (r#"{"api":{"version":" 2 "}}"#, Some(ApiVersion::V2)),
            (r#"{"api":{"version":"2.1"}}"#, Some(ApiVersion::V2)),
            (r#"{"api":{"version":"v2"}}"#, Some(ApiVersion::V2)),
            (r#"{"api":{"version":"1"}}"#, Some(ApiVersion::V1)),
            (r#"{"api":{"version":"0.1.20"}}"#, Some(ApiVersion::V1)),
            (r#"{"api":{"version":" "}}"#, None),
            (r#"{"api":{}}"#, None),
            (r#"{"api":{"version":null}}"#, None),
            (r#"{"service":{"version":"4.9.0"},"db":{"schema_version":"400"}}"#, None),
            ("<html>2</html>", None),
            ("2", None),
            ("", None),
        ];
        for (body, expected) in table {
            println!("{body}");
            assert_eq!(api(body.as_bytes()).unwrap(), expected);
        }
    }

    #[test]
    fn an_api_that_is_not_known_is_an_error_that_names_it() {
        for version in [r#""3""#, "3", r#""21""#, r#""next""#, r#""-1""#] {
            let error = api(format!(r#"{{"api":{{"version":{version}}}}}"#).as_bytes());
            let error = error.unwrap_err().to_string();
            println!("{error}");
            assert!(error.starts_with(&format!("Anchore has API `{}`", version.trim_matches('"'))));
        }
    }
}
