//! Registry of the process's secrets, which are redacted in untrusted text before it is shown.
//!
//! A server may echo what it was sent ("you sent Bearer …"), or a proxy its request as a page. Code
//! that reads a credential [registers](register) it, and code that quotes untrusted text
//! [redacts](mask) it first. The registry is global: a Kubernetes token is redacted in a response
//! of Anchore's, too.
//!
//! ```
//! use kai_net::secrets;
//!
//! secrets::register("a-token-of-mine");
//! assert_eq!(secrets::mask("you sent Bearer a-token-of-mine"), "you sent Bearer <redacted>");
//! ```

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};

/// Replaces a secret.
pub const MASK: &str = "<redacted>";

/// Shorter strings are not redacted, since they are part of many words: of a password such as
/// `kai`, only its encoded forms are.
const LEAST: usize = 4;
/// The same for kai's own text.
const LEAST_OF_OWN: usize = 8;
/// Maximum number of forms stored: tokens are rotated, and old ones are useless.
const MOST: usize = 512;
/// Minimum length of a key's line that is redacted alone: the last line may be any length.
const LINE: usize = 16;

/// The registered forms of secrets, oldest first.
static KNOWN: RwLock<VecDeque<SecretString>> = RwLock::new(VecDeque::new());

/// Registers a token, a password or a private key, in the forms in which it may be echoed:
/// verbatim, in base64, JSON-escaped, and each line of a PEM by itself; each also partly or fully
/// percent-encoded.
pub fn register(secret: &str) {
    let secret = secret.trim();
    let mut forms = vec![secret.to_owned()];
    if secret.contains("-----BEGIN ") {
        let lines = secret.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
        forms.extend(lines.filter(|line| line.len() >= LINE).map(str::to_owned));
    }
    forms.extend(encoded(secret));
    forms.push(secret.escape_default().to_string());
    forms.push(secret.replace('\\', r"\\").replace('"', "\\\""));
    remember(forms);
}

/// Registers a user's password, also combined with the user as in [basic authentication].
///
/// [basic authentication]: https://www.rfc-editor.org/rfc/rfc7617#section-2
pub fn register_login(user: &str, password: &str) {
    register(password);
    remember(encoded(&format!("{user}:{password}")).into());
}

/// Registers the user and password of a URL, if any.
pub fn register_url(url: &str) {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next().unwrap_or_default();
    // An unencoded password may contain `@` or `/` itself.
    let login = authority.rsplit_once('@').or_else(|| after_scheme.rsplit_once('@'));
    let Some((login, _)) = login else { return };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    register(password);
    register_login(&decoded(user), &decoded(password));
}

/// The text with every registered secret redacted; borrowed if it contains none.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    mask_from(LEAST, text)
}

/// The same for kai's own text, as the last line of defense: only secrets of eight bytes and more
/// are redacted, since a shorter one may be an ordinary word (a namespace `secret`).
#[must_use]
pub fn mask_own(text: &str) -> Cow<'_, str> {
    mask_from(LEAST_OF_OWN, text)
}

/// The same as [`mask`], on one line: runs of whitespace become a single space.
#[must_use]
pub fn mask_on_one_line(text: &str) -> String {
    let text = mask(text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn mask_from(least: usize, text: &str) -> Cow<'_, str> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let decoded = Decoded::new(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for form in known.iter() {
        let form = form.expose_secret();
        if form.len() < least {
            continue;
        }
        found.extend(text.match_indices(form).map(|(at, _)| at..at + form.len()));
        found.extend(decoded.iter().flat_map(|decoded| decoded.places(form)));
    }
    drop(known);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable_by_key(|range| range.start);
    let (mut masked, mut at) = (String::with_capacity(text.len()), 0);
    for Range { start, end } in found {
        // Overlapping matches are replaced once.
        if start >= at {
            masked.push_str(&text[at..start]);
            masked.push_str(MASK);
        }
        at = at.max(end);
    }
    masked.push_str(&text[at..]);
    Cow::Owned(masked)
}

/// A text with its percent-encoding decoded, which may cover some characters only.
struct Decoded {
    text: String,
    /// The offset of each byte in the encoded text, and its length at the end.
    starts: Vec<usize>,
}

impl Decoded {
    /// `None` if nothing is encoded, or the result isn't UTF-8.
    fn new(encoded: &str) -> Option<Self> {
        let (bytes, mut at) = (encoded.as_bytes(), 0);
        let (mut decoded, mut starts) = (Vec::new(), Vec::new());
        while let Some(&byte) = bytes.get(at) {
            starts.push(at);
            let digits = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
            let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let digits = digits.and_then(|digits| str::from_utf8(digits).ok());
            let encoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
            at += if encoded.is_some() { 3 } else { 1 };
            decoded.push(encoded.unwrap_or(byte));
        }
        starts.push(bytes.len());
        let is_encoded = decoded.len() < bytes.len();
        let text = String::from_utf8(decoded).ok().filter(|_| is_encoded)?;
        Some(Self { text, starts })
    }

    /// Where a form occurs, as ranges of the encoded text.
    fn places(&self, form: &str) -> impl Iterator<Item = Range<usize>> {
        let ends = form.len();
        self.text.match_indices(form).map(move |(at, _)| self.starts[at]..self.starts[at + ends])
    }
}

/// Standard and URL-safe base64, without padding, which is optional.
fn encoded(secret: &str) -> [String; 2] {
    [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]
}

fn remember(forms: Vec<String>) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for form in forms.into_iter().filter(|form| form.len() >= LEAST) {
        let is_same = |known: &SecretString| known.expose_secret() == form;
        match known.iter().position(is_same) {
            // Used again, so it moves to the end.
            Some(place) => {
                let same = known.remove(place);
                known.extend(same);
            }
            None => known.push_back(form.into()),
        }
    }
    let surplus = known.len().saturating_sub(MOST);
    known.drain(..surplus);
}

/// A name with everything after its first colon redacted, in case it was given as `user:password`.
///
/// ```
/// # use kai_net::secrets::without_password;
/// assert_eq!(without_password("me:hunter2"), "me:<redacted>");
/// ```
#[must_use]
pub fn without_password(name: &str) -> String {
    match name.split_once(':') {
        Some((name, rest)) if !rest.is_empty() => format!("{name}:{MASK}"),
        _ => name.to_owned(),
    }
}

/// A path for `Debug`: one without a slash may be a password given by mistake, and is treated like
/// a name.
#[must_use]
pub fn path_without_password(path: &Path) -> PathBuf {
    match path.to_str() {
        Some(name) if !name.contains(['/', '\\']) => without_password(name).into(),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The registry is shared by all tests, so each has secrets of its own.
    #[test]
    fn every_form_of_a_secret_is_masked() {
        register(r#"token/of"mine+1?"#);
        register_login("user", "pass word~ü");
        let table = [
            (r#"you sent Bearer token/of"mine+1?."#, "you sent Bearer <redacted>."),
            (r#"{"sent":"token/of\"mine+1?"}"#, r#"{"sent":"<redacted>"}"#),
            ("token%2Fof%22mine%2B1%3F", "<redacted>"),
            ("dG9rZW4vb2YibWluZSsxPw==", "<redacted>=="),
            ("dG9rZW4vb2YibWluZSsxPw", "<redacted>"),
            ("Authorization: Basic dXNlcjpwYXNzIHdvcmR+w7w=", "Authorization: Basic <redacted>="),
            ("Basic dXNlcjpwYXNzIHdvcmR-w7w", "Basic <redacted>"),
            ("cGFzcyB3b3Jkfsw8 pass word~ü", "cGFzcyB3b3Jkfsw8 <redacted>"),
            ("pass%20word%7E%C3%BC", "<redacted>"),
            ("50% of token/of%22mine%2b1? %", "50% of <redacted> %"),
            (r"pass word~\u{fc}", "<redacted>"),
            ("nothing of it", "nothing of it"),
            ("", ""),
        ];
        for (text, expected) in table {
            println!("{text}");
            assert_eq!(mask(text), expected);
        }
        assert!(matches!(mask("nothing of it"), Cow::Borrowed(_)));
    }

    #[test]
    fn each_line_of_a_key_is_masked() {
        let lines = ["MIGHAgEAMBMGByqGSM49AgEGCCqGSM49", "AwEHBG0wawIBAQQg12345678", "x+/="];
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            lines.join("\n")
        );
        register(&pem);
        assert_eq!(
            mask(&format!("a {} b {} c {}", lines[0], lines[1], lines[2])),
            "a <redacted> b <redacted> c x+/="
        );
        assert_eq!(mask(&pem), "<redacted>\n");
    }

    #[test]
    fn the_login_of_a_url_is_masked() {
        register_url("http://proxy-user:url%2Fword@proxy.example:3128/path");
        register_url("socks5://proxy.example:1080");
        register_url("proxy-user:sla/sh@word@proxy.example");
        let table = [
            ("url%2Fword url/word", "<redacted> <redacted>"),
            ("cHJveHktdXNlcjp1cmwvd29yZA==", "<redacted>=="),
            ("sla/sh@word", "<redacted>"),
            ("proxy-user at proxy.example", "proxy-user at proxy.example"),
        ];
        for (text, expected) in table {
            assert_eq!(mask(text), expected);
        }
    }

    #[test]
    fn a_word_of_one_s_own_is_masked_only_where_it_is_long() {
        for secret in ["shorter", "long-enough"] {
            register(secret);
        }
        assert_eq!(mask("shorter long-enough"), "<redacted> <redacted>");
        assert_eq!(mask_own("shorter long-enough"), "shorter <redacted>");
    }

    #[test]
    fn a_short_secret_is_masked_where_it_is_encoded() {
        register_login("kai", "kai");
        assert_eq!(
            mask("kai sent Basic a2FpOmthaQ== and a2Fp"),
            "kai sent Basic <redacted>== and <redacted>"
        );
    }

    #[test]
    fn what_overlaps_is_masked_once() {
        for secret in ["overlap-one-two", "one-two-three", "one-two"] {
            register(secret);
        }
        assert_eq!(mask("x overlap-one-two-three y"), "x <redacted> y");
        assert_eq!(mask("one-twoone-two"), "<redacted><redacted>");
    }

    #[test]
    fn a_secret_with_white_space_is_masked_before_the_lines_become_one() {
        register("two words\nand more");
        assert_eq!(mask_on_one_line(" one\n\ttwo \r\n"), "one two");
        assert_eq!(mask_on_one_line("sent:\n two words\nand more\n"), "sent: <redacted>");
    }

    #[test]
    fn an_empty_secret_masks_nothing() {
        register("");
        register(" \n");
        register_login("", "");
        assert_eq!(mask("a text"), "a text");
    }
}
