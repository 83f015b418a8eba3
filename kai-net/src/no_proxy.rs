//! Which servers bypass the proxy: `NO_PROXY`, parsed as by [Go], and so as by kubectl.
//!
//! Programs differ in how they parse this variable, so all of kai's clients share this parser.
//!
//! [Go]: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config

use std::net::IpAddr;

use ipnet::IpNet;

use crate::url::{bare, is_loopback};

/// The servers that bypass the proxy: those in a list, and those on this machine, which no proxy
/// could reach.
///
/// The list is separated by commas. An entry is a domain with its subdomains (`example.com`), only
/// its subdomains (`.example.com` or `*.example.com`), an IP address, a CIDR block (`10.0.0.0/8`),
/// or `*`; all but the last two may have a port, and then match only that port.
///
/// ```
/// use kai_net::no_proxy::NoProxy;
///
/// let exempt = NoProxy::from("example.com, 10.0.0.0/8");
/// assert!(exempt.covers("api.example.com", 443) && exempt.covers("10.1.2.3", 6443));
/// assert!(!exempt.covers("example.org", 443));
/// ```
pub struct NoProxy(Vec<Entry>);

enum Entry {
    Everything,
    Network(IpNet),
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    /// A suffix that begins with a dot.
    Name {
        suffix: String,
        or_itself: bool,
        port: Option<u16>,
    },
}

impl From<&str> for NoProxy {
    fn from(list: &str) -> Self {
        Self(list.split(',').map(str::trim).filter_map(entry).collect())
    }
}

fn entry(text: &str) -> Option<Entry> {
    if text == "*" {
        return Some(Entry::Everything);
    }
    if let Ok(network) = text.parse() {
        return Some(Entry::Network(network));
    }
    let (host, port) = match text.rsplit_once(':') {
        // An IPv6 address without a port.
        _ if bare(text).parse::<IpAddr>().is_ok() => (text, None),
        // An invalid port matches none.
        Some((host, port)) => (host, Some(port.parse().unwrap_or(0))),
        None => (text, None),
    };
    if let Ok(address) = bare(host).parse() {
        return Some(Entry::Address { address, port });
    }
    let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
    let host = host.to_ascii_lowercase();
    match host.strip_prefix('.') {
        _ if host.is_empty() => None,
        Some(_) => Some(Entry::Name { suffix: host, or_itself: false, port }),
        None => Some(Entry::Name { suffix: format!(".{host}"), or_itself: true, port }),
    }
}

impl NoProxy {
    /// Reads the environment: `NO_PROXY`, or `no_proxy` if that is unset or empty.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        Self::from(&*set("NO_PROXY").or_else(|| set("no_proxy")).unwrap_or_default())
    }

    /// Whether the server at this host (IPv6 with or without brackets) and port bypasses the proxy.
    #[must_use]
    pub fn covers(&self, host: &str, port: u16) -> bool {
        is_loopback(host) || self.lists(host, port)
    }

    fn lists(&self, host: &str, asked: u16) -> bool {
        let host = bare(host).to_ascii_lowercase();
        let ip: Option<IpAddr> = host.parse().ok();
        let meant = |port: &Option<u16>| port.is_none_or(|port| port == asked);
        self.0.iter().any(|entry| match entry {
            Entry::Everything => true,
            Entry::Network(network) => ip.is_some_and(|ip| network.contains(&ip)),
            Entry::Address { address, port } => ip == Some(*address) && meant(port),
            Entry::Name { suffix, or_itself, port } => {
                (host.ends_with(suffix) || (*or_itself && host == suffix[1..])) && meant(port)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The host and the port of a URL.
    fn place(url: &str) -> (&str, u16) {
        let (scheme, rest) = url.split_once("://").unwrap();
        let default = if scheme == "http" { 80 } else { 443 };
        rest.rsplit_once(':').map_or((rest, default), |(host, port)| (host, port.parse().unwrap()))
    }

    #[test]
    fn no_proxy_is_read_as_go_reads_it() {
        let name = "https://api.example:6443";
        for (server, list, exempt) in [
            (name, "", false),
            (name, "*", true),
            (name, "other, *", true),
            (name, "api.example", true),
            (name, "API.Example", true),
            ("https://API.example", "api.EXAMPLE", true),
            (name, " other.example , api.example ", true),
            (name, "example", true),
            (name, ".example", true),
            (name, "*.example", true),
            (name, "ample", false),
            (name, "pi.example", false),
            (name, ".api.example", false),
            (name, "*.api.example", false),
            (name, "v1.api.example", false),
            (name, "api.example:6443", true),
            (name, "api.example:443", false),
            (name, ".example:6443", true),
            (name, "api.example:port", false),
            (name, ":6443", false),
            (name, ",,", false),
            ("https://api.example", "api.example:443", true),
            ("http://api.example", "api.example:80", true),
            ("https://10.1.2.3:6443", "10.1.2.3", true),
            ("https://10.1.2.3:6443", "10.1.2.3:6443", true),
            ("https://10.1.2.3:6443", "10.1.2.3:443", false),
            ("https://10.1.2.3:6443", "10.0.0.0/8", true),
            ("https://10.1.2.3:6443", "11.0.0.0/8", false),
            ("https://10.1.2.3:6443", "10.0.0.0/99", false),
            ("https://10.1.2.3:6443", "10.1.2", false),
            ("https://[2001:db8::1]:6443", "2001:db8::1", true),
            ("https://[2001:db8::1]:6443", "[2001:db8::1]", true),
            ("https://[2001:db8::1]:6443", "[2001:db8::1]:6443", true),
            ("https://[2001:db8::1]:6443", "[2001:db8::1]:443", false),
            ("https://[2001:db8::1]:6443", "2001:db8::/32", true),
            ("https://[2001:db8::1]:6443", "2001:db9::/32", false),
        ] {
            let (host, port) = place(server);
            let covered = NoProxy::from(list).covers(host, port);
            assert_eq!(covered, exempt, "{server} with NO_PROXY={list}");
        }
    }

    #[test]
    fn this_machine_is_exempt_without_a_word() {
        for host in ["localhost", "127.0.0.1", "[::1]"] {
            assert!(NoProxy::from("").covers(host, 443), "{host}");
        }
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        for (upper, lower, exempt) in [
            (None, None, false),
            (None, Some("api.example"), true),
            (Some(""), Some("api.example"), true),
            (Some("other.example"), Some("api.example"), false),
            (Some("api.example"), None, true),
        ] {
            let no_proxy = NoProxy::of(|name| match name {
                "NO_PROXY" => upper.map(str::to_owned),
                "no_proxy" => lower.map(str::to_owned),
                _ => None,
            });
            let covered = no_proxy.covers("api.example", 443);
            assert_eq!(covered, exempt, "NO_PROXY={upper:?} no_proxy={lower:?}");
        }
    }
}
