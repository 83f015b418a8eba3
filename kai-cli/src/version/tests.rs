use super::*;

fn written(facts: &[Fact], format: VersionFormat) -> String {
    let mut out = Vec::new();
    write(facts, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn rows_are_aligned_and_keys_are_in_camel_case() {
    let facts =
        [("Version", "version", "1.2.3".to_owned()), ("GitTreeState", "gitTreeState", known(None))];
    insta::assert_snapshot!(written(&facts, VersionFormat::Text), @r"
    Version:       1.2.3
    GitTreeState:  [not provided]
    ");
    insta::assert_snapshot!(written(&facts, VersionFormat::Json), @r#"
    {
      "version": "1.2.3",
      "gitTreeState": "[not provided]"
    }
    "#);
}

#[test]
fn each_json_key_is_its_row_in_camel_case() {
    for (row, key, _) in facts() {
        let (first, rest) = row.split_at(1);
        assert_eq!(key, first.to_lowercase() + rest);
    }
}

#[test]
fn the_build_date_is_utc_by_rfc_3339() {
    assert_eq!(build_date(Some("1700000000")), "2023-11-14T22:13:20Z");
    assert_eq!(build_date(None), UNKNOWN);
    assert_eq!(build_date(Some("soon")), UNKNOWN);
}

#[test]
fn the_user_agent_says_who_asks() {
    let agent = user_agent();
    assert!(agent.starts_with(concat!("kai/", env!("CARGO_PKG_VERSION"), " (")), "{agent}");
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        assert!(agent.ends_with("(linux/amd64)"), "{agent}");
    }
}

/// `cargo run` starts kai with the variables of its build script.
#[test]
fn nothing_that_the_build_tells_looks_like_a_setting() {
    let script = include_str!("../../build.rs");
    let told: Vec<_> = script.split("tell(\"").skip(1).map(|rest| &rest[..4]).collect();
    assert_eq!(told, ["BUIL"; 4]);
}
