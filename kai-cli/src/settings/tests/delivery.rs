//! Where the report is delivered, and what is said of it.

use super::*;
use crate::error::one_line;

const URL: (&str, &str) = ("KAI_ANCHORE_URL", "https://anchore.example");
const USER: (&str, &str) = ("KAI_ANCHORE_USER", "me");
const PASSWORD: (&str, &str) = ("KAI_ANCHORE_PASSWORD", "p");
const INSECURE: (&str, &str) = ("KAI_ANCHORE_HTTP_INSECURE", "true");
const FILE: (&str, &str) = ("KAI_ANCHORE_PASSWORD_FILE", "~/password");

#[test]
fn the_url_alone_turns_delivery_on_and_needs_a_user_and_one_password() {
    let rows: [&[(&str, &str)]; 5] = [
        &[URL],
        &[URL, USER],
        &[URL, PASSWORD],
        &[URL, USER, PASSWORD, FILE],
        &[URL, PASSWORD, FILE],
    ];
    let told = rows.map(|variables| {
        let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
        format!("{}\n    {}", names.join(" "), one_line(&settings(&[], variables).unwrap_err()))
    });
    insta::assert_snapshot!(told.join("\n"));

    let settings = settings(&[], &[URL, USER, FILE, ("HOME", "/home/me")]).unwrap();
    let password = &settings.anchore[0].settings.password;
    assert_eq!(format!("{password:?}"), "Reader(FileReader(\"/home/me/password\"))");
}

#[test]
fn without_a_url_nothing_is_delivered_with_one_warning() {
    let table: [(&[(&str, &str)], usize); 5] =
        [(&[], 0), (&[USER], 1), (&[PASSWORD], 1), (&[USER, PASSWORD], 1), (&[FILE], 1)];
    for (variables, count) in table {
        println!("{variables:?}");
        let settings = settings(&[], variables).unwrap();
        assert!(settings.anchore.is_empty());
        assert_eq!(warnings(&settings).len(), count, "{:?}", settings.notices);
    }
    // As in everybody's file, where the URL is empty.
    let file = "anchore: {url: , user: admin, password: $KAI_ANCHORE_PASSWORD}";
    let (settings, _) = with_file(&[], &[], file).unwrap();
    assert_eq!(
        warnings(&settings),
        ["`anchore.user` (kai.yaml, line 1) is set, but not `anchore.url`: nothing is delivered"]
    );
}

#[test]
fn a_file_is_delivered_only_if_that_is_asked_for() {
    let all = [URL, USER, PASSWORD];
    assert!(settings(&["-f", "-"], &all).unwrap().anchore.is_empty());
    assert_eq!(settings(&["-f", "-", "--deliver"], &all).unwrap().anchore.len(), 1);
    assert!(settings(&["-f", "-"], &[URL]).unwrap().anchore.is_empty());
    assert!(settings(&["-f", "-", "--deliver"], &[URL]).is_err());
    assert!(settings(&["--dry-run"], &all).unwrap().dry_run);
}

#[test]
fn what_is_dangerous_is_a_warning() {
    let clear = ("KAI_ANCHORE_URL", "http://anchore.example");
    let near = ("KAI_ANCHORE_URL", "http://localhost:8228");
    let told = |variables: &[(&str, &str)]| warnings(&settings(&[], variables).unwrap()).join("\n");
    assert_eq!(told(&[URL, USER, PASSWORD]), "");
    assert_eq!(told(&[near, USER, PASSWORD]), "");
    assert_eq!(told(&[INSECURE]), "");
    insta::assert_snapshot!(
        told(&[clear, USER, PASSWORD]),
        @"the password travels to http://anchore.example in clear text"
    );
}

#[cfg(not(feature = "fips"))]
#[test]
fn that_any_certificate_is_accepted_is_a_warning() {
    let settings = settings(&[], &[URL, USER, PASSWORD, INSECURE]).unwrap();
    insta::assert_snapshot!(
        warnings(&settings).join("\n"),
        @"`anchore.http.insecure` is true: whoever answers in the place of https://anchore.example gets the password"
    );
}

#[cfg(feature = "fips")]
#[test]
fn a_fips_build_accepts_no_certificate_that_is_not_verified() {
    let by_variable = settings(&[], &[URL, USER, PASSWORD, INSECURE]).unwrap_err();
    let file = "anchore:\n  http:\n    insecure: true\n";
    let by_file = with_file(&[], &[URL, USER, PASSWORD], file).unwrap_err();
    insta::assert_snapshot!([by_variable, by_file].map(|error| one_line(&error)).join("\n"), @"
    `anchore.http.insecure` is true (variable KAI_ANCHORE_HTTP_INSECURE), and a FIPS build verifies every certificate (hint: `anchore.http.ca-cert` names a file of those to trust)
    `anchore.http.insecure` is true (kai.yaml, line 3), and a FIPS build verifies every certificate (hint: `anchore.http.ca-cert` names a file of those to trust)
    ");
    let verified = ("KAI_ANCHORE_HTTP_INSECURE", "false");
    assert!(with_file(&[], &[URL, USER, PASSWORD, verified], file).is_ok());
}

#[test]
fn a_configured_mode_is_ignored_for_a_file_and_a_typed_one_is_not() {
    let periodic = [("KAI_MODE", "periodic")];
    assert_eq!(settings(&["-f", "-"], &periodic).unwrap().schedule, Schedule::Adhoc);
    assert!(settings(&["-f", "-", "-m", "periodic"], &[]).is_err());
    assert_eq!(settings(&["-f", "-", "-m", "adhoc"], &periodic).unwrap().schedule, Schedule::Adhoc);
}
