use std::fs;

use crate::support::{Ended, kai};

const SECRET: &str = "recognisable";

#[test]
fn a_secret_of_a_file_or_a_variable_is_shown_nowhere() {
    let anchore = "anchore: {url: 'https://anchore.example', user: me, password: ";
    let server = "kubeconfig:\n  server: https://127.0.0.1:1\n  user:\n    ";
    let files = [
        format!("{anchore}{SECRET}}}\n"),
        format!("{anchore}$KAI_SECRET}}\n"),
        format!("{anchore}${SECRET}}}\n"),
        format!("{anchore}'{SECRET}\n"),
        format!("anchore: {{url: 'https://me:{SECRET}@anchore.example', user: me, password: p}}\n"),
        format!("anchore: {{url: 'https://me:{SECRET}@a b', user: me, password: p}}\n"),
        format!("update-url: 'https://me:{SECRET}@127.0.0.1:1'\n"),
        format!("{server}type: token\n    token: {SECRET}\n"),
        format!("{server}type: token\n    token: {SECRET} {SECRET}\n"),
        format!("{server}client-cert: YQ==\n    private-key: {SECRET}\n"),
        format!("{server}client-cert: YQ==\n    private-key: {SECRET}=\n"),
        format!("{server}client-cert: YQ==\n    private-key: $KAI_SECRET\n"),
    ];
    for text in files {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".kai.yaml"), &text).unwrap();
        for args in
            [&["-vv"][..], &["config", "-vv"], &["-vv", "--request-timeout", "1", "-n", "a"]]
        {
            let mut command = kai(args);
            let ended = Ended::of(command.current_dir(folder.path()).env("KAI_SECRET", SECRET));
            println!("{text}{args:?}\n{ended}");
            assert!(!ended.stderr.is_empty());
            assert!(!ended.to_string().contains(SECRET));
        }
    }
    for (name, text) in [
        ("KAI_ANCHORE_PASSWORD", SECRET.to_owned()),
        ("KAI_KUBECONFIG_USER_TOKEN", SECRET.to_owned()),
        ("KAI_KUBECONFIG_USER_PRIVATE_KEY", SECRET.to_owned()),
        ("KAI_ANCHORE_URL", format!("https://me:{SECRET}@anchore.example")),
        ("KAI_KUBECONFIG_SERVER", format!("https://me:{SECRET}@anchore.example")),
        ("KAI_ANCHORE_SECRET", SECRET.to_owned()),
    ] {
        for args in [&["-vv"][..], &["config", "-vv"]] {
            let ended = Ended::of(kai(args).env(name, &text));
            println!("{name}={text} {args:?}\n{ended}");
            assert!(!ended.to_string().contains(SECRET));
        }
    }
}
