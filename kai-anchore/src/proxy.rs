//! The proxy configured by environment variables.

use std::env;

use http::Uri;
use kai_net::no_proxy::NoProxy;
use kai_net::secrets;
use reqwest::{Proxy, Url};

/// The variables for each scheme, and for all schemes.
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];

/// The proxy for this server, if any: `HTTPS_PROXY` or `HTTP_PROXY`, by the scheme, else
/// `ALL_PROXY`, unless `NO_PROXY` covers the server or it is on this machine.
pub(crate) fn from_environment(server: &Url) -> Option<Proxy> {
    choose(server, |name| env::var(name).ok()).and_then(|url| Proxy::all(url).ok())
}

/// Registers the proxies' logins for redaction: a proxy may respond in Anchore's place.
pub(crate) fn register() {
    let names = HTTPS.into_iter().chain(HTTP).chain(ALL);
    names.filter_map(|name| env::var(name).ok()).for_each(|url| secrets::register_url(&url));
}

/// The value of the variable that applies.
///
/// In a CGI script none does: there, `HTTP_PROXY` is the client-controlled request header `Proxy`
/// (httpoxy).
fn choose(server: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let port = server.port_or_known_default().unwrap_or_default();
    let exempt = NoProxy::of(&variable).covers(server.host_str().unwrap_or_default(), port);
    if exempt || variable("REQUEST_METHOD").is_some() {
        return None;
    }
    // The first variable of a pair that is set takes precedence, even if it is empty.
    let first = |names: [&str; 2]| names.into_iter().find_map(&variable);
    let named = |names| first(names).filter(|url| is_proxy(url));
    named(if server.scheme() == "http" { HTTP } else { HTTPS }).or_else(|| named(ALL))
}

/// Whether a string is a proxy URL; without a scheme it means plain HTTP.
fn is_proxy(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
    let is_known = uri.scheme_str().is_none_or(|scheme| schemes.contains(&scheme));
    is_known && uri.authority().is_some() && Proxy::all(url).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server, the variables that are set, and the value that applies.
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);

    #[test]
    fn a_variable_for_the_scheme_counts_more_than_one_for_all() {
        let (http, https) = ("http://anchore.example", "https://anchore.example:8443");
        let table: [Row<'_>; 20] = [
            (https, &[], None),
            (https, &[("HTTPS_PROXY", "http://a"), ("ALL_PROXY", "http://b")], Some("http://a")),
            (https, &[("HTTP_PROXY", "http://a"), ("ALL_PROXY", "http://b")], Some("http://b")),
            (http, &[("HTTP_PROXY", "http://a"), ("ALL_PROXY", "http://b")], Some("http://a")),
            (http, &[("HTTPS_PROXY", "http://a"), ("all_proxy", "http://b")], Some("http://b")),
            (http, &[("HTTP_PROXY", "http://a"), ("http_proxy", "http://b")], Some("http://a")),
            (https, &[("https_proxy", "http://b")], Some("http://b")),
            (https, &[("HTTPS_PROXY", ""), ("https_proxy", "http://b")], None),
            (https, &[("HTTPS_PROXY", ""), ("ALL_PROXY", "http://b")], Some("http://b")),
            (https, &[("HTTPS_PROXY", "ftp://a"), ("ALL_PROXY", "a:3128")], Some("a:3128")),
            (https, &[("HTTPS_PROXY", "no proxy"), ("ALL_PROXY", "me:x@a")], Some("me:x@a")),
            (https, &[("HTTPS_PROXY", "http://a:b"), ("ALL_PROXY", "a")], Some("a")),
            (https, &[("HTTPS_PROXY", "/a"), ("ALL_PROXY", "socks5://a")], Some("socks5://a")),
            (http, &[("HTTP_PROXY", "http://a"), ("REQUEST_METHOD", "GET")], None),
            (https, &[("HTTPS_PROXY", "http://a"), ("REQUEST_METHOD", "")], None),
            (https, &[("HTTPS_PROXY", "http://a"), ("NO_PROXY", "anchore.example:8443")], None),
            (https, &[("HTTPS_PROXY", "http://a"), ("NO_PROXY", "example:443")], Some("http://a")),
            (https, &[("ALL_PROXY", "http://a"), ("NO_PROXY", ""), ("no_proxy", "*")], None),
            (http, &[("ALL_PROXY", "http://a"), ("no_proxy", "anchore.example:80")], None),
            ("http://127.0.0.1:8228", &[("ALL_PROXY", "http://a")], None),
        ];
        for (server, variables, expected) in table {
            println!("{server} {variables:?}");
            let value = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let chosen = choose(&server.parse().unwrap(), value);
            assert_eq!(chosen.as_deref(), expected);
        }
    }
}
