//! The URL of Anchore.

use std::fmt;
use std::str::FromStr;

use kai_net::url::is_loopback;
use reqwest::Url;

/// The URL of Anchore: `http` or `https`, a host, and optionally a base path.
///
/// It contains neither user, password, query nor fragment, so it is safe to show.
///
/// ```
/// # use kai_anchore::AnchoreUrl;
/// let url: AnchoreUrl = "https://anchore.example/api/".parse()?;
/// assert_eq!(url.to_string(), "https://anchore.example/api");
/// assert!(!url.is_clear_text());
/// # Ok::<(), kai_anchore::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AnchoreUrl(Url);

/// Why a string is not a valid URL of Anchore. It may contain a password and is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// It is not an `http` or `https` URL.
    #[error("a URL is `https://HOST` or `http://HOST`, with a port and a path where needed")]
    NoWebServer,
    /// It contains a user or a password.
    #[error("user and password have settings of their own and don't belong in the URL")]
    Credentials,
    /// It has a query or a fragment, to which the API's paths can't be appended.
    #[error("the URL ends with its path: `?` and `#` have no place in it")]
    QueryOrFragment,
}

impl AnchoreUrl {
    /// Whether it points to another machine over plain HTTP, which exposes the password.
    #[must_use]
    pub fn is_clear_text(&self) -> bool {
        self.0.scheme() == "http" && !is_loopback(self.0.host_str().unwrap_or_default())
    }

    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Appends a path, with exactly one slash between.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/');
        let path = format!("{base}/{}", path.trim_start_matches('/'));
        url.set_path(&path);
        url
    }
}

impl FromStr for AnchoreUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let url: Url = text.parse().map_err(|_| UrlError::NoWebServer)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(UrlError::NoWebServer);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::QueryOrFragment);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for AnchoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for AnchoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnchoreUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_with_exactly_one_slash() {
        let table = [
            ("https://anchore.example", "https://anchore.example/v2/x"),
            ("https://anchore.example/", "https://anchore.example/v2/x"),
            ("https://anchore.example:8228//", "https://anchore.example:8228/v2/x"),
            ("https://example.com/anchore", "https://example.com/anchore/v2/x"),
            ("https://example.com/anchore/", "https://example.com/anchore/v2/x"),
            ("https://example.com/a%20b/c//", "https://example.com/a%20b/c/v2/x"),
            ("http://[::1]:8228/a", "http://[::1]:8228/a/v2/x"),
        ];
        for (base, expected) in table {
            println!("{base}");
            let base: AnchoreUrl = base.parse().unwrap();
            assert_eq!(base.join("v2/x").as_str(), expected);
            assert_eq!(base.join("/v2/x").as_str(), expected);
        }
    }

    #[test]
    fn what_is_no_url_of_a_web_server_is_refused_without_repeating_it() {
        let table = [
            ("", UrlError::NoWebServer),
            ("anchore.example", UrlError::NoWebServer),
            ("ftp://anchore.example", UrlError::NoWebServer),
            ("https://", UrlError::NoWebServer),
            ("https://anchore.example:99999", UrlError::NoWebServer),
            ("https://admin@anchore.example", UrlError::Credentials),
            ("https://:hunter2@anchore.example", UrlError::Credentials),
            ("https://anchore.example/?token=hunter2", UrlError::QueryOrFragment),
            ("https://anchore.example/#top", UrlError::QueryOrFragment),
        ];
        for (text, expected) in table {
            println!("{text}");
            let error = text.parse::<AnchoreUrl>().unwrap_err();
            assert_eq!(error, expected);
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }

    #[test]
    fn clear_text_is_what_leaves_this_machine_over_http() {
        let table = [
            ("http://anchore.example", true),
            ("http://10.0.0.1:8228", true),
            ("http://localhost.example", true),
            ("https://anchore.example", false),
            ("http://localhost:8228", false),
            ("http://LOCALHOST", false),
            ("http://127.0.0.2", false),
            ("http://[::1]:8228", false),
        ];
        for (url, expected) in table {
            println!("{url}");
            assert_eq!(url.parse::<AnchoreUrl>().unwrap().is_clear_text(), expected);
        }
    }
}
