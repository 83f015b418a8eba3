//! Clusters that are not there; those that are, are met in other tests.

use std::fs;

use crate::support::{Ended, kai, run};

fn kubeconfig(server: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         clusters: [{{name: nowhere, cluster: {{server: '{server}'}}}}]\n\
         contexts: [{{name: here, context: {{cluster: nowhere, user: me}}}}]\n\
         users: [{{name: me, user: {{token: recognisable}}}}]\n"
    );
    fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn a_server_that_is_not_there_is_told_once_with_code_3() {
    let file = kubeconfig("https://127.0.0.1:1");
    let ended = run(["-k", file.path().to_str().unwrap()]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended}");
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert_eq!(lines[0], "info: reading cluster `nowhere` at https://127.0.0.1:1");
    let errors = lines.iter().filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{ended}");
}

#[test]
fn a_context_that_does_not_exist_is_code_2_before_anything_is_asked() {
    let file = kubeconfig("https://127.0.0.1:1");
    let path = file.path().to_str().unwrap();
    for ended in [
        run(["-k", path, "--context", "there"]),
        Ended::of(kai(["-k", path]).env("KAI_KUBECONFIG_CONTEXT", "there")),
        Ended::of(kai(["--context", "there"]).env("KUBECONFIG", path)),
    ] {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
        assert!(ended.stderr.starts_with("error: "), "{ended}");
        assert!(ended.stderr.contains("`there`") && ended.stderr.contains("`here`"), "{ended}");
    }
}

#[test]
fn the_credential_is_shown_nowhere() {
    let file = kubeconfig("https://127.0.0.1:1");
    let ended = run(["-vv", "-k", file.path().to_str().unwrap()]);
    assert_eq!(ended.code, Some(3), "{ended}");
    assert!(!ended.stderr.contains("recognisable"), "{ended}");
}
