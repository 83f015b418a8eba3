//! A secret is shown nowhere, whatever it comes through and whether it is valid or not.

use super::*;
use crate::error::one_line;

const SECRET: &str = "recognisable";

/// Fails where a text shows the secret.
fn assert_hidden(what: &str, shown: &str) {
    assert!(!shown.contains(SECRET), "{what}: {shown}");
}

#[test]
fn no_channel_shows_its_secret() {
    let url = format!("https://me:{SECRET}@anchore.example");
    let anchore = "anchore: {url: 'https://anchore.example', user: me, password: ";
    let token = "kubeconfig:\n  server: https://k8s.example\n  user:\n    type: token\n    token: ";
    let key = "kubeconfig:\n  server: https://k8s.example\n  user:\n    client-cert: YQ==\n    private-key: ";
    let files = [
        format!("{anchore}{SECRET}}}"),
        format!("{anchore}[{SECRET}]}}"),
        format!("{anchore}<{SECRET}>}}"),
        format!("{anchore}$KAI_SECRET}}"),
        format!("{anchore}${SECRET}}}"),
        format!("{anchore}$${SECRET}}}"),
        format!("{anchore}'{SECRET}"),
        format!("{anchore}*{SECRET}}}"),
        format!("{anchore}{SECRET}, passwrd: {SECRET}}}"),
        format!("{token}{SECRET}\n"),
        format!("{token}{SECRET} two\n"),
        format!("{token}{{a: {SECRET}}}\n"),
        format!("{key}{SECRET}\n"),
        format!("{key}{SECRET}!\n"),
        format!("anchore: {{url: '{url}', user: me, password: p}}"),
        format!("anchore: {{url: 'https:/me:{SECRET}@a b', user: me, password: p}}"),
        format!("update-url: '{url}'"),
        format!("update-url: 'me:{SECRET}@example.com'"),
        format!("kubeconfig: {{server: '{url}'}}"),
        format!("kubeconfig: {{server: '<{url}>'}}"),
    ];
    let env = [("KAI_SECRET", SECRET)];
    for text in files {
        for in_working_directory in [false, true] {
            println!("{text}");
            match of_file(&[], &env, &text, in_working_directory) {
                Err(error) => assert_hidden("error", &format!("{} {error:?}", one_line(&error))),
                Ok((settings, effective)) => {
                    assert_hidden("Debug", &format!("{settings:?} {effective:?}"));
                }
            }
        }
    }
}

#[test]
fn no_variable_shows_its_secret() {
    let url = format!("https://me:{SECRET}@anchore.example");
    let whole = |name: &'static str, text: &str| {
        vec![
            ("KAI_ANCHORE_URL", "https://anchore.example".to_owned()),
            ("KAI_ANCHORE_USER", "me".to_owned()),
            ("KAI_ANCHORE_PASSWORD", "p".to_owned()),
            ("KAI_KUBECONFIG_SERVER", "https://k8s.example".to_owned()),
            ("KAI_KUBECONFIG_USER_TYPE", "token".to_owned()),
            ("KAI_KUBECONFIG_USER_TOKEN", "t".to_owned()),
            (name, text.to_owned()),
        ]
    };
    let table = [
        whole("KAI_ANCHORE_PASSWORD", SECRET),
        whole("KAI_ANCHORE_URL", &url),
        whole("KAI_ANCHORE_URL", &format!("x{url}")),
        whole("KAI_KUBECONFIG_USER_TOKEN", SECRET),
        whole("KAI_KUBECONFIG_USER_TOKEN", &format!("{SECRET}\n{SECRET}")),
        whole("KAI_KUBECONFIG_USER_PRIVATE_KEY", SECRET),
        whole("KAI_KUBECONFIG_SERVER", &url),
        whole("KAI_UPDATE_URL", &url),
        whole("KAI_KUBECONFIG_CLUSTER_CERT", &format!("-----BEGIN {SECRET}")),
        whole("KAI_PASSWORD", SECRET),
    ];
    for variables in table {
        let (name, text) = variables.last().unwrap();
        println!("{name}={text}");
        let variables: Vec<_> =
            variables.iter().map(|(name, text)| (*name, text.as_str())).collect();
        match with_file(&[], &variables, "") {
            Err(error) => assert_hidden("error", &format!("{} {error:?}", one_line(&error))),
            Ok((settings, effective)) => {
                assert_hidden("Debug", &format!("{settings:?} {effective:?}"));
            }
        }
    }
}
