//! `NO_PROXY`, as [Go] reads it.
//!
//! [Go]: https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

/// Which servers are asked for without a proxy.
pub(super) struct Exempt(Vec<Entry>);

enum Entry {
    Everything,
    Network(IpNet),
    Address {
        address: IpAddr,
        port: Option<u16>,
    },
    /// A name begins with a dot.
    Name {
        suffix: String,
        or_itself: bool,
        port: Option<u16>,
    },
}

impl From<&str> for Exempt {
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
        // The colons of an address without a port.
        _ if bare(text).parse::<IpAddr>().is_ok() => (text, None),
        // A port that is none matches no server's.
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

impl Exempt {
    pub(super) fn covers(&self, server: &Uri) -> bool {
        let default = if server.scheme_str() == Some("http") { 80 } else { 443 };
        let asked = server.port_u16().unwrap_or(default);
        let host = bare(server.host().unwrap_or_default()).to_ascii_lowercase();
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

/// An address of version 6 without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let covered = Exempt::from(list).covers(&server.parse().unwrap());
            assert_eq!(covered, exempt, "{server} with NO_PROXY={list}");
        }
    }
}
