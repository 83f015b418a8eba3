//! From the text of one value to the type that it means.

use std::error::Error;
use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

use kai_core::{NamespaceName, NamespaceSelector, SelectorError, Tag};
use kai_k8s::OnForbidden;

use crate::logging::Level;
use crate::output::Format;

/// A text that is not what its key expects, with the cause where there is more to say.
#[derive(Debug, Default)]
pub(crate) struct Invalid(pub(crate) Option<Box<dyn Error + Send + Sync>>);

/// Which kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KubeconfigPath {
    /// The service account of the pod that kai runs in.
    InCluster,
    /// This file; a leading `~` is still there.
    File(PathBuf),
}

/// What to do with an image that is known by its digest only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Digest,
    Insert,
    Drop,
}

pub(super) fn kubeconfig_path(text: &OsStr) -> Result<KubeconfigPath, Invalid> {
    if text.is_empty() {
        Err(Invalid::default())
    } else if text == "use-in-cluster" {
        Ok(KubeconfigPath::InCluster)
    } else {
        Ok(KubeconfigPath::File(text.into()))
    }
}

/// Any text but an empty one: who types `--context "$NAME"` with an unset variable would get the
/// wrong cluster.
pub(super) fn name(text: &OsStr) -> Result<String, Invalid> {
    match utf8(text)? {
        "" => Err(Invalid::default()),
        name => Ok(name.to_owned()),
    }
}

pub(super) fn number(text: &OsStr) -> Result<u32, Invalid> {
    let text = utf8(text)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // What is too large to count with is as good as no limit.
    if digits { Ok(text.parse().unwrap_or(u32::MAX)) } else { Err(Invalid::default()) }
}

pub(super) fn at_least_one(text: &OsStr) -> Result<NonZeroU32, Invalid> {
    number(text)?.try_into().map_err(|_| Invalid::default())
}

/// `true` and `false` in any case, and the short forms that Go kai takes.
pub(super) fn boolean(text: &OsStr) -> Result<bool, Invalid> {
    choice(
        text,
        &[("true", true), ("t", true), ("1", true), ("false", false), ("f", false), ("0", false)],
    )
}

pub(super) fn format(text: &OsStr) -> Result<Format, Invalid> {
    choice(text, &[("json", Format::Json), ("table", Format::Table)])
}

/// Also Go kai's names of levels.
pub(super) fn level(text: &OsStr) -> Result<Level, Invalid> {
    choice(
        text,
        &[
            ("trace", Level::TRACE),
            ("debug", Level::DEBUG),
            ("info", Level::INFO),
            ("warn", Level::WARN),
            ("warning", Level::WARN),
            ("error", Level::ERROR),
            ("fatal", Level::ERROR),
            ("panic", Level::ERROR),
        ],
    )
}

pub(super) fn policy(text: &OsStr) -> Result<Policy, Invalid> {
    choice(text, &[("digest", Policy::Digest), ("insert", Policy::Insert), ("drop", Policy::Drop)])
}

pub(super) fn on_forbidden(text: &OsStr) -> Result<OnForbidden, Invalid> {
    choice(text, &[("fail", OnForbidden::Fail), ("skip", OnForbidden::Skip)])
}

pub(super) fn tag(text: &OsStr) -> Result<Tag, Invalid> {
    from_str(text)
}

pub(super) fn namespace(text: &OsStr) -> Result<NamespaceName, Invalid> {
    from_str(text)
}

/// An item that the selector will take; it compiles all of them together.
pub(super) fn exclude(text: &OsStr) -> Result<String, Invalid> {
    let text = utf8(text)?;
    match NamespaceSelector::new(None::<&str>, [text]) {
        Ok(_) => Ok(text.to_owned()),
        Err(SelectorError::Expression { source, .. }) => Err(Invalid(Some(source))),
        Err(_) => Err(Invalid::default()),
    }
}

fn utf8(text: &OsStr) -> Result<&str, Invalid> {
    text.to_str().ok_or_else(Invalid::default)
}

fn from_str<T: FromStr>(text: &OsStr) -> Result<T, Invalid> {
    utf8(text)?.parse().map_err(|_| Invalid::default())
}

/// The one of these that is meant, in any case.
fn choice<T: Copy>(text: &OsStr, choices: &[(&str, T)]) -> Result<T, Invalid> {
    let text = utf8(text)?;
    let meant = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    meant.map(|(_, value)| *value).ok_or_else(Invalid::default)
}
