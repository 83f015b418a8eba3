//! URLs as strings: which parts may be shown, and which URLs point to this machine.
//!
//! They are strings here, since messages also quote what was given as a URL but isn't valid.

use std::net::IpAddr;

/// Whether a host (IPv6 with or without brackets) is this machine.
///
/// ```
/// # use kai_net::url::is_loopback;
/// assert!(is_loopback("localhost") && is_loopback("127.0.0.2") && is_loopback("[::1]"));
/// assert!(!is_loopback("localhost.example") && !is_loopback("10.0.0.1"));
/// ```
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || bare(host).parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// A URL without the user and password before its host.
///
/// ```
/// # use kai_net::url::without_login;
/// assert_eq!(without_login("https://me:hidden@api.example/x"), "https://api.example/x");
/// ```
#[must_use]
pub fn without_login(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    // Everything before the last `@` may belong to an unencoded password.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

/// A URL without anything that may be secret: user and password, query, and fragment.
///
/// ```
/// # use kai_net::url::without_secrets;
/// assert_eq!(without_secrets("https://me@api.example/x?token=t"), "https://api.example/x");
/// ```
#[must_use]
pub fn without_secrets(url: &str) -> String {
    without_login(url.split(['?', '#']).next().unwrap_or_default())
}

/// An IPv6 address without its brackets.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_the_addresses_of_its_loopback() {
        let table = [
            ("localhost", true),
            ("127.0.0.1", true),
            ("127.255.0.9", true),
            ("::1", true),
            ("[::1]", true),
            ("", false),
            ("localhost.example", false),
            ("128.0.0.1", false),
            ("[2001:db8::1]", false),
            ("127.0.0.1.example", false),
        ];
        for (host, expected) in table {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
    }

    #[test]
    fn what_is_shown_of_a_url_holds_no_secret() {
        let table = [
            ("https://api.example/x?token=t#top", "https://api.example/x"),
            ("https://api.example/x#top?t", "https://api.example/x"),
            ("https://me:hidden@api.example:6443", "https://api.example:6443"),
            ("https://me:hid@den@api.example", "https://api.example"),
            ("https://me:hid/den@api.example", "https://api.example"),
            ("me:hidden@api.example", "api.example"),
            ("/login?next=/", "/login"),
            ("", ""),
        ];
        for (url, expected) in table {
            assert_eq!(without_secrets(url), expected, "{url}");
        }
        assert_eq!(without_login("https://me@api.example/x?y"), "https://api.example/x?y");
    }
}
