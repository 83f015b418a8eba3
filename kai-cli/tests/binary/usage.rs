use crate::support::{Ended, kai, run};

/// What a user sees of each command line, which must be refused with code 2 and nothing on stdout.
fn refused(table: &[&[&str]]) -> String {
    let told = table.iter().map(|typed| {
        let ended = run(typed.iter().copied());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{typed:?}: {ended}");
        let shown: Vec<_> = typed.iter().map(|text| quoted(text)).collect();
        format!("$ kai {}\n{ended}\n", shown.join(" "))
    });
    told.collect::<Vec<_>>().join("\n")
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty() && !text.contains([' ', '[', '^']);
    if plain { text.to_owned() } else { format!("'{text}'") }
}

#[test]
fn a_flag_that_does_not_exist_or_does_not_fit_is_refused() {
    insta::assert_snapshot!(refused(&[
        &["--outptu", "json"],
        &["--namspace=shop"],
        &["-x"],
        &["pods.json"],
        &["versoin"],
        &["-o"],
        &["-f", "pods.json", "-k", "config"],
        &["-f", "pods.json", "--context", "staging"],
        &["-f", "pods.json", "--as", "bob"],
        &["-q", "false"],
        &["version", "-o", "yaml"],
        &["-o", "json", "version"],
    ]));
}

#[test]
fn a_value_that_is_not_valid_is_refused() {
    insta::assert_snapshot!(refused(&[
        &["-o", "yml"],
        &["-n", ""],
        &["-n", "Shop"],
        &["-n", "shop,", "-f", "-"],
        &["--exclude-namespace", ""],
        &["--exclude-namespace", "[a"],
        &["-n", "shop", "--exclude-namespace", "^sh"],
        &["--request-timeout", "0"],
        &["--missing-tag-policy", "keep"],
        &["--missing-tag-policy", "insert", "--missing-tag", "a b"],
        &["--ignore-not-running=perhaps"],
        &["-k", "use-in-cluster", "--as", "bob"],
    ]));
}

#[test]
fn a_variable_that_is_not_valid_is_refused_and_named() {
    for (name, text) in [("KAI_OUTPUT", "yml"), ("KAI_NAMESPACE_SELECTORS_INCLUDE", "a,B")] {
        let ended = Ended::of(kai(["-f", "-"]).env(name, text));
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert!(ended.stderr.contains(name), "{ended}");
    }
}

#[test]
fn an_empty_variable_counts_as_none() {
    let ended = Ended::of(kai(["version"]).env("KAI_OUTPUT", ""));
    assert_eq!(ended.code, Some(0), "{ended}");
    let sample = crate::support::examples().join("pods.json");
    let ended = Ended::of(kai(["-q", "-f", sample.to_str().unwrap()]).env("KAI_OUTPUT", ""));
    assert_eq!(ended.code, Some(0), "{ended}");
}

#[test]
fn a_refusal_is_told_however_quiet_kai_is_asked_to_be() {
    let ended = run(["-q", "-o", "yml"]);
    assert!(ended.stderr.starts_with("error: "), "{ended}");
}
