//! A configuration file in the working directory, as it may come with somebody else's folder.

mod kubeconfigs;
mod paths;

use std::fs;
use std::path::Path;

use crate::support::{Ended, examples, kai};

/// Runs `kai` in a folder with a `.kai.yaml` of this text, and with more arguments and variables.
fn run_in(folder: &Path, config: &str, args: &[&str], variables: &[(&str, &str)]) -> Ended {
    fs::write(folder.join(".kai.yaml"), config).unwrap();
    let mut command = kai(args.iter().copied());
    command.current_dir(folder).envs(variables.iter().copied());
    Ended::of(&mut command)
}

#[test]
fn it_cannot_silence_the_warning_that_it_leads_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    for silence in ["quiet: true", "log: {level: error}", "log: {file: ./kai.log}"] {
        let config = format!("kubeconfig: {{path: nowhere}}\n{silence}\n");
        let seen = run_in(folder.path(), &config, &[], &[]);
        assert!(seen.stderr.contains("in the working directory, leads to `nowhere`"), "{seen}");
        let chosen = run_in(folder.path(), &config, &["-q"], &[]);
        assert!(!chosen.stderr.contains("leads to"), "{chosen}");
        let chosen = run_in(folder.path(), &config, &[], &[("KAI_QUIET", "true")]);
        assert!(!chosen.stderr.contains("leads to"), "{chosen}");
    }
}

#[test]
fn its_log_stays_in_its_folder() {
    let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let pods = examples().join("pods.json");
    let pods = pods.to_str().unwrap();
    let variables = [("HOME", home.path().to_str().unwrap())];
    std::os::unix::fs::symlink(home.path().join("rc"), folder.path().join("link")).unwrap();
    std::os::unix::fs::symlink(home.path(), folder.path().join("there")).unwrap();
    let absolute = home.path().join("rc").display().to_string();
    for path in ["~/rc", "../rc", "link", "./there/rc", &absolute] {
        let seen =
            run_in(folder.path(), &format!("log: {{file: {path}}}"), &["-f", pods], &variables);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{path}: {seen}");
        assert!(
            seen.stderr.contains("can only name a path within that directory"),
            "{path}: {seen}"
        );
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);

    let seen = run_in(folder.path(), "log: {file: ./kai.log}", &["-f", pods], &variables);
    assert_eq!(seen.code, Some(0), "{seen}");
    assert!(folder.path().join("kai.log").exists());
    let config = folder.path().join(".kai.yaml");
    fs::write(&config, "log: {file: ~/rc}").unwrap();
    let mut trusted = kai(["-f", pods, "-c"]);
    let trusted = Ended::of(trusted.arg(config).env("HOME", home.path()));
    assert_eq!(trusted.code, Some(0), "{trusted}");
    assert!(home.path().join("rc").exists(), "-c says that the file is trusted");
}

#[test]
fn the_own_file_at_home_is_no_stranger_s() {
    let home = tempfile::tempdir().unwrap();
    let config =
        "kubeconfig: {server: 'https://127.0.0.1:1', user: {type: token, token: $MY_TOKEN}}";
    let variables = [("HOME", home.path().to_str().unwrap()), ("MY_TOKEN", "t")];
    let seen = run_in(home.path(), config, &["config"], &variables);
    assert_eq!(seen.code, Some(0), "{seen}");
    assert!(!seen.stderr.contains("leads to"), "{seen}");
}

#[test]
fn what_a_variable_holds_that_a_file_names_is_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let config = "kubeconfig: {server: 'https://127.0.0.1:1', user: {type: $KAI_ANCHORE_PASSWORD}}";
    let variables = [("KAI_ANCHORE_PASSWORD", "a-secret")];
    let seen = run_in(folder.path(), config, &[], &variables);
    assert_eq!(seen.code, Some(2), "{seen}");
    assert!(!seen.stderr.contains("a-secret"), "{seen}");

    let config = "anchore: {user: $KAI_ANCHORE_PASSWORD}";
    let seen = run_in(folder.path(), config, &["config"], &variables);
    assert!(
        seen.stdout.contains("user: $KAI_ANCHORE_PASSWORD")
            || seen.stdout.contains("user: \"$KAI_ANCHORE_PASSWORD\""),
        "{seen}"
    );
    assert!(!seen.to_string().contains("a-secret"), "{seen}");
}

#[test]
fn a_password_without_its_host_is_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let config = "anchore: {url: 'http://u:a-secret', user: u, password: p}";
    for args in [&["config"][..], &["-f", "-"]] {
        let seen = run_in(folder.path(), config, args, &[]);
        assert!(!seen.to_string().contains("a-secret"), "{seen}");
    }
}
