//! Detects which API version Anchore has.

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

/// The longest that the answer may take, also where a delivery may take longer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What Anchore says of itself at `/version`. Enterprise 4 doesn't speak of an API.
#[derive(Deserialize)]
struct Version {
    api: ApiOfVersion,
}

#[derive(Deserialize)]
struct ApiOfVersion {
    version: Value,
}

/// Asks Anchore which API it has; `None`: nothing in its answer says so. Credentials aren't sent:
/// Anchore tells everybody.
///
/// # Errors
/// When there is no connection, so that nothing else can be asked either; when the API is another.
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
    // Half of an answer is no JSON.
    let (body, _) = Beginning::of(&mut answer).await;
    api(&body.bytes)
}

/// The API that an answer names, by its first number: 2 is v2, 1 and less v1 (Enterprise 4 says
/// `0.1.20`, say).
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
