//! Value types that no other crate defines.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use http::Uri;

use crate::files::{Astray, FilePath};
use crate::secret::REDACTED;

/// The kubeconfig to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KubeconfigPath {
    /// The service account of the pod that kai runs in.
    InCluster,
    /// A file; a leading `~` is not expanded yet.
    File(PathBuf),
}

/// A path as written. It only resolves given the directory that it is confined to, if any, so that
/// no key can forget that check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WrittenPath(PathBuf);

impl WrittenPath {
    pub(super) fn new(text: &OsStr) -> Self {
        Self(text.into())
    }

    /// Resolves the file or directory.
    pub(crate) fn found_in(
        self,
        home: Option<OsString>,
        folder: Option<&Path>,
    ) -> Result<FilePath, Astray> {
        let path = at_home(self.0, home);
        match folder {
            None => Ok(path.into()),
            Some(folder) => FilePath::within(folder, path),
        }
    }
}

impl fmt::Display for WrittenPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

/// Expands a leading `~` to the home directory: outside of a shell, nothing else does.
pub(crate) fn at_home(path: PathBuf, home: Option<OsString>) -> PathBuf {
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => path,
    }
}

/// How to treat an image that is only known by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Digest,
    Insert,
    Drop,
}

/// How the workloads of pods are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attribution {
    /// From the pods alone.
    Auto,
    /// From what controls their `ReplicaSets` and Jobs, too.
    Exact,
}

/// How often a report is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Once.
    Adhoc,
    /// Repeatedly, each time from the beginning.
    Periodic,
    /// Whenever something changes, which the cluster tells.
    Watch,
}

/// What reports of mode watch contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportWindow {
    /// What runs.
    Now,
    /// Besides, what ran and ended since the last report that was delivered.
    SinceLast,
}

/// The type of credential of an inline cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialType {
    /// A client certificate with its private key.
    PrivateKey,
    /// A bearer token.
    Token,
}

/// The listen address of the status endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// All addresses of this machine, on this port.
    Everywhere(u16),
    /// A single address.
    At(SocketAddr),
}

impl FromStr for Listen {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        // Digits only: `u16` would also accept a sign.
        let port = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            if digits { text.parse::<u16>().map_err(drop) } else { Err(()) }
        };
        if let Some(rest) = text.strip_prefix(':') {
            return port(rest).map(Self::Everywhere);
        }
        if let Some(rest) = text.strip_prefix("localhost:") {
            let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
            return Ok(Self::At(SocketAddr::new(address, port(rest)?)));
        }
        text.parse().map(Self::At).map_err(drop)
    }
}

impl Listen {
    /// Whether only this machine can connect.
    pub(crate) fn is_loopback(self) -> bool {
        match self {
            Self::Everywhere(_) => false,
            Self::At(address) => address.ip().to_canonical().is_loopback(),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere(port) => write!(f, ":{port}"),
            Self::At(address) => write!(f, "{address}"),
        }
    }
}

/// An HTTP or HTTPS URL. Its `Display` omits user and password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Url(String);

impl Url {
    /// The complete URL, secrets included.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it contains a user or a password.
    pub(crate) fn has_user(&self) -> bool {
        without_user(&self.0) != self.0
    }
}

impl FromStr for Url {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let uri: Uri = text.parse().map_err(drop)?;
        let host = uri.host().is_some_and(|host| !host.is_empty());
        match uri.scheme_str() {
            Some("http" | "https") if host && has_good_port(&uri) => Ok(Self(text.to_owned())),
            _ => Err(()),
        }
    }
}

/// Whether the part after the host, if any, is a valid port.
fn has_good_port(uri: &Uri) -> bool {
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    uri.host() == Some(place) || uri.port_u16().is_some()
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_user(&self.0))
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// Redacts a user and a password in a string that should be a URL. It may not be one, so everything
/// before the last `@` is redacted.
pub(crate) fn without_user(text: &str) -> String {
    let Some((before, after)) = text.rsplit_once('@') else {
        // If the host is missing, the password is in the place of the port.
        let port = port_of(without_scheme(text));
        let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        return if is_port { text.to_owned() } else { REDACTED.to_owned() };
    };
    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
    let known = ["http", "https"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    match known {
        Some(scheme) => format!("{scheme}://{REDACTED}@{after}"),
        None => format!("{REDACTED}@{after}"),
    }
}

/// Strips the scheme, even if its slashes are missing.
fn without_scheme(text: &str) -> &str {
    if let Some((_, rest)) = text.split_once("://") {
        return rest;
    }
    let known = ["http:", "https:"].into_iter().find_map(|scheme| {
        let (start, rest) = text.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    known.unwrap_or(text).trim_start_matches('/')
}

/// The part of a URL, after its `://`, where the port would be.
fn port_of(rest: &str) -> &str {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let after_address = authority.rsplit_once(']').map_or(authority, |(_, after)| after);
    after_address.split_once(':').map_or("", |(_, port)| port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_neither_user_nor_password() {
        let table = [
            ("https://anchore.example/x?y", "https://anchore.example/x?y"),
            ("https://me:secret@anchore.example/x", "https://<redacted>@anchore.example/x"),
            ("http://secret@[::1]:80", "http://<redacted>@[::1]:80"),
            ("https://me:sec@ret@anchore.example", "https://<redacted>@anchore.example"),
            ("https:/me:secret@anchore.example", "<redacted>@anchore.example"),
            ("me:secret@anchore.example", "<redacted>@anchore.example"),
            ("secret://me:secret@anchore.example", "<redacted>@anchore.example"),
            ("https://me:sec/ret@anchore.example", "https://<redacted>@anchore.example"),
            ("me:secret", "<redacted>"),
            ("https:me:secret", "<redacted>"),
            ("http:/me:secret", "<redacted>"),
            ("me:654321", "<redacted>"),
            ("localhost:6443", "localhost:6443"),
            ("https:anchore.example", "https:anchore.example"),
            ("anchore.example/a:b", "anchore.example/a:b"),
        ];
        for (text, shown) in table {
            println!("{text}");
            assert_eq!(without_user(text), shown);
            if let Ok(url) = text.parse::<Url>() {
                assert_eq!(url.to_string(), shown);
                assert_eq!(format!("{url:?}"), format!("Url({shown})"));
                assert_eq!(url.expose(), text);
            }
        }
    }

    #[test]
    fn a_url_has_a_scheme_and_a_host() {
        for text in ["anchore.example", "/path", "ftp://anchore.example", "https://", "a b", ""] {
            println!("{text}");
            assert!(text.parse::<Url>().is_err());
        }
        for text in ["HTTPS://anchore.example", "http://localhost:8228", "https://[::1]/v1"] {
            println!("{text}");
            assert!(text.parse::<Url>().is_ok());
        }
    }

    #[test]
    fn an_endpoint_is_a_port_with_or_without_an_address() {
        let table = [
            (":8080", Some(Listen::Everywhere(8080))),
            ("127.0.0.1:80", Some(Listen::At(([127, 0, 0, 1], 80).into()))),
            ("[::1]:80", Some(Listen::At((std::net::Ipv6Addr::LOCALHOST, 80).into()))),
            ("localhost:80", Some(Listen::At(([127, 0, 0, 1], 80).into()))),
            ("", None),
            (":", None),
            (":+80", None),
            (":65536", None),
            ("8080", None),
            ("127.0.0.1", None),
            ("example.com:80", None),
        ];
        for (text, expected) in table {
            println!("{text}");
            assert_eq!(text.parse().ok(), expected);
            if let Some(listen) = expected {
                assert_eq!(listen.to_string().parse(), Ok(listen));
            }
        }
    }

    #[test]
    fn only_an_address_of_loopback_is_for_this_machine_alone() {
        let table = [
            (":80", false),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
            ("10.0.0.1:80", false),
            ("localhost:80", true),
            ("127.0.0.2:80", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
        ];
        for (text, expected) in table {
            println!("{text}");
            assert_eq!(text.parse().map(Listen::is_loopback), Ok(expected));
        }
    }
}
