//! The grammar agrees with an independent implementation of it: `oci_spec::distribution::Reference`,
//! a translation of Docker's own, on a corpus that is the same in every run. Where the two differ
//! on purpose is a list, [`EXCEPTIONS`], in which nothing may be missing and nothing superfluous.

use std::collections::BTreeMap;

use fastrand::Rng;
use kai_core::{Digest, ImageReference, Tag};
use oci_spec::distribution::Reference;

const TEXTS: usize = 20_000;

/// A difference on purpose. `repaired` is the text without the matter in which the two differ,
/// where there is such a matter in it; of that text both must say the same.
struct Exception {
    why: &'static str,
    repaired: fn(&str) -> Option<String>,
}

const EXCEPTIONS: [Exception; 9] = [
    Exception {
        why: "a bare id is local: the contract has it name no repository, the grammar takes \
              `sha256` for a repository and the digits for its tag",
        repaired: |text| {
            let (algorithm, hex) = text.split_once(':').unwrap_or(("", text));
            let digits = if algorithm == "sha512" { 128 } else { 64 };
            let known = ["", "sha256", "sha512", "blake3"].contains(&algorithm);
            let bare = known && hex.len() == digits && hex.bytes().all(is_lower_hex);
            bare.then(|| format!("local/{text}"))
        },
    },
    Exception {
        why: "sha384 is an algorithm that no runtime uses, and not in the contract",
        repaired: |text| {
            let (name, hex) = text.split_once("@sha384:")?;
            Some(format!("{name}@sha256:{}", hex.get(..64)?))
        },
    },
    Exception {
        why: "blake3 is in the contract, and among the algorithms that the OCI image specification \
              registers (its pull request 1240); oci-spec does not know it",
        repaired: |text| text.contains("@blake3:").then(|| text.replace("@blake3:", "@sha256:")),
    },
    Exception {
        why: "a digest is of lower-case digits by the OCI image specification; the grammar takes \
              upper-case ones, too, which no registry would find",
        repaired: |text| {
            let (name, digest) = text.split_once('@')?;
            let (algorithm, hex) = digest.split_once(':')?;
            let upper = hex.bytes().any(|byte| byte.is_ascii_uppercase());
            upper.then(|| format!("{name}@{algorithm}:{}", hex.to_ascii_lowercase()))
        },
    },
    Exception {
        why: "a tag is ASCII: `\\w` is so in Go, whence the grammar comes, and is not in Rust",
        repaired: |text| {
            let ascii = |char: char| if char.is_ascii() { char } else { 'x' };
            (!text.is_ascii()).then(|| text.chars().map(ascii).collect())
        },
    },
    Exception {
        why: "an IPv6 address in brackets is a host in the grammar of today; oci-spec translates an \
              older one",
        repaired: |text| {
            let (_, after) = text.strip_prefix('[')?.split_once(']')?;
            Some(format!("host.example{after}"))
        },
    },
    Exception {
        why: "the `library/` that oci-spec fills in is not counted into a path that has none",
        repaired: |text| {
            let hub = text.strip_prefix("index.").unwrap_or(text);
            let name = hub.strip_prefix("docker.io/").unwrap_or(hub);
            let path = name.split([':', '@']).next()?;
            let counts = !path.contains('/') && path.len() + "library/".len() > 255;
            counts.then(|| format!("host.example/{name}"))
        },
    },
    Exception {
        why: "a host that only its upper-case letter makes one is not counted into the path; \
              oci-spec takes it for part of it (a FIXME of theirs)",
        repaired: |text| {
            let (host, path) = text.split_once('/')?;
            let upper = host.bytes().any(|byte| byte.is_ascii_uppercase());
            (upper && !host.contains(['.', ':']) && path.len() > 200)
                .then(|| format!("host.example/{path}"))
        },
    },
    Exception {
        why: "a dotted first component that is no valid host is path, and counted into it",
        repaired: |text| {
            let (first, path) = text.split_once('/')?;
            (first.contains('.') && first.contains('_') && path.len() > 200)
                .then(|| format!("host.example/{path}"))
        },
    },
];

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    BothAccept,
    BothReject,
    Differ(String),
}

/// What the two say of a text, parts included.
fn verdict(text: &str) -> Verdict {
    match (text.parse::<ImageReference>(), text.parse::<Reference>()) {
        (Err(_), Err(_)) => Verdict::BothReject,
        (Ok(ours), Ok(theirs)) => match differing_part(text, &ours, &theirs) {
            None => Verdict::BothAccept,
            Some(part) => Verdict::Differ(format!("{part}: {ours:?}, theirs: {theirs:?}")),
        },
        (ours, theirs) => Verdict::Differ(format!("ours: {ours:?}, theirs: {theirs:?}")),
    }
}

/// The part in which two readings of a text differ, what oci-spec filled in taken out again.
fn differing_part(text: &str, ours: &ImageReference, theirs: &Reference) -> Option<&'static str> {
    let (tag, digest) = (ours.tag().map(Tag::as_str), ours.digest().map(Digest::as_str));
    let filled_in = (tag, digest) == (None, None) && theirs.tag() == Some("latest");
    if theirs.tag() != tag && !filled_in {
        Some("tag")
    } else if theirs.digest() != digest {
        Some("digest")
    } else if !could_be_written(theirs).contains(&ours.repository().to_string()) {
        Some("repository")
    } else if registry_differs(ours, theirs) {
        Some("registry")
    } else if ours.to_string() != text {
        Some("whole")
    } else {
        None
    }
}

/// Whether the two name different registries, other than by a host that only its upper-case letter
/// makes one: oci-spec takes such a host for part of the path (a FIXME of theirs).
fn registry_differs(ours: &ImageReference, theirs: &Reference) -> bool {
    let registry = ours.repository().registry();
    let upper = registry.bytes().any(|byte| byte.is_ascii_uppercase());
    let known = !upper || registry.contains(['.', ':']);
    known && registry != theirs.registry()
}

/// Every way to write a repository that oci-spec gives normalised.
fn could_be_written(theirs: &Reference) -> Vec<String> {
    if theirs.registry() != "docker.io" {
        return vec![format!("{}/{}", theirs.registry(), theirs.repository())];
    }
    let long = theirs.repository();
    let short = long.strip_prefix("library/").unwrap_or(long);
    let names = ["", "docker.io/", "index.docker.io/"].into_iter();
    names.flat_map(|host| [format!("{host}{long}"), format!("{host}{short}")]).collect()
}

#[test]
fn grammar_agrees_with_oci_spec_but_for_the_exceptions() {
    let mut rng = Rng::with_seed(7);
    let (mut accepted, mut rejected, mut occurred) = (0, 0, BTreeMap::new());
    for _ in 0..TEXTS {
        let text = some_text(&mut rng);
        match verdict(&text) {
            Verdict::BothAccept => accepted += 1,
            Verdict::BothReject => rejected += 1,
            Verdict::Differ(how) => {
                let (mut repaired, mut whys) = (text.clone(), Vec::new());
                for Exception { why, repaired: repair } in &EXCEPTIONS {
                    if let Some(text) = repair(&repaired) {
                        repaired = text;
                        whys.push(*why);
                    }
                }
                assert_eq!(
                    verdict(&repaired),
                    Verdict::BothAccept,
                    "no exception explains {text:?}\n  {how}\n  without {whys:#?}: {repaired:?}",
                );
                // One that occurs along with others only may be superfluous.
                if let [why] = whys[..] {
                    *occurred.entry(why).or_insert(0_usize) += 1;
                }
            }
        }
    }
    for Exception { why, .. } in &EXCEPTIONS {
        assert!(occurred.contains_key(why), "no text of the corpus needs the exception: {why}");
    }
    // Neither of them says the same of everything.
    assert!(
        accepted > TEXTS / 5 && rejected > TEXTS / 5,
        "{accepted} accepted, {rejected} rejected"
    );
}

/// A reference of random pieces, most of them valid, with a few characters changed at random.
fn some_text(rng: &mut Rng) -> String {
    let mut text = if rng.u8(..100) < 3 {
        some_digest(rng).trim_start_matches('@').to_owned()
    } else {
        [some_host(rng), &some_path(rng), &some_tag(rng), &some_digest(rng)].concat()
    };
    for _ in 0..[0, 0, 0, 0, 1, 2][rng.usize(..6)] {
        change(&mut text, rng);
    }
    text
}

/// One of the usual pieces, or now and then an odd one.
fn piece<'a>(rng: &mut Rng, usual: &[&'a str], odd: &[&'a str]) -> &'a str {
    let pieces = if rng.u8(..100) < 15 { odd } else { usual };
    pieces[rng.usize(..pieces.len())]
}

fn some_host(rng: &mut Rng) -> &'static str {
    let usual = [
        "",
        "",
        "",
        "docker.io/",
        "index.docker.io/",
        "localhost/",
        "localhost:5000/",
        "ghcr.io/",
        "GHCR.io:443/",
        "my-reg/",
        "my-reg:5000/",
        "1.2.3.4:80/",
        "xn--n3h.example/",
    ];
    let odd = [
        "REG/",
        "REG/",
        "REG/",
        "REG/",
        "[::1]/",
        "[2001:db8::F]:5000/",
        "a.b_c/",
        "a.b_c/",
        "_a.example/",
        "-a.example/",
        "a-.example/",
        "a..example/",
        "reg:/",
        "reg:x/",
    ];
    piece(rng, &usual, &odd)
}

fn some_path(rng: &mut Rng) -> String {
    if rng.u8(..100) < 15 {
        // About as long as it may be, in one component or two.
        let path = run(rng, 244..260);
        let slash = rng.usize(100..130);
        return if rng.bool() {
            path
        } else {
            format!("{}/{}", &path[..slash], &path[slash + 1..])
        };
    }
    let mut path = run(rng, 1..6);
    for _ in 0..rng.usize(..4) {
        path += piece(
            rng,
            &[".", "_", "__", "-", "----", "/", "/", "/"],
            &["/", "___", "..", "_.", "//"],
        );
        path += &run(rng, 1..6);
    }
    path
}

fn run(rng: &mut Rng, length: std::ops::Range<usize>) -> String {
    (0..rng.usize(length)).map(|_| char::from(b"abcdefgz0189"[rng.usize(..12)])).collect()
}

fn some_tag(rng: &mut Rng) -> String {
    let long = format!(":{}", "t".repeat(rng.usize(126..131)));
    let usual = ["", "", ":latest", ":1.27-alpine", ":V1_2", ":_", ":a.-_b", ":5000"];
    piece(rng, &usual, &[":né", ":名", ":-1", ":.a", ":", ":a:b", &long]).to_owned()
}

fn some_digest(rng: &mut Rng) -> String {
    let usual = ["", "", "@sha256 64", "@sha512 128", "@blake3 64"];
    let odd = [
        "@sha384 96",
        "@sha256 63",
        "@sha256 128",
        "@sha512 64",
        "@md5 32",
        "@SHA256 64",
        "@sha256+b64 64",
    ];
    let Some((algorithm, digits)) = piece(rng, &usual, &odd).split_once(' ') else {
        return String::new();
    };
    let hex = |_| char::from(b"0123456789abcdef"[rng.usize(..16)]);
    let hex: String = (0..digits.parse().expect("a number")).map(hex).collect();
    match rng.u8(..20) {
        0 => format!("@{hex}"),
        1 => format!("{algorithm}:{}", hex.to_uppercase()),
        _ => format!("{algorithm}:{hex}"),
    }
}

/// Takes a character away, puts one in, or both.
fn change(text: &mut String, rng: &mut Rng) {
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    let Some(place) = rng.choice(places) else { return };
    let how = rng.u8(..3);
    if how != 0 {
        text.remove(place);
    }
    if how != 1 {
        let others: Vec<char> = "aZ0.:/@_-[]é \n+".chars().collect();
        text.insert(place, others[rng.usize(..others.len())]);
    }
}
