//! Credentials plugins, with the real binary.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use testkit::Credentials;

use crate::cluster;
use crate::support::{Ended, kai, start};

/// `kai -k FILE` where the user is whom this script says.
fn kai_with(folder: &Path, script: &str) -> Command {
    fs::write(folder.join("script"), script).unwrap();
    let exec = serde_json::json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "IfAvailable",
        "command": "sh", "args": [folder.join("script")],
    }});
    let text = cluster().kubeconfig(&Credentials::Anonymous);
    fs::write(folder.join("kubeconfig"), text.replace("user: {}", &format!("user: {exec}")))
        .unwrap();
    let mut command = kai(["-n", "default", "-k"]);
    command.arg(folder.join("kubeconfig"));
    command
}

/// A script that prints a credential with all rights.
fn admin() -> String {
    let Credentials::Token(token) = cluster().admin() else { panic!("a token") };
    let answer = serde_json::json!({
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
        "status": {"token": token},
    });
    format!("echo '{answer}'\n")
}

#[test]
fn a_plugin_runs_once_in_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("runs");
    let script = format!("echo run >> {}\n{}", runs.display(), admin());
    let ended = Ended::of(&mut kai_with(folder.path(), &script));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(runs).unwrap(), "run\n");
}

#[test]
fn a_plugin_that_fails_is_a_source_that_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo a-secret; echo 'log in first' >&2; exit 5";
    let ended = Ended::of(&mut kai_with(folder.path(), script)).with(folder.path(), "[folder]");
    insta::assert_snapshot!(ended.to_string());
}

#[test]
fn a_signal_ends_the_plugin_too() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let script = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 300", pid.display());
    let mut child = start(&mut kai_with(folder.path(), &script));
    let deadline = Instant::now() + Duration::from_secs(20);
    while !pid.exists() {
        assert!(Instant::now() < deadline, "the plugin never starts");
        std::thread::sleep(Duration::from_millis(10));
    }
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let pid = fs::read_to_string(pid).unwrap();
    let stat = format!("/proc/{}/stat", pid.trim());
    while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(Instant::now() < deadline, "the plugin still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// `script` (of util-linux) gives a terminal; its `-e` passes the exit code on.
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_a_plugin_may_ask_and_is_answered() {
    use std::io::Write;

    let folder = tempfile::tempdir().unwrap();
    let question = "echo 'which word?' >&2; read word; [ \"$word\" = sesame ] || exit 7\n";
    let command = kai_with(folder.path(), &format!("{question}{}", admin()));
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let words: Vec<_> = words.iter().map(|word| word.to_str().unwrap()).collect();
    let mut terminal = Command::new("script");
    terminal.args(["-q", "-e", "-c", &words.join(" "), "/dev/null"]).stdin(Stdio::piped());
    terminal.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for (answer, code) in [("sesame\n", 0), ("poppy\n", 3)] {
        let mut child = match terminal.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
            Ok(child) => child,
            Err(error) => {
                println!("skipped, as there is no `script` to have a terminal from: {error}");
                return;
            }
        };
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        let ended = Ended::from(child.wait_with_output().unwrap());
        assert!(ended.stdout.contains("which word?"), "{ended}");
        assert_eq!(ended.code, Some(code), "{ended}");
    }
}
