use super::*;

const DIGEST: &str = "sha256:94ab12f0c3d45891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286";

fn pattern(text: &str) -> ImagePattern {
    text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"))
}

fn image(text: &str) -> Image {
    text.parse().unwrap()
}

/// Which of these images a pattern chooses.
fn chosen<'i>(text: &str, images: &[&'i str]) -> Vec<&'i str> {
    let pattern = pattern(text);
    images.iter().copied().filter(|it| pattern.matches(&image(it), it.contains('@'))).collect()
}

#[test]
fn a_name_without_a_registry_is_compared_from_its_end_and_one_with_a_registry_as_a_whole() {
    let images = [
        "nginx:1",
        "library/nginx:1",
        "docker.io/library/nginx:1",
        "docker.io/nginx:1",
        "index.docker.io/library/nginx:1",
        "bitnami/nginx:1",
        "registry.corp/hub/library/nginx:1",
        "registry.corp:5000/nginx:1",
        "nginx-unit:1",
        "nginx/unit:1",
        "localhost/nginx:1",
        "a.b_c/nginx:1",
    ];
    let of_hub = &images[..5];
    let ending: Vec<_> = images.iter().copied().filter(|it| it.ends_with("nginx:1")).collect();
    assert_eq!(chosen("nginx", &images), ending);
    assert_eq!(chosen("docker.io/nginx", &images), of_hub);
    assert_eq!(chosen("docker.io/library/nginx", &images), of_hub);
    assert_eq!(chosen("index.docker.io/nginx", &images), of_hub);
    let library = [of_hub, &images[6..7]].concat();
    assert_eq!(chosen("library/nginx", &images), library);
    assert_eq!(chosen("hub/library/nginx", &images), &images[6..7]);
    assert_eq!(chosen("registry.corp/hub/library/nginx", &images), &images[6..7]);
    assert_eq!(chosen("registry.corp/nginx", &images), [""; 0]);
    assert_eq!(chosen("registry.corp:5000/nginx", &images), &images[7..8]);
    assert_eq!(chosen("localhost/nginx", &images), &images[10..11]);
    assert_eq!(chosen("corp/nginx", &images), [""; 0]);
    assert_eq!(chosen("a/b/c/d/nginx", &images), [""; 0]);
}

#[test]
fn tags_and_digests_narrow_a_name() {
    let pinned = format!("nginx:1.27@{DIGEST}");
    let images = ["nginx:1.27", "nginx:1.27.1", "nginx:latest", &pinned, "redis:1.27"];
    assert_eq!(chosen("nginx:1.27", &images), ["nginx:1.27", &pinned]);
    assert_eq!(chosen("nginx:1.*", &images), ["nginx:1.27", "nginx:1.27.1", &pinned]);
    for text in [
        "nginx@sha256:94ab12",
        "nginx:1.27@sha256:94ab12f0c3d4",
        "sha256:94ab12",
        "94ab12f0c3d4",
        DIGEST,
        &DIGEST["sha256:".len()..],
    ] {
        assert_eq!(chosen(text, &images), [&pinned], "{text}");
    }
    for text in ["redis@sha256:94ab12", "nginx:1.26@sha256:94ab12", "sha256:94ab13", "94ab12f0c3d5"]
    {
        assert_eq!(chosen(text, &images), [""; 0], "{text}");
    }
    // No registry has the tag that a policy makes of a digest.
    let made_up = format!("nginx:{}@{DIGEST}", &DIGEST["sha256:".len()..]);
    assert_eq!(chosen("tag=94*", &[&made_up]), [""; 0]);
    assert_eq!(chosen("nginx:94*", &[&made_up]), [""; 0]);
    assert_eq!(chosen("nginx", &[&made_up]), [&made_up]);
    // With fewer digits, or others among them, it is a name.
    assert_eq!(chosen("94ab12f0c3d", &["94ab12f0c3d:1", &pinned]), ["94ab12f0c3d:1"]);
}

#[test]
fn stars_stand_for_a_segment_or_any() {
    let images = [
        "ghcr.io/team/app:1",
        "ghcr.io/team/sub/app:1",
        "ghcr.io/log4j-thing:1",
        "quay.io/log4j/tool:1",
        "log4j:1",
        "eu.gcr.io/team/app:1",
    ];
    assert_eq!(chosen("ghcr.io/team/*", &images), &images[..1]);
    assert_eq!(chosen("ghcr.io/**", &images), &images[..3]);
    assert_eq!(chosen("ghcr.io/**/app", &images), &images[..2]);
    assert_eq!(chosen("**/log4j*", &images), [images[2], images[4]]);
    assert_eq!(chosen("log4j*", &images), [images[2], images[4]]);
    assert_eq!(chosen("*log4j*/*", &images), &images[3..4]);
    assert_eq!(chosen("log4j/*", &images), &images[3..4]);
    assert_eq!(chosen("**log4j**", &images), &images[2..5]);
    assert_eq!(chosen("*.gcr.io/team/app", &images), &images[5..]);
    let of_hub = ["nginx:1", "team/app:1", "docker.io/team/app:1", "quay.io/nginx:1"];
    assert_eq!(chosen("docker.io/**", &of_hub), &of_hub[..3]);
    assert_eq!(chosen("index.docker.io/**", &of_hub), &of_hub[..3]);
    assert_eq!(chosen("docker.io/*", &of_hub), &of_hub[..1]);
    assert_eq!(chosen("docker.io/team/*", &of_hub), &of_hub[1..3]);
    assert_eq!(chosen("**", &images), images);
    assert_eq!(chosen("*", &images), images, "the last segment is anything");
    assert_eq!(chosen("*/*", &images).len(), 5, "all but `ghcr.io/log4j-thing`");
    assert_eq!(chosen("**:2", &images), [""; 0]);
}

#[test]
fn facets_and_expressions_look_at_one_thing() {
    let pinned = format!("quay.io/team/app:2@{DIGEST}");
    let images = ["nginx:latest", "docker.io/redis:7", &pinned, "localhost:5000/app:latest"];
    assert_eq!(chosen("registry=quay.io", &images), [&pinned]);
    assert_eq!(chosen("registry=docker.io", &images), &images[..2]);
    assert_eq!(chosen("registry=index.docker.io", &images), &images[..2]);
    assert_eq!(chosen("registry=localhost:5000", &images), &images[3..]);
    assert_eq!(chosen("registry=*.io", &images), &images[..3]);
    assert_eq!(chosen("tag=latest", &images), [images[0], images[3]]);
    assert_eq!(chosen("tag=l*", &images), [images[0], images[3]]);
    assert_eq!(chosen("pinned=true", &images), [&pinned]);
    assert_eq!(chosen("pinned=false", &images).len(), 3);
    assert_eq!(chosen("regex=redis", &images), &images[1..2]);
    assert_eq!(chosen("regex=^redis", &images), [""; 0]);
    assert_eq!(chosen("regex=@sha256:94", &images), [&pinned]);
    assert_eq!(chosen("regex=app:(2|latest)", &images), [&pinned, images[3]]);
}

#[test]
fn what_is_no_pattern_says_what_would_be_one() {
    let long = "a".repeat(1025);
    let table = [
        "",
        &long,
        "Nginx",
        "nginx ",
        "a//b",
        "/nginx",
        "nginx/",
        "https://ghcr.io/a",
        "nginx:",
        "nginx:-1",
        "nginx:a:b",
        "nginx@",
        "nginx@latest",
        "nginx@sha256:94ab1",
        "nginx@sha256:XYZXYZ",
        "nginx@md5:94ab1294ab12",
        "sha256:",
        "sha256:94AB12",
        "~nginx",
        "unpinned=1",
        "name=nginx",
        "=x",
        "regex=",
        "regex=(",
        "regex=a{1000}{1000}",
        "pinned=yes",
        "registry=",
        "registry=quay.io/team",
        "tag=",
        "tag=a b",
        "a?",
        "[a]",
    ];
    let told = table.map(|text| {
        let error = text.parse::<ImagePattern>().unwrap_err();
        format!("{text:.20}: {error}")
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_pattern_is_written_as_it_was_read() {
    for text in ["nginx", "ghcr.io/a/*:1.*", "regex=a|b", "sha256:94ab12", "tag=latest"] {
        let read = pattern(text);
        assert_eq!(read.to_string(), text);
        assert_eq!(pattern(&read.to_string()), read);
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<ImagePattern>(&json).unwrap(), read);
    }
    assert!(serde_json::from_str::<ImagePattern>("\"a b\"").is_err());
}

#[test]
fn the_name_of_a_pattern_is_its_last_segment() {
    let table = [
        ("nginx", Some("nginx")),
        ("ghcr.io/team/app:1", Some("app")),
        ("ghcr.io/team/*", None),
        ("sha256:94ab12", None),
        ("tag=latest", None),
    ];
    for (text, expected) in table {
        assert_eq!(pattern(text).name(), expected, "{text}");
    }
}

#[test]
fn a_filter_admits_what_is_included_in_each_group_and_not_excluded() {
    let filter = ImageFilter::default()
        .including(["ghcr.io/**", "quay.io/**"].map(pattern))
        .including([])
        .including([pattern("tag=1*")])
        .excluding([pattern("**/test-*")]);
    let admitted = |text: &str| filter.admits(&image(text), false);
    assert!(admitted("ghcr.io/a:1") && admitted("quay.io/a/b:1.2"));
    assert!(!admitted("ghcr.io/a:2") && !admitted("nginx:1") && !admitted("quay.io/a/test-b:1"));
    assert!(!filter.is_empty() && ImageFilter::default().is_empty());
    assert!(ImageFilter::default().including([]).is_empty());
}
