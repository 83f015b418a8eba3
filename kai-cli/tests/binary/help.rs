#[cfg(unix)]
use crate::support::{Ended, examples};
use crate::support::{kai, run};

#[test]
fn the_short_help_has_a_line_for_each_flag() {
    insta::assert_snapshot!(run(["-h"]));
}

#[test]
fn the_long_help_has_variables_keys_exit_codes_and_examples() {
    insta::assert_snapshot!(run(["--help"]));
}

#[test]
fn the_help_needs_no_valid_environment() {
    let output = kai(["--help"]).env("KAI_OUTPUT", "yml").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

/// What kai prints under the name by which kubectl finds it.
#[cfg(unix)]
fn as_plugin(args: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("kubectl-kai");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kai"), &plugin).unwrap();
    Ended::of(std::process::Command::new(plugin).args(args).env_clear().env("HOME", "/nonexistent"))
}

#[test]
#[cfg(unix)]
fn as_a_plugin_of_kubectl_it_is_the_same_and_says_so() {
    let head = |help: &Ended| {
        let lines = help.stdout.lines().take_while(|line| !line.starts_with("Options"));
        lines.take(12).collect::<Vec<_>>().join("\n")
    };
    let helps = [&["-h"][..], &["--help"], &["config", "-h"]].map(|args| head(&as_plugin(args)));
    insta::assert_snapshot!(helps.join("\n\n---\n"));

    let sample = examples().join("pods.json");
    for args in [&["-q", "-o", "table", "-f", sample.to_str().unwrap()][..], &["version"]] {
        let plugin = as_plugin(args);
        assert_eq!((plugin.code, plugin.stdout), (Some(0), run(args.iter().copied()).stdout));
    }
    let wrong = as_plugin(&["--nonsense"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("hint: `kubectl kai --help` lists"), "{}", wrong.stderr);
}
