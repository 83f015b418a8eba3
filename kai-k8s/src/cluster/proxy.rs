//! The proxy that the environment or a kubeconfig names, as kubectl chooses it.

use std::env;

use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};
use kai_net::no_proxy::NoProxy;

use crate::cluster::error::{ConnectError, Origin};

const EXAMPLE: &str = "`http://proxy.example:3128`";

/// `HTTPS_PROXY` or `HTTP_PROXY`, by the server's scheme, unless `NO_PROXY` names the server. A
/// server on this machine is never asked for through a proxy, as Go has it.
pub(crate) fn from_environment(server: &Uri) -> Result<Option<Uri>, ConnectError> {
    let names = match server.scheme_str() {
        Some("http") => ["HTTP_PROXY", "http_proxy"],
        _ => ["HTTPS_PROXY", "https_proxy"],
    };
    choose(server, names, |name| env::var(name).ok())
}

/// `proxy-url`, which no variable exempts from.
pub(crate) fn of_kubeconfig(url: &str, origin: &Origin) -> Result<Uri, ConnectError> {
    parse(url).map_err(|why| ConnectError::Value { origin: origin.clone(), what: "proxy-url", why })
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
    let default = if server.scheme_str() == Some("http") { 80 } else { 443 };
    let port = server.port_u16().unwrap_or(default);
    if NoProxy::of(&variable).covers(server.host().unwrap_or_default(), port) {
        return Ok(None);
    }
    let url = if value.contains("://") { value } else { format!("http://{value}") };
    parse(&url).map(Some).map_err(|why| ConnectError::Proxy { name, why })
}

/// A URL that kube can use. It may hold a password, so no error quotes it.
fn parse(url: &str) -> Result<Uri, String> {
    let url: Uri = url.parse().map_err(|error| format!("it is no URL, as {EXAMPLE}: {error}"))?;
    if let Some(why) = wrong_port(&url) {
        return Err(why);
    }
    let mut parts = url.into_parts();
    let socks = match parts.scheme.as_ref().map(Scheme::as_str) {
        Some("http" | "https") => false,
        // Either way the proxy looks up the server's name, in Go as here.
        Some("socks5" | "socks5h") => true,
        Some(_) => {
            return Err("its scheme can be `http`, `https` or `socks5`".to_owned());
        }
        None => return Err(format!("it has no scheme, as {EXAMPLE} has")),
    };
    if socks {
        let authority = parts.authority.as_ref().map_or("", Authority::as_str);
        if authority.contains('@') {
            return Err("a user and a password are not supported for `socks5`".to_owned());
        }
        if parts.authority.as_ref().is_some_and(|authority| authority.port().is_none()) {
            parts.authority = format!("{authority}:1080").parse().ok();
        }
        parts.scheme = "socks5".parse().ok();
    }
    parts.path_and_query = Some(PathAndQuery::from_static("/"));
    Uri::from_parts(parts).map_err(|error| format!("it is no URL, as {EXAMPLE}: {error}"))
}

/// Why the port of a URL is none: `http` passes over one that is no number.
pub(crate) fn wrong_port(url: &Uri) -> Option<String> {
    let authority = url.authority()?;
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    let wrong = authority.port_u16().is_none() && host.len() > authority.host().len();
    wrong.then(|| "its port is no number from 0 to 65535".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(server: &str, proxy: &str, exempt: &str) -> Result<Option<Uri>, ConnectError> {
        let variable = |name: &str| match name {
            "HTTPS_PROXY" => Some(proxy.to_owned()),
            "NO_PROXY" => Some(exempt.to_owned()),
            _ => None,
        };
        choose(&server.parse().unwrap(), ["HTTPS_PROXY", "https_proxy"], variable)
    }

    #[test]
    fn no_proxy_is_matched_against_the_server() {
        let proxy = "http://proxy.example:3128";
        for (server, exempt, through) in [
            ("https://api.example:6443", "", true),
            ("https://api.example:6443", "proxy.example", true),
            ("https://api.example:6443", "api.example", false),
            ("https://127.0.0.1:6443", "", false),
            ("https://localhost:6443", "", false),
            ("https://[::1]:6443", "", false),
        ] {
            let got = chosen(server, proxy, exempt).unwrap().is_some();
            assert_eq!(got, through, "{server} with NO_PROXY={exempt}");
        }
    }

    #[test]
    fn a_proxy_needs_neither_a_scheme_nor_a_port() {
        for (proxy, expected) in [
            ("proxy.example:3128", "http://proxy.example:3128/"),
            ("proxy.example", "http://proxy.example/"),
            ("user:word@proxy.example:3128", "http://user:word@proxy.example:3128/"),
            ("http://proxy.example:3128/path", "http://proxy.example:3128/"),
            ("https://proxy.example", "https://proxy.example/"),
            ("socks5://proxy.example", "socks5://proxy.example:1080/"),
            ("socks5h://[::1]:9050", "socks5://[::1]:9050/"),
        ] {
            let chosen = chosen("https://api.example:6443", proxy, "").unwrap();
            assert_eq!(chosen.unwrap().to_string(), expected, "{proxy}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_told_without_its_password() {
        let told = [
            "http://user:a-secret@exa mple",
            "http://user:a-secret@proxy.example:port",
            "ftp://user:a-secret@proxy.example",
            "socks5://user:a-secret@proxy.example",
            "http://",
        ]
        .map(|proxy| {
            let why = chosen("https://api.example", proxy, "").unwrap_err().to_string();
            assert!(!why.contains("a-secret"), "{why}");
            format!("{proxy}\n  {why}")
        });
        insta::assert_snapshot!(told.join("\n"));
    }
}
