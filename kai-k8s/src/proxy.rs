//! The proxy that the environment names, as kubectl chooses it.

use std::env;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::error::ConnectError;
use crate::kubeconfig::is_loopback;

/// `HTTPS_PROXY` or `HTTP_PROXY`, by the server's scheme, unless `NO_PROXY` names the server. A
/// server on this machine is never asked for through a proxy, as Go has it.
pub(crate) fn from_environment(server: &Uri) -> Result<Option<Uri>, ConnectError> {
    let names = match server.scheme_str() {
        Some("http") => ["HTTP_PROXY", "http_proxy"],
        _ => ["HTTPS_PROXY", "https_proxy"],
    };
    choose(server, names, |name| env::var(name).ok())
}

fn choose(
    server: &Uri,
    names: [&'static str; 2],
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<Uri>, ConnectError> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some((name, value)) = names.into_iter().find_map(|name| Some((name, set(name)?))) else {
        return Ok(None);
    };
    let exempt = set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default();
    let matcher = Matcher::builder().all(value.clone()).no(exempt).build();
    if is_loopback(server) || matcher.intercept(server).is_none() {
        return Ok(None);
    }
    // The value may hold a password, so it isn't quoted.
    let url = if value.contains("://") { value } else { format!("http://{value}") };
    url.parse()
        .map(Some)
        .map_err(|error: http::uri::InvalidUri| ConnectError::Proxy { name, source: error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, proxy: &str, exempt: &str) -> Option<String> {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some(proxy.to_owned()),
            "NO_PROXY" => Some(exempt.to_owned()),
            _ => None,
        };
        let server = server.parse().unwrap();
        let chosen = choose(&server, ["HTTPS_PROXY", "https_proxy"], variable).unwrap();
        chosen.map(|uri| uri.to_string())
    }

    #[test]
    fn no_proxy_is_matched_against_the_server() {
        let proxy = "http://proxy.example:3128";
        for (server, exempt, through) in [
            ("https://api.example:6443", "", true),
            ("https://api.example:6443", "proxy.example", true),
            ("https://api.example:6443", "api.example", false),
            ("https://api.example:6443", ".example", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8", false),
            ("https://api.example:6443", "*", false),
            ("https://127.0.0.1:6443", "", false),
            ("https://localhost:6443", "", false),
            ("https://[::1]:6443", "", false),
        ] {
            let got = chosen(server, proxy, exempt).is_some();
            assert_eq!(got, through, "{server} with NO_PROXY={exempt}");
        }
    }

    #[test]
    fn a_proxy_without_a_scheme_speaks_http() {
        let chosen = chosen("https://api.example:6443", "proxy.example:3128", "");
        assert_eq!(chosen.as_deref(), Some("http://proxy.example:3128/"));
    }
}
