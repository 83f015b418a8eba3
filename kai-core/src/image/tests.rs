//! The grammar of references (behaviour, section 3), row by row. `{A}` in a row stands for a
//! digest and `{a}` for its digits, see [`full`].

use super::parse::{image_id, same_repository};
use super::*;

/// A row with its digests written out.
fn full(row: &str) -> String {
    row.replace("{A}", "sha256:{a}")
        .replace("{S}", "sha512:{s}")
        .replace("{K}", "blake3:{a}")
        .replace("{a}", &"a".repeat(64))
        .replace("{s}", &"5".repeat(128))
}

/// Repository, tag and digest with blanks between, a dash for what is absent.
fn parts(text: &str) -> Result<String, ReferenceError> {
    let reference: ImageReference = text.parse()?;
    assert_eq!(reference.to_string(), text, "is displayed as it was written");
    Ok([
        reference.repository().as_str(),
        reference.tag().map_or("-", Tag::as_str),
        reference.digest().map_or("-", Digest::as_str),
    ]
    .join(" "))
}

fn accepted(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(parts(&full(text)), Ok(full(expected)), "row: {text:?}");
    }
}

fn refused(error: ReferenceError, rows: &[&str]) {
    for text in rows {
        assert_eq!(parts(&full(text)), Err(error), "row: {text:?}");
    }
}

#[test]
fn reference_has_a_repository_and_maybe_tag_and_digest() {
    accepted(&[
        ("nginx", "nginx - -"),
        ("nginx:1.27", "nginx 1.27 -"),
        ("nginx@{A}", "nginx - {A}"),
        ("nginx:1.27@{A}", "nginx 1.27 {A}"),
        ("library/nginx:1", "library/nginx 1 -"),
        ("docker.io/library/nginx:1@{A}", "docker.io/library/nginx 1 {A}"),
        ("a/b/c/d/e:f", "a/b/c/d/e f -"),
        ("registry.k8s.io/coredns/coredns:v1.11.3", "registry.k8s.io/coredns/coredns v1.11.3 -"),
        // The grammar has these, however much they look like something else.
        ("sha256", "sha256 - -"),
        ("sha256@{A}", "sha256 - {A}"),
        ("sha256:{a}@{A}", "sha256 {a} {A}"),
        ("x/{A}", "x/sha256 {a} -"),
        ("{a}:1", "{a} 1 -"),
        ("{a}@{A}", "{a} - {A}"),
    ]);
    refused(ReferenceError::Empty, &[""]);
    refused(ReferenceError::Repository, &[":1", "@{A}", ":1@{A}", "/", "a//b", "/a", "a/", " "]);
}

#[test]
fn port_without_tag_is_not_a_tag() {
    accepted(&[
        ("localhost:5000/redis", "localhost:5000/redis - -"),
        ("localhost:5000/redis:7", "localhost:5000/redis 7 -"),
        ("localhost:5000/redis:7@{A}", "localhost:5000/redis 7 {A}"),
        ("localhost:5000/redis@{A}", "localhost:5000/redis - {A}"),
        ("registry.example:443/team/app", "registry.example:443/team/app - -"),
        ("10.0.0.1:5000/app:1", "10.0.0.1:5000/app 1 -"),
        ("host:1/app", "host:1/app - -"),
        // Without a path there is no host either.
        ("localhost:5000", "localhost 5000 -"),
    ]);
    refused(
        ReferenceError::Repository,
        &[
            "host:/app",
            "host:5000/",
            "host:http/app",
            "host:5000:1/app",
            "host:-1/app",
            ":5000/app",
        ],
    );
}

#[test]
fn host_is_a_dns_name_or_an_address() {
    accepted(&[
        ("localhost/app", "localhost/app - -"),
        ("Registry/app", "Registry/app - -"),
        ("GHCR.io/app:1", "GHCR.io/app 1 -"),
        ("my-registry.example/app", "my-registry.example/app - -"),
        ("1.2.3.4/app", "1.2.3.4/app - -"),
        ("[::1]/app", "[::1]/app - -"),
        ("[2001:db8::F]:5000/team/app:1@{A}", "[2001:db8::F]:5000/team/app 1 {A}"),
        // No host, since a host has no underscore: a path, as for the distribution parser.
        ("a.b_c/d", "a.b_c/d - -"),
    ]);
    refused(
        ReferenceError::Repository,
        &[
            "-a.example/app",
            "a-.example/app",
            "A..example/app",
            "A_B/app",
            ".example/app",
            "example./app",
            "[]/app",
            "[::1/app",
            "[::g]/app",
            "[::1]5000/app",
            "[::1]:/app",
            "[::1]:x/app",
            "https://host/app",
            "a/[::1]/app",
            "höst.example/app",
        ],
    );
    // Everything behind an `@` is a digest.
    refused(ReferenceError::Digest, &["user@host/app", "nginx@latest"]);
    // A host alone, in brackets, is neither path nor tag.
    refused(ReferenceError::Tag, &["[::1]"]);
}

#[test]
fn path_is_of_lower_case_runs_with_single_separators() {
    accepted(&[
        ("a.b", "a.b - -"),
        ("a_b", "a_b - -"),
        ("a__b", "a__b - -"),
        ("a-b", "a-b - -"),
        ("a-----b", "a-----b - -"),
        ("0/1", "0/1 - -"),
        ("a.b_c__d-e/f", "a.b_c__d-e/f - -"),
    ]);
    refused(
        ReferenceError::Repository,
        &[
            "Nginx",
            "team/Nginx",
            "nginX:1",
            "a..b",
            "a___b",
            "a._b",
            "a-_b",
            "a-.b",
            ".a",
            "a.",
            "_a",
            "a_",
            "-a",
            "a-",
            "a/.b",
            "a/b-",
            "a b",
            "nginx\n",
            "\tnginx",
            "a\\b",
            "a+b",
            "a:b/c",
            "ñ",
            "a/é",
            "a\0b",
        ],
    );
}

#[test]
fn tag_is_1_to_128_word_characters_dots_and_dashes() {
    accepted(&[
        ("a:A", "a A -"),
        ("a:_", "a _ -"),
        ("a:0", "a 0 -"),
        ("a:_.-", "a _.- -"),
        ("a:V1.2_rc-3", "a V1.2_rc-3 -"),
        ("a:latest", "a latest -"),
    ]);
    refused(
        ReferenceError::Tag,
        &[
            "a:", "a:.b", "a:-b", "a:b+c", "a:b c", "a:ä", "a:b:c", "a::b", "a:@{A}", "h:1/a:",
            "a:b\n",
        ],
    );

    let longest = "t".repeat(128);
    assert_eq!(longest.parse::<Tag>().map(|tag| tag.to_string()), Ok(longest.clone()));
    accepted(&[(&format!("a:{longest}"), &format!("a {longest} -"))]);
    refused(ReferenceError::Tag, &[&format!("a:{longest}t")]);
    assert_eq!("".parse::<Tag>(), Err(ReferenceError::Tag));
}

#[test]
fn digest_is_of_three_algorithms_in_lower_case() {
    accepted(&[("a@{A}", "a - {A}"), ("a@{S}", "a - {S}"), ("a@{K}", "a - {K}")]);
    refused(
        ReferenceError::Digest,
        &[
            "a@",
            "a@{a}",
            "a@sha256:",
            "a@:{a}",
            "a@{A}a",
            "a@{A}:1",
            "a@{A}@{A}",
            "a@{A}/b",
            "a@ {A}",
            "a@{A} ",
            "a@SHA256:{a}",
            "a@sha512:{a}",
            "a@sha256:{s}",
            "a@blake3:{s}",
            "a@sha256:sha256:{a}",
            "a:1@{a}",
            "a@@{A}",
        ],
    );

    for (algorithm, digits) in [("sha256", 64), ("sha512", 128), ("blake3", 64)] {
        let hex = |count: usize| "0123456789abcdef".chars().cycle().take(count).collect::<String>();
        let text = format!("{algorithm}:{}", hex(digits));
        let digest: Digest = text.parse().unwrap();
        assert_eq!((digest.algorithm(), digest.hex()), (algorithm, &*hex(digits)));
        assert_eq!((digest.as_str(), digest.to_string()), (&*text, text.clone()));

        let hash = hex(digits);
        for wrong in
            [&hex(digits - 1), &hex(digits + 1), &hash.to_uppercase(), &hash.replace('0', "g")]
        {
            let text = format!("{algorithm}:{wrong}");
            assert_eq!(text.parse::<Digest>(), Err(ReferenceError::Digest), "row: {text}");
        }
        let upper = format!("{}:{hash}", algorithm.to_uppercase());
        assert_eq!(upper.parse::<Digest>(), Err(ReferenceError::Digest), "row: {upper}");
    }
    for (algorithm, digits) in [("md5", 32), ("sha1", 40), ("sha384", 96), ("sha256+b64", 64)] {
        refused(ReferenceError::Digest, &[&format!("a@{algorithm}:{}", "a".repeat(digits))]);
    }
}

#[test]
fn bare_id_is_no_reference_but_almost_one_is() {
    refused(ReferenceError::LocalId, &["{A}", "{S}", "{K}", "{a}"]);
    // By the grammar these are a repository, or a repository and a tag.
    let short = "a".repeat(63);
    accepted(&[
        (&short, &format!("{short} - -")),
        (&format!("sha256:{short}"), &format!("sha256 {short} -")),
    ]);
    let upper = "A".repeat(64);
    accepted(&[(&format!("sha256:{upper}"), &format!("sha256 {upper} -"))]);
    refused(ReferenceError::Repository, &[&upper]);
}

#[test]
fn path_has_255_characters_at_most_and_the_host_does_not_count() {
    let path = format!("{}/{}", "p".repeat(127), "q".repeat(127));
    for host in ["", "registry.example:5000/", "localhost/", "[::1]/"] {
        let name = format!("{host}{path}");
        accepted(&[
            (&name, &format!("{name} - -")),
            (&format!("{name}:1@{{A}}"), &format!("{name} 1 {{A}}")),
        ]);
        refused(
            ReferenceError::RepositoryTooLong,
            &[&format!("{name}q"), &format!("{name}q:1@{{A}}")],
        );
    }
}

#[test]
fn repository_is_parsed_without_tag_and_digest() {
    for text in ["nginx", "localhost:5000/redis", "docker.io/library/nginx"] {
        let repository: Repository = text.parse().unwrap();
        assert_eq!((repository.as_str(), repository.to_string()), (text, text.to_owned()));
    }
    for text in ["", "nginx:1", &full("nginx@{A}"), "localhost:5000", "Nginx"] {
        assert_eq!(text.parse::<Repository>(), Err(ReferenceError::Repository), "row: {text:?}");
    }
}

#[test]
fn image_id_is_a_reference_or_a_local_id_behind_dockers_schemes() {
    let rows = [
        ("docker-pullable://nginx@{A}", Ok("nginx - {A}")),
        ("docker-pullable://h:1/nginx@{A}", Ok("h:1/nginx - {A}")),
        ("docker://{A}", Err(ReferenceError::LocalId)),
        ("docker-pullable://{A}", Err(ReferenceError::LocalId)),
        ("docker://{a}", Err(ReferenceError::LocalId)),
        ("docker.io/library/nginx@{A}", Ok("docker.io/library/nginx - {A}")),
        ("nginx:1@{S}", Ok("nginx 1 {S}")),
        ("{A}", Err(ReferenceError::LocalId)),
        ("{K}", Err(ReferenceError::LocalId)),
        ("{a}", Err(ReferenceError::LocalId)),
        ("", Err(ReferenceError::Empty)),
        ("docker://", Err(ReferenceError::Empty)),
        ("docker-pullable://docker://nginx@{A}", Err(ReferenceError::Repository)),
        ("containerd://{A}", Err(ReferenceError::Repository)),
        ("DOCKER://{A}", Err(ReferenceError::Repository)),
        ("sha384:{a}", Ok("sha384 {a} -")),
    ];
    for (text, expected) in rows {
        let text = full(text);
        let found = image_id(&text).map(|found| {
            [found.repository, found.tag.unwrap_or("-"), found.digest.unwrap_or("-")].join(" ")
        });
        assert_eq!(found, expected.map(full), "row: {text:?}");
    }
}

#[test]
fn repository_is_the_same_with_docker_hubs_names_filled_in() {
    let classes: &[&[&str]] = &[
        &[
            "nginx",
            "library/nginx",
            "docker.io/nginx",
            "docker.io/library/nginx",
            "index.docker.io/nginx",
        ],
        &["team/app", "docker.io/team/app", "index.docker.io/team/app"],
        &["library/team/app", "docker.io/library/team/app"],
        &["library", "library/library", "docker.io/library/library", "docker.io/library"],
        &["ghcr.io/nginx"],
        &["ghcr.io/library/nginx"],
        &["docker.io:443/nginx"],
        &["localhost/nginx"],
        &["localhost:5000/nginx"],
        &["Docker.io/nginx"],
        &["nginx.docker.io/nginx"],
    ];
    let all = || {
        classes.iter().enumerate().flat_map(|(n, names)| names.iter().map(move |name| (n, name)))
    };
    for (one_class, one) in all() {
        for (other_class, other) in all() {
            assert_eq!(
                same_repository(one, other),
                one_class == other_class,
                "row: {one} and {other}"
            );
        }
    }
}

#[test]
fn image_gives_its_pieces_back() {
    let (repository, tag) = ("[::1]:5000/a".parse().unwrap(), "1.2".parse().unwrap());
    let digest: Digest = full("{A}").parse().unwrap();
    let image = Image::new(&repository, &tag, Some(digest.clone()));
    assert_eq!(
        (image.repository(), image.tag(), image.digest()),
        ("[::1]:5000/a", "1.2", Some(&digest))
    );
    assert_eq!(image.to_string(), full("[::1]:5000/a:1.2@{A}"));
    assert_eq!(Image::new(&repository, &tag, None).to_string(), "[::1]:5000/a:1.2");
}

#[test]
fn text_types_show_their_text_in_debug_and_pad_in_display() {
    let tag: Tag = "1".parse().unwrap();
    assert_eq!(
        (format!("{tag:?}"), format!("[{tag:>3}]")),
        ("Tag(\"1\")".to_owned(), "[  1]".to_owned())
    );
}

#[test]
fn the_registry_is_the_host_by_dockers_rule() {
    let table = [
        ("nginx", "docker.io"),
        ("library/nginx", "docker.io"),
        ("team/app", "docker.io"),
        ("docker.io/x", "docker.io"),
        ("index.docker.io/library/x", "docker.io"),
        // Another port is another registry.
        ("docker.io:443/x", "docker.io:443"),
        // An upper-case letter is in no path, so it is a host.
        ("Registry/team/app", "Registry"),
        ("localhost/app", "localhost"),
        ("localhost:5000/app", "localhost:5000"),
        ("registry:5000/app", "registry:5000"),
        ("quay.io/team/app", "quay.io"),
        ("[::1]:5000/app", "[::1]:5000"),
        // No valid host, and what a runtime asks all the same.
        ("a.b_c/d", "a.b_c"),
    ];
    for (repository, expected) in table {
        println!("{repository}");
        assert_eq!(Repository::try_from(repository).unwrap().registry(), expected);
    }
}

#[test]
fn an_image_is_read_as_it_is_displayed() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for text in ["nginx:1.27", "localhost:5000/app:1", &format!("nginx:1.27@{digest}")] {
        println!("{text}");
        let image: Image = text.parse().unwrap();
        assert_eq!(image.to_string(), text);
    }
    let table = [
        ("nginx", ReferenceError::Tag),
        (&*format!("nginx@{digest}"), ReferenceError::Tag),
        ("localhost:5000/app", ReferenceError::Tag),
        ("", ReferenceError::Empty),
        (&digest, ReferenceError::LocalId),
        ("Nginx:1", ReferenceError::Repository),
    ];
    for (text, expected) in table {
        println!("{text}");
        assert_eq!(Image::try_from(text).unwrap_err(), expected);
    }
}

#[test]
fn a_reference_is_written_and_read_as_a_text() {
    let reference: ImageReference = serde_json::from_str("\"localhost:5000/app:1\"").unwrap();
    assert_eq!(
        reference.repository(),
        "localhost:5000/app".parse::<Repository>().as_ref().unwrap()
    );
    assert_eq!(serde_json::to_string(&reference).unwrap(), "\"localhost:5000/app:1\"");
    assert!(serde_json::from_str::<ImageReference>("\"A\"").is_err());
}
