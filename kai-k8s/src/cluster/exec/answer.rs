//! Parses the output of a credentials plugin.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

use super::VERSIONS;
use crate::cluster::token::checked_token;

/// A credential as a plugin gave it out.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) token: Option<SecretString>,
    /// A certificate and its private key, both PEM.
    pub(crate) certificate: Option<(String, SecretString)>,
    /// When it ends; `None`: when the server refuses it.
    pub(crate) expiry: Option<Timestamp>,
}

/// An [`ExecCredential`], as far as it is the plugin's to say.
///
/// [`ExecCredential`]: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecCredential {
    kind: Option<String>,
    api_version: Option<String>,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl Issued {
    /// Reads an answer, JSON or YAML, that has to be of this version. No error quotes it: it holds
    /// a secret.
    pub(super) fn read(answer: &[u8], version: &str) -> Result<Self, String> {
        if answer.trim_ascii().is_empty() {
            return Err("it printed nothing; it has to print an ExecCredential".to_owned());
        }
        let answer: ExecCredential = serde_saphyr::from_slice(answer).map_err(|error| {
            let place = error.location().map_or_else(String::new, |place| {
                format!(" (line {}, column {})", place.line(), place.column())
            });
            format!("it printed no ExecCredential{place}")
        })?;
        if answer.kind.as_deref() != Some("ExecCredential") {
            return Err("it printed no ExecCredential: the `kind` is another".to_owned());
        }
        if answer.api_version.as_deref() != Some(version) {
            let known =
                VERSIONS.into_iter().find(|known| Some(*known) == answer.api_version.as_deref());
            let printed =
                known.map_or_else(|| "another one".to_owned(), |known| format!("`{known}`"));
            return Err(format!(
                "its answer has to be of version `{version}`, and is of {printed}"
            ));
        }
        let status = answer.status.ok_or("its answer has no `status`")?;
        let text = |text: Option<String>| text.filter(|text| !text.is_empty());
        let token = match text(status.token) {
            Some(token) => checked_token(&token)?,
            None => None,
        };
        let certificate = match (text(status.client_certificate_data), text(status.client_key_data))
        {
            (Some(certificate), Some(key)) => Some((certificate, key.into())),
            (None, None) => None,
            (Some(_), None) => {
                return Err(
                    "its answer has `clientCertificateData` without `clientKeyData`".to_owned()
                );
            }
            (None, Some(_)) => {
                return Err(
                    "its answer has `clientKeyData` without `clientCertificateData`".to_owned()
                );
            }
        };
        if token.is_none() && certificate.is_none() {
            return Err("its answer has neither `token` nor `clientCertificateData`".to_owned());
        }
        let expiry = text(status.expiration_timestamp)
            .map(|text| time(&text))
            .transpose()
            .map_err(|_: jiff::Error| {
                "its `expirationTimestamp` is no time, as `2026-01-31T12:00:00Z`".to_owned()
            })?;
        Ok(Self { token, certificate, expiry })
    }
}

/// A time by RFC 3339. The end of the year 9999, which means for ever, is beyond the range of times
/// with an offset, and not of those without.
fn time(text: &str) -> Result<Timestamp, jiff::Error> {
    text.parse().or_else(|error| {
        let (civil, rest) = text.split_at_checked(19).unwrap_or_default();
        let fraction = rest
            .strip_prefix('.')
            .map_or(rest, |digits| digits.trim_start_matches(|digit: char| digit.is_ascii_digit()));
        // The same in a year whose end is within the range.
        let within = format!("2000{}{fraction}", civil.get(4..).unwrap_or_default());
        within.parse::<Timestamp>()?;
        if civil.starts_with("9999-12-3") { Ok(Timestamp::MAX) } else { Err(error) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_time_is_for_ever_and_what_is_no_time_is_an_error() {
        for text in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59+00:00",
            "9999-12-31T23:59:59-12:00",
            "9999-12-31t00:00:00z",
        ] {
            println!("{text}");
            assert_eq!(time(text).unwrap(), Timestamp::MAX);
        }
        assert_eq!(
            time("2026-01-31T12:00:00+01:00").unwrap(),
            time("2026-01-31T11:00:00Z").unwrap()
        );
        for text in [
            "",
            "never",
            "9999-12-31",
            "9999-12-31T23:59:59",
            "9999-12-32T00:00:00Z",
            "9999-13-31T00:00:00Z",
            "9999-12-31T23:59:59Zulu",
            "2026-02-30T00:00:00Z",
            "äöüäöüäöüäöüäöü",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
