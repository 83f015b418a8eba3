//! Parsers from a value's text to its type.

use std::error::Error;
use std::ffi::OsStr;
use std::num::NonZeroU32;
use std::str::FromStr;

use kai_anchore::{AnchoreUrl, Api, ApiVersion, UrlError};
use kai_core::{
    AnnotationMatch, ImagePattern, LabelSelector, NamespaceName, NamespaceSelector, SelectorError,
    Tag,
};
use kai_k8s::{Compression, OnForbidden};

use super::duration;
use super::glob::Glob;
use super::reveal::looks_secret;
use super::types::{
    Attribution, CredentialType, KubeconfigPath, Listen, Mode, Policy, ReportWindow, Url,
    WrittenPath,
};
use super::update_url::UpdateUrl;
use crate::logging::Level;
use crate::output::Format;
use crate::secret::Secret;

/// A text that doesn't parse, with the cause if there is more detail.
#[derive(Debug, Default)]
pub(crate) struct Invalid(pub(crate) Option<Box<dyn Error + Send + Sync>>);

pub(super) fn kubeconfig_path(text: &OsStr) -> Result<KubeconfigPath, Invalid> {
    match path(text) {
        Ok(_) if text == "use-in-cluster" => Ok(KubeconfigPath::InCluster),
        Ok(_) => Ok(KubeconfigPath::File(text.into())),
        Err(invalid) => Err(invalid),
    }
}

/// A non-empty string: `--context "$NAME"` with an unset variable would select the wrong cluster.
pub(super) fn name(text: &OsStr) -> Result<String, Invalid> {
    match utf8(text)? {
        "" => Err(Invalid::default()),
        // A misplaced secret would be shown like a name.
        secret if looks_secret(secret) => Err(Invalid::default()),
        name => Ok(name.to_owned()),
    }
}

/// A user name for HTTP basic authentication, in which a colon would end it.
pub(super) fn user(text: &OsStr) -> Result<String, Invalid> {
    name(text).and_then(|name| if name.contains(':') { Err(Invalid::default()) } else { Ok(name) })
}

pub(super) fn number(text: &OsStr) -> Result<u32, Invalid> {
    let text = utf8(text)?;
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // Values that overflow are saturated, which means no limit.
    if digits { Ok(text.parse().unwrap_or(u32::MAX)) } else { Err(Invalid::default()) }
}

pub(super) fn at_least_one(text: &OsStr) -> Result<NonZeroU32, Invalid> {
    number(text)?.try_into().map_err(|_| Invalid::default())
}

/// A number; `None` for kai's choice.
pub(super) fn number_or_auto(text: &OsStr) -> Result<Option<u32>, Invalid> {
    or_auto(text, number)
}

pub(super) fn at_least_one_or_auto(text: &OsStr) -> Result<Option<NonZeroU32>, Invalid> {
    or_auto(text, at_least_one)
}

fn or_auto<T>(
    text: &OsStr,
    parse: impl FnOnce(&OsStr) -> Result<T, Invalid>,
) -> Result<Option<T>, Invalid> {
    if text.eq_ignore_ascii_case("auto") { Ok(None) } else { parse(text).map(Some) }
}

/// Whole seconds, or a duration.
pub(super) fn seconds(text: &OsStr) -> Result<u32, Invalid> {
    duration::seconds(utf8(text)?).ok_or_else(Invalid::default)
}

pub(super) fn at_least_one_second(text: &OsStr) -> Result<NonZeroU32, Invalid> {
    seconds(text)?.try_into().map_err(|_| Invalid::default())
}

/// The same, or a negative number, which Go kai treats as unset.
pub(super) fn legacy_seconds(text: &OsStr) -> Result<i64, Invalid> {
    from_str(text).or_else(|_| seconds(text).map(i64::from))
}

/// `true` and `false` in any case, and the short forms accepted by Go kai.
pub(super) fn boolean(text: &OsStr) -> Result<bool, Invalid> {
    choice(
        text,
        &[("true", true), ("t", true), ("1", true), ("false", false), ("f", false), ("0", false)],
    )
}

pub(super) fn format(text: &OsStr) -> Result<Format, Invalid> {
    choice(text, &Format::ALL)
}

/// Includes Go kai's level names.
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

pub(super) fn attribution(text: &OsStr) -> Result<Attribution, Invalid> {
    choice(text, &[("auto", Attribution::Auto), ("exact", Attribution::Exact)])
}

pub(crate) fn pattern(text: &OsStr) -> Result<ImagePattern, Invalid> {
    explained(text)
}

pub(super) fn label_selector(text: &OsStr) -> Result<LabelSelector, Invalid> {
    explained(text)
}

pub(super) fn annotation(text: &OsStr) -> Result<AnnotationMatch, Invalid> {
    explained(text)
}

pub(super) fn policy(text: &OsStr) -> Result<Policy, Invalid> {
    choice(text, &[("digest", Policy::Digest), ("insert", Policy::Insert), ("drop", Policy::Drop)])
}

pub(super) fn on_forbidden(text: &OsStr) -> Result<OnForbidden, Invalid> {
    choice(text, &[("fail", OnForbidden::Fail), ("skip", OnForbidden::Skip)])
}

pub(super) fn mode(text: &OsStr) -> Result<Mode, Invalid> {
    choice(text, &[("adhoc", Mode::Adhoc), ("periodic", Mode::Periodic), ("watch", Mode::Watch)])
}

pub(super) fn window(text: &OsStr) -> Result<ReportWindow, Invalid> {
    choice(text, &[("now", ReportWindow::Now), ("since-last", ReportWindow::SinceLast)])
}

pub(super) fn credential_type(text: &OsStr) -> Result<CredentialType, Invalid> {
    choice(text, &[("private_key", CredentialType::PrivateKey), ("token", CredentialType::Token)])
}

pub(super) fn compression(text: &OsStr) -> Result<Compression, Invalid> {
    // YAML 1.1 has the booleans `on` and `off`, which many tools emit.
    choice(
        text,
        &[
            ("auto", Compression::Auto),
            ("on", Compression::On),
            ("true", Compression::On),
            ("off", Compression::Off),
            ("false", Compression::Off),
        ],
    )
}

pub(super) fn api(text: &OsStr) -> Result<Api, Invalid> {
    let only = Api::Only;
    choice(text, &[("auto", Api::Auto), ("v1", only(ApiVersion::V1)), ("v2", only(ApiVersion::V2))])
}

pub(super) fn listen(text: &OsStr) -> Result<Listen, Invalid> {
    from_str(text)
}

pub(super) fn url(text: &OsStr) -> Result<Url, Invalid> {
    from_str(text)
}

/// Anchore's URL. It is first validated like other URLs: `AnchoreUrl` would add missing slashes.
pub(super) fn anchore_url(text: &OsStr) -> Result<AnchoreUrl, Invalid> {
    url(text)?.expose().parse().map_err(|error: UrlError| Invalid(Some(error.into())))
}

/// A URL without user and password: API servers don't use them, and kai wouldn't redact them.
pub(super) fn server(text: &OsStr) -> Result<Url, Invalid> {
    url(text).and_then(|url| if url.has_user() { Err(Invalid::default()) } else { Ok(url) })
}

/// A path, rather than a file's content or several lines.
pub(crate) fn path(text: &OsStr) -> Result<WrittenPath, Invalid> {
    let shown = text.to_string_lossy();
    if text.is_empty() || shown.contains('\n') || looks_secret(&shown) {
        Err(Invalid::default())
    } else {
        Ok(WrittenPath::new(text))
    }
}

/// Base64, with or without line breaks, as kubeconfigs contain PEM. TLS validates the content.
pub(super) fn pem(text: &OsStr) -> Result<String, Invalid> {
    let mut text = utf8(text)?.to_owned();
    text.retain(|character| !character.is_ascii_whitespace());
    let digits = text.trim_end_matches('=');
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let whole = text.len().is_multiple_of(4) && text.len() - digits.len() <= 2;
    if !digits.is_empty() && whole && digits.bytes().all(alphabet) {
        Ok(text)
    } else {
        Err(Invalid::default())
    }
}

pub(super) fn private_key(text: &OsStr) -> Result<Secret, Invalid> {
    pem(text).map(|text| Secret::new(&text))
}

/// A token, trimmed; it must be a valid header value.
pub(super) fn token(text: &OsStr) -> Result<Secret, Invalid> {
    let text = utf8(text)?.trim();
    let word = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    if word { Ok(Secret::new(text)) } else { Err(Invalid::default()) }
}

pub(super) fn secret(text: &OsStr) -> Result<Secret, Invalid> {
    match utf8(text)? {
        "" => Err(Invalid::default()),
        text => Ok(Secret::new(text)),
    }
}

pub(super) fn update_url(text: &OsStr) -> Result<UpdateUrl, Invalid> {
    from_str(text)
}

pub(super) fn tag(text: &OsStr) -> Result<Tag, Invalid> {
    from_str(text)
}

pub(super) fn namespace(text: &OsStr) -> Result<NamespaceName, Invalid> {
    from_str(text)
}

/// An exclude item that the selector will accept; it compiles all of them together.
pub(super) fn exclude(text: &OsStr) -> Result<String, Invalid> {
    let text = utf8(text)?;
    match NamespaceSelector::new(None::<&str>, [text]) {
        Ok(_) => Ok(text.to_owned()),
        Err(SelectorError::Expression { source, .. }) => {
            Err(Invalid(Some(Glob::of(text).map_or(source, Into::into))))
        }
        Err(_) => Err(Invalid::default()),
    }
}

fn utf8(text: &OsStr) -> Result<&str, Invalid> {
    text.to_str().ok_or_else(Invalid::default)
}

/// A text whose parser says what is wrong with it.
fn explained<T: FromStr>(text: &OsStr) -> Result<T, Invalid>
where
    T::Err: Error + Send + Sync + 'static,
{
    let text = utf8(text)?;
    // The parser quotes what it doesn't understand.
    text.parse().map_err(|error: T::Err| Invalid((!looks_secret(text)).then(|| error.into())))
}

fn from_str<T: FromStr>(text: &OsStr) -> Result<T, Invalid> {
    utf8(text)?.parse().map_err(|_| Invalid::default())
}

/// Matches one of the choices, ignoring case.
fn choice<T: Copy>(text: &OsStr, choices: &[(&str, T)]) -> Result<T, Invalid> {
    let text = utf8(text)?;
    let meant = choices.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    meant.map(|(_, value)| *value).ok_or_else(Invalid::default)
}
