//! Completion in real shells.

#![cfg(unix)]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::Ended;
use crate::support::run;
use crate::support::shell::{BASH, is_here, with_kai};
use crate::support::terminal::{OnTerminal, typed_at};

const FORMATS: [&str; 13] = [
    "json",
    "table",
    "images",
    "wide",
    "yaml",
    "jsonl",
    "csv",
    "markdown",
    "refs",
    "mirror=skopeo",
    "mirror=text",
    "cyclonedx",
    "html",
];
const CONTEXTS: [&str; 3] =
    ["staging", "arn:aws:eks:eu:1:cluster/prod", "arn:aws:eks:eu:1:cluster/test"];

/// A folder with a kubeconfig of some contexts, all of them of one server.
fn kubeconfig(server: &str, user: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let contexts =
        CONTEXTS.map(|name| format!("- {{name: '{name}', context: {{cluster: c, user: u}}}}\n"));
    let text = format!(
        "current-context: staging\nclusters: [{{name: c, cluster: {{server: '{server}'}}}}]\n\
         users: [{{name: u, user: {{{user}}}}}]\ncontexts:\n{}",
        contexts.concat()
    );
    fs::write(folder.path().join("config"), text).unwrap();
    fs::write(folder.path().join("pods of mine.json"), "").unwrap();
    folder
}

/// What a shell offers for a line, in this folder.
fn offered(command: &mut Command, folder: &Path) -> Vec<String> {
    let ended = Ended::of(command.current_dir(folder).env("KUBECONFIG", folder.join("config")));
    assert_eq!(ended.stderr, "", "{ended}");
    ended.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_flags_values_contexts_and_files() {
    if !is_here("bash") {
        return;
    }
    let folder = kubeconfig("https://127.0.0.1:1", "token: t");
    let rest = |name: &str| name.strip_prefix("arn:").unwrap().to_owned();
    let arns = [rest(CONTEXTS[1]), rest(CONTEXTS[2])];
    // Each as bash splits the line at = and :, of which it replaces the last part.
    let table: [(&[&str], Vec<&str>); 9] = [
        (&["--outp"], vec!["--output"]),
        (&["-o", ""], FORMATS.to_vec()),
        (&["--output", "=", "t"], vec!["table"]),
        (&["--output", "="], FORMATS.to_vec()),
        (&["--context", "st"], vec!["staging"]),
        (&["--context", ""], CONTEXTS.to_vec()),
        (&["--context", "arn", ":"], arns.iter().map(String::as_str).collect()),
        (&["-f", "pods"], vec!["pods of mine.json"]),
        (&["-k", "use"], vec!["use-in-cluster"]),
    ];
    for (typed, expected) in table {
        println!("{typed:?}");
        let mut bash = with_kai("bash");
        bash.args(["--norc", "-c", BASH, "bash", "kai"]).args(typed);
        assert_eq!(offered(&mut bash, folder.path()), expected);
    }
}

#[test]
fn fish_completes_flags_values_contexts_and_files() {
    if !is_here("fish") {
        return;
    }
    let folder = kubeconfig("https://127.0.0.1:1", "token: t");
    let table: [(&str, &[&str]); 6] = [
        (
            "kai --outp",
            &["--output\tFormat: json, table, images, wide, csv, refs, … [default: json]"],
        ),
        ("kai -o t", &["table"]),
        ("kai --output=t", &["--output=table"]),
        ("kai --context ", &CONTEXTS),
        ("kai --context arn:aws:eks:eu:1:cluster/p", &CONTEXTS[1..2]),
        ("kai -f pods", &["pods of mine.json"]),
    ];
    for (line, expected) in table {
        println!("{line}");
        let mut fish = with_kai("fish");
        let home = tempfile::tempdir().unwrap();
        fish.env("HOME", home.path()).args(["--no-config", "-c"]);
        fish.arg(format!("kai completion fish | source; complete -C '{line}'"));
        assert_eq!(offered(&mut fish, folder.path()), expected);
    }
}

/// A shell that somebody types into, with the script sourced.
fn typed_into(shell: &mut Command, source: &str, folder: &Path) -> OnTerminal {
    shell.current_dir(folder).env("KUBECONFIG", folder.join("config")).env("HOME", folder);
    let mut shell = typed_at(shell, 100);
    shell.type_in(source);
    shell.wait_for("\nready");
    shell
}

/// Types a line and the key that completes it, waits for what comes of it, and erases the line.
fn completes(shell: &mut OnTerminal, line: &str, expected: &str) {
    shell.type_in(&format!("{line}\t"));
    shell.wait_for(expected);
    shell.type_in("\x15");
}

#[test]
fn bash_completes_what_somebody_types() {
    if !is_here("bash") {
        return;
    }
    let folder = kubeconfig("https://127.0.0.1:1", "token: t");
    let mut bash = with_kai("bash");
    bash.args(["--norc", "--noprofile", "-i"]);
    let source = "eval \"$(kai completion bash)\"; echo; echo rea''dy\n";
    let mut bash = typed_into(&mut bash, source, folder.path());
    completes(&mut bash, "kai --outp", "kai --output ");
    completes(&mut bash, "true | kai --output=t", "| kai --output=table ");
    completes(&mut bash, "kai --context arn:aws:eks:eu:1:cluster/p", &format!("{} ", CONTEXTS[1]));
    completes(&mut bash, "kai -f pods", r"kai -f pods\ of\ mine.json ");
    bash.kill();
}

#[test]
fn zsh_completes_what_somebody_types() {
    if !is_here("zsh") {
        return;
    }
    let folder = kubeconfig("https://127.0.0.1:1", "token: t");
    let mut zsh = with_kai("zsh");
    zsh.args(["-f", "-i"]);
    let source = "autoload -Uz compinit && compinit -u; eval \"$(kai completion zsh)\"; echo; echo rea''dy\n";
    let mut zsh = typed_into(&mut zsh, source, folder.path());
    completes(&mut zsh, "kai --outp", "kai --output ");
    completes(&mut zsh, "true | kai --output=t", "| kai --output=table");
    completes(&mut zsh, "kai --context arn:aws:eks:eu:1:cluster/p", CONTEXTS[1]);
    completes(&mut zsh, "kai -f pods", r"kai -f pods\ of\ mine.json");
    zsh.kill();
}

#[test]
fn elvish_completes_what_somebody_types() {
    if !is_here("elvish") {
        return;
    }
    let folder = kubeconfig("https://127.0.0.1:1", "token: t");
    let mut elvish = with_kai("elvish");
    elvish.args(["-norc"]);
    let source = "eval (kai completion elvish | slurp); echo; echo rea''dy\n";
    let mut elvish = typed_into(&mut elvish, source, folder.path());
    completes(&mut elvish, "kai --context arn:aws:eks:eu:1:cluster/p", CONTEXTS[1]);
    elvish.kill();
}

#[test]
fn a_server_that_never_answers_completes_nothing_in_silence_within_2_seconds() {
    // Connections are made, by the kernel; and that is all.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", silent.local_addr().unwrap());
    let plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
                  command: sh, args: [-c, 'echo no >&2; sleep 3']}";
    for (what, user) in [("server", "token: t"), ("plugin", plugin)] {
        let folder = kubeconfig(&server, user);
        let mut direct = with_kai("kai");
        direct.args(["__complete", "--", "kai", "-n", ""]);
        let mut bash = with_kai("bash");
        bash.args(["--norc", "-c", BASH, "bash", "kai", "-n", ""]);
        for mut command in [direct, bash] {
            let started = Instant::now();
            command.env("KUBECONFIG", folder.path().join("config")).current_dir(folder.path());
            // A plugin that goes on would hold a pipe open.
            let status =
                command.stdout(fs::File::create(folder.path().join("out")).unwrap()).status();
            let took = started.elapsed();
            assert!(took < Duration::from_secs(2), "{what}: {took:?}");
            assert!(status.unwrap().success(), "{what}");
            assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "", "{what}");
        }
    }
}

#[test]
fn a_file_of_the_working_directory_leads_completion_nowhere_unless_it_is_named() {
    let plugin = "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
                  command: sh, args: [-c, 'echo $$ >> marker; exec sleep 300']}";
    for name in [".kai.yaml", "kai.yaml", ".kai/config.yaml"] {
        let folder = kubeconfig("https://127.0.0.1:1", plugin);
        let marker = folder.path().join("marker");
        fs::create_dir(folder.path().join(".kai")).unwrap();
        let file = folder.path().join(name);
        fs::write(file, "kubeconfig: {path: config}\n").unwrap();
        let complete = |typed: &[&str]| {
            let mut kai = with_kai("kai");
            kai.args(["__complete", "--new-word", "--", "kai"]).args(typed);
            Ended::of(kai.current_dir(folder.path()))
        };
        assert_eq!(complete(&["-n"]).stdout, "", "{name}");
        assert_eq!(complete(&["--context"]).stdout, "", "{name}");
        assert!(!marker.exists(), "{name}");

        let contexts = complete(&["-c", name, "--context"]).stdout;
        assert_eq!(contexts.lines().collect::<Vec<_>>(), CONTEXTS, "{name}");
        complete(&["-c", name, "-n"]);
        let pid = fs::read_to_string(&marker).unwrap();
        let stat = format!("/proc/{}/stat", pid.trim());
        let deadline = Instant::now() + Duration::from_secs(10);
        while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
            assert!(Instant::now() < deadline, "{name}: the plugin goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn the_help_of_each_shell_says_how_to_enable_it_for_now_and_for_good() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let help = run(["completion", shell, "--help"]);
        assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""), "{help}");
        for text in ["\nIn the current shell", "\nPermanently", &format!("kai completion {shell}")]
        {
            assert!(help.stdout.contains(text), "{help}");
        }
        let script = run(["completion", shell]);
        assert_eq!(script.code, Some(0), "{script}");
        assert!(script.stdout.contains(" __complete "), "{script}");
    }
    let unknown = run(["completion", "tcsh"]);
    assert_eq!((unknown.code, unknown.stdout.as_str()), (Some(2), ""), "{unknown}");
    assert!(unknown.stderr.contains("tcsh"), "{unknown}");
}
