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
    let plain = !text.is_empty() && !text.contains([' ', '[', '^', '*']);
    if plain { text.to_owned() } else { format!("'{text}'") }
}

#[test]
fn a_flag_that_does_not_exist_or_does_not_fit_is_refused() {
    insta::assert_snapshot!(refused(&[
        &["--outptu", "json"],
        &["--namspace=shop"],
        &["--nonsense"],
        &["-x"],
        &["-qx"],
        &["-context", "staging"],
        &["-dry-run"],
        &["-o"],
        &["--context"],
        &["-f"],
        &["-n", "-o", "json"],
        &["-p", "-5"],
        &["--context", "-staging"],
        &["-f", "pods.json", "-k", "config"],
        &["-f", "pods.json", "--context", "staging"],
        &["-f", "pods.json", "--as", "bob"],
        &["-f", "pods.json", "config", "--user", "bob"],
        &["config", "--outptu", "json"],
        &["config", "--defaults", "-o", "json"],
        &["-o", "json", "config", "--defaults"],
        &["version", "--outptu", "json"],
        &["version", "-o", "xml"],
        &["version", "-o"],
        &["-o", "xml", "version"],
        &["completion"],
        &["completion", "ksh"],
        &["completion", "bash", "-x"],
        &["help", "versoin"],
    ]));
}

#[test]
fn a_word_that_no_flag_takes_is_refused_with_what_to_write() {
    insta::assert_snapshot!(refused(&[
        &["--ignore-not-running", "false"],
        &["-i", "false"],
        &["-q", "true"],
        &["-vq", "yes"],
        &["--verbose-inventory-reports", "OFF", "-n", "shop"],
        &["config", "-q", "false"],
        &["-q", "shop"],
        &["-i=true", "false"],
        &["-n", "shop", "default"],
        &["-n", "shop,", "web", "jobs", "-q"],
        &["--namespace=shop", "default"],
        &["-nshop", "default"],
        &["config", "-n", "shop", "default"],
        &["version", "-n", "shop", "default"],
        &["--exclude-namespace", "^kube-", "a b", "default"],
        &["--as", "bob", "--as-group", "dev", "ops"],
        &["-o", "json", "table"],
        &["--context", "my", "cluster"],
        &["-v", "2"],
        &["-v=2"],
        &["--verbose=debug"],
        &["--dry-run", "client"],
        &["--dry-run=client"],
        &["-A=true"],
        &["--deliver", "yes"],
        &["--dry-run", "pods.json"],
        &["-as", "bob"],
        &["\u{2013}n", "shop"],
        &["-q", "\u{2014}namespace=shop"],
        &["-n", "shop", "\u{2013}\u{2013}quiet"],
        &["-n", "", "shop"],
        &["pods.json"],
        &["-"],
        &["shop"],
        &["versoin"],
        &[""],
        &["two words"],
        &["--", "shop"],
        &["version", "json"],
        &["completion", "bash", "zsh"],
        &["get", "pods"],
        &["\u{1b}[2J`x"],
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
        &["--exclude-namespace", "*kube*"],
        &["-n", "shop", "--exclude-namespace", "^sh"],
        &["--request-timeout", "0"],
        &["--missing-tag-policy", "keep"],
        &["--missing-tag-policy", "insert", "--missing-tag", "a b"],
        &["--ignore-not-running=perhaps"],
        &["-k", "use-in-cluster", "--as", "bob"],
    ]));
}

#[test]
fn what_is_typed_in_the_wrong_place_and_is_a_secret_is_not_repeated() {
    let jwt = "eyJhbGciOiJub25lIn0.eyJyZWNvZ25pc2FibGUiOjF9.recognisable";
    let table: [&[&str]; 7] = [
        &["https://me:recognisable@anchore.example"],
        &["-q", "https://me:recognisable@anchore.example"],
        &["-n", "shop", "https://me:recognisable@anchore.example"],
        &["-o", "json", jwt],
        &[jwt],
        &["--user", "me", jwt],
        &["--dry-run=https://me:recognisable@anchore.example"],
    ];
    for typed in table {
        let ended = run(typed.iter().copied());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert!(!ended.stderr.contains("recognisable"), "{ended}");
        assert!(ended.stderr.contains("<redacted>"), "{ended}");
    }
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

#[test]
fn what_does_not_go_with_watch_is_refused() {
    insta::assert_snapshot!(refused(&[
        &["-w", "-f", "pods.json"],
        &["-w", "-m", "periodic"],
        &["-m", "watch", "--watch"],
        &["-m", "watch", "-f", "pods.json"],
        &["-m", "watch", "-o", "csv"],
        &["-w", "-o", "json"],
        &["-w", "where", "nginx"],
        &["diff", "-w", "old.json"],
    ]));
}
