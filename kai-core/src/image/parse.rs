//! The one place that slices the texts of references. Everything here borrows.

use std::borrow::Cow;

use super::ReferenceError;

/// The longest path of a repository, as the distribution grammar has it.
const PATH_MAX: usize = 255;
const TAG_MAX: usize = 128;
/// The registry of a repository that names none.
const DOCKER_HUB: &str = "docker.io";

/// The digest algorithms and how many hexadecimal digits each one has.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha512", 128), ("blake3", 64)];

/// The names of the digest algorithms.
pub(super) const ALGORITHMS: [&str; 3] = [DIGESTS[0].0, DIGESTS[1].0, DIGESTS[2].0];

/// A reference taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) repository: &'a str,
    pub(super) tag: Option<&'a str>,
    pub(super) digest: Option<&'a str>,
}

/// Takes `[host[:port]/]path[:tag][@digest]` apart.
pub(super) fn reference(text: &str) -> Result<Parts<'_>, ReferenceError> {
    if text.is_empty() {
        return Err(ReferenceError::Empty);
    }
    if is_local_id(text) {
        return Err(ReferenceError::LocalId);
    }
    let (name, digest) = match text.split_once('@') {
        Some((name, after)) => (name, Some(digest(after)?)),
        None => (text, None),
    };
    let (repository, tag) = match split_tag(name) {
        (_, "") if !name.ends_with(':') => (name, None),
        (repository, after) => (repository, Some(tag(after)?)),
    };
    Ok(Parts { repository: self::repository(repository)?, tag, digest })
}

/// The `imageID` of a container status: a reference or a local id, behind Docker's schemes.
pub(super) fn image_id(text: &str) -> Result<Parts<'_>, ReferenceError> {
    let plain = text
        .strip_prefix("docker-pullable://")
        .or_else(|| text.strip_prefix("docker://"))
        .unwrap_or(text);
    reference(plain)
}

/// Splits `repository:tag`; the tag is empty where there is none. A colon before the last slash
/// belongs to a port.
pub(super) fn split_tag(name: &str) -> (&str, &str) {
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    match name[last..].find(':') {
        Some(colon) => (&name[..last + colon], &name[last + colon + 1..]),
        None => (name, ""),
    }
}

/// Splits a valid digest into algorithm and hexadecimal digits.
pub(super) fn digest_pieces(digest: &str) -> (&str, &str) {
    digest.split_once(':').unwrap_or((digest, ""))
}

pub(super) fn repository(text: &str) -> Result<&str, ReferenceError> {
    let path = split_host(text).map_or(text, |(_, path)| path);
    if !path.split('/').all(is_path_component) {
        return Err(ReferenceError::Repository);
    }
    if path.len() > PATH_MAX {
        return Err(ReferenceError::RepositoryTooLong);
    }
    Ok(text)
}

pub(super) fn tag(text: &str) -> Result<&str, ReferenceError> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match text.as_bytes() {
        [first, rest @ ..]
            if word(first)
                && rest.len() < TAG_MAX
                && rest.iter().all(|byte| word(byte) || matches!(byte, b'.' | b'-')) =>
        {
            Ok(text)
        }
        _ => Err(ReferenceError::Tag),
    }
}

pub(super) fn digest(text: &str) -> Result<&str, ReferenceError> {
    let (algorithm, hex) = text.split_once(':').ok_or(ReferenceError::Digest)?;
    let known = DIGESTS.iter().any(|&(name, digits)| name == algorithm && digits == hex.len());
    if known && is_hex(hex) { Ok(text) } else { Err(ReferenceError::Digest) }
}

/// How many hexadecimal digits the digests of an algorithm have.
pub(super) fn digits_of(algorithm: &str) -> Option<usize> {
    DIGESTS.iter().find(|(name, _)| *name == algorithm).map(|(_, digits)| *digits)
}

/// Whether two repositories are the same one to a runtime, which fills in `docker.io/library`.
pub(super) fn same_repository(one: &str, other: &str) -> bool {
    one == other || familiar(one) == familiar(other)
}

/// The registry that a runtime asks for a repository. It asks what is no valid host, too.
pub(super) fn registry(repository: &str) -> &str {
    match split_named_host(repository) {
        Some((host, _)) if !is_docker_hub(host) => host,
        _ => DOCKER_HUB,
    }
}

/// Whether a text is the host of a registry.
pub(crate) fn is_registry(text: &str) -> bool {
    is_host(text)
}

/// Whether the text of a pod's spec names a digest.
pub(crate) fn is_pinned(text: &str) -> bool {
    reference(text).is_ok_and(|parts| parts.digest.is_some())
}

/// A repository with its registry, as a runtime fills it in: `docker.io/library/nginx`.
pub(crate) fn full_repository(repository: &str) -> Cow<'_, str> {
    if registry(repository) != DOCKER_HUB {
        return repository.into();
    }
    match familiar(repository) {
        (DOCKER_HUB, path) if !path.contains('/') => format!("{DOCKER_HUB}/library/{path}").into(),
        (DOCKER_HUB, path) => format!("{DOCKER_HUB}/{path}").into(),
        _ => repository.into(),
    }
}

fn is_docker_hub(host: &str) -> bool {
    matches!(host, DOCKER_HUB | "index.docker.io")
}

/// Host and path with Docker Hub's short forms folded into one.
fn familiar(repository: &str) -> (&str, &str) {
    match split_host(repository) {
        Some((host, path)) if !is_docker_hub(host) => (host, path),
        on_docker_hub => {
            let path = on_docker_hub.map_or(repository, |(_, path)| path);
            let official = path.strip_prefix("library/").filter(|name| !name.contains('/'));
            (DOCKER_HUB, official.unwrap_or(path))
        }
    }
}

/// The host before the path. What [`split_named_host`] finds may be no valid one, and is then the
/// first component of the path, as in `a.b_c/d`.
fn split_host(repository: &str) -> Option<(&str, &str)> {
    split_named_host(repository).filter(|(host, _)| is_host(host))
}

/// What stands before the path, by [Docker's rule]: the first component is a host where it has a
/// dot, a colon or an upper-case letter, or is `localhost`.
///
/// [Docker's rule]: https://github.com/distribution/reference/blob/main/normalize.go
fn split_named_host(repository: &str) -> Option<(&str, &str)> {
    let (first, path) = repository.split_once('/')?;
    let named = first == "localhost"
        || first.bytes().any(|byte| matches!(byte, b'.' | b':') || byte.is_ascii_uppercase());
    named.then_some((first, path))
}

/// `host[:port]`: a DNS name, an IPv4 address, or an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    if let Some(after) = text.strip_prefix('[') {
        let Some((address, port)) = after.split_once(']') else { return false };
        return !address.is_empty()
            && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    port.is_none_or(is_port) && name.split('.').all(is_domain_component)
}

fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_domain_component(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Runs of lower-case letters and digits, with `.`, `_`, `__` or any number of dashes between.
fn is_path_component(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        let run = leading(rest, |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if run == 0 {
            return false;
        }
        rest = &rest[run..];
        rest = match rest {
            [] => return true,
            [b'-', ..] => &rest[leading(rest, |byte| byte == b'-')..],
            [b'_', b'_', after @ ..] | [b'_' | b'.', after @ ..] => after,
            _ => return false,
        };
    }
}

fn leading(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !is(byte)).unwrap_or(bytes.len())
}

/// What a runtime calls an image that it knows by content alone: a bare digest, or (CRI-O) the 64
/// digits of one.
fn is_local_id(text: &str) -> bool {
    (text.len() == 64 && is_hex(text)) || digest(text).is_ok()
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
