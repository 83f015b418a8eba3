//! An inline cluster, by a file and by variables.

use std::fs;

use testkit::Credentials;

use crate::support::{Ended, kai};
use crate::{cluster, make};

/// A field of a kubeconfig.
fn field(kubeconfig: &str, name: &str) -> String {
    let line = kubeconfig.lines().find(|line| line.trim().starts_with(&format!("{name}: ")));
    line.unwrap().split_once(": ").unwrap().1.to_owned()
}

/// A text in lines of 64 characters below a key, as `base64` prints it.
fn in_lines(text: &str, indent: usize) -> String {
    let lines = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap());
    lines.map(|line| format!("\n{:indent$}{line}", "")).collect::<Vec<_>>().concat()
}

fn certificate() -> Credentials {
    cluster().client_certificate("inline-admin", Some("system:masters")).credentials
}

#[test]
fn a_file_gives_a_cluster_by_certificate_and_key_or_by_token() {
    make("inline-file");
    let by_key = cluster().kubeconfig(&certificate());
    let by_token = cluster().kubeconfig(&cluster().admin());
    let ca = in_lines(&field(&by_key, "certificate-authority-data"), 4);
    let key = format!(
        "    type: private_key\n    client-cert: |{}\n    private-key: {}\n",
        in_lines(&field(&by_key, "client-certificate-data"), 6),
        field(&by_key, "client-key-data")
    );
    let token = format!("    type: token\n    token: \"  {}\\n\"\n", field(&by_token, "token"));
    for user in [key, token] {
        let text = format!(
            "kubeconfig:\n  cluster: here\n  server: {}\n  cluster-cert: |{ca}\n  user:\n{user}",
            field(&by_key, "server")
        );
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".kai.yaml"), &text).unwrap();
        let ended = Ended::of(kai(["-n", "inline-file", "-vv"]).current_dir(folder.path()));
        assert_eq!(ended.code, Some(0), "{text}{ended}");
        assert!(ended.stdout.contains("\"inline-file:1\""), "{ended}");
        assert!(ended.stdout.contains("\"cluster_name\": \"here\""), "{ended}");
        assert!(
            ended.stderr.contains("warning: `kubeconfig.server` (./.kai.yaml, line 3)"),
            "{ended}"
        );
        for secret in [field(&by_token, "token"), field(&by_key, "client-key-data")] {
            assert!(!ended.stderr.contains(&secret), "{ended}");
        }
    }
}

#[test]
fn variables_alone_give_a_cluster_and_its_name_is_empty() {
    make("inline-variables");
    let kubeconfig = cluster().kubeconfig(&cluster().admin());
    let ended = Ended::of(
        kai(["-n", "inline-variables"])
            .env("KAI_KUBECONFIG_SERVER", field(&kubeconfig, "server"))
            .env("KAI_KUBECONFIG_CLUSTER_CERT", field(&kubeconfig, "certificate-authority-data"))
            .env("KAI_KUBECONFIG_USER_TYPE", "token")
            .env("KAI_KUBECONFIG_USER_TOKEN", field(&kubeconfig, "token")),
    );
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stdout.contains("\"cluster_name\": \"\""), "{ended}");
}

#[test]
fn what_is_given_in_place_is_final_and_a_path_wins_over_it() {
    make("inline-final");
    let kubeconfig = cluster().write_kubeconfig(&cluster().admin());
    let nowhere = |args: &[&str]| {
        let mut command = kai(["-n", "inline-final", "--request-timeout", "1"]);
        command
            .args(args)
            .env("KUBECONFIG", kubeconfig.path())
            .env("KAI_KUBECONFIG_SERVER", "https://127.0.0.1:1")
            .env("KAI_KUBECONFIG_USER_TYPE", "token")
            .env("KAI_KUBECONFIG_USER_TOKEN", "recognisable");
        command
    };
    let ended = Ended::of(&mut nowhere(&[]));
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{ended}");
    assert!(!ended.stderr.contains("recognisable"), "{ended}");
    let mut command = nowhere(&["-k"]);
    let ended = Ended::of(command.arg(kubeconfig.path()));
    assert_eq!(ended.code, Some(0), "{ended}");
    assert!(ended.stderr.contains("`KAI_KUBECONFIG_SERVER` has no effect"), "{ended}");
}

#[test]
fn a_certificate_that_is_base64_of_something_else_is_code_2() {
    let ended = Ended::of(
        kai(["-n", "default"])
            .env("KAI_KUBECONFIG_SERVER", cluster().url())
            .env("KAI_KUBECONFIG_USER_CLIENT_CERT", "YWJj")
            .env("KAI_KUBECONFIG_USER_PRIVATE_KEY", "cmVjb2duaXNhYmxl"),
    );
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended}");
    assert!(!ended.stderr.contains("recognisable"), "{ended}");
    assert!(!ended.stderr.contains("cmVjb2duaXNhYmxl"), "{ended}");
    println!("{ended}");
}
