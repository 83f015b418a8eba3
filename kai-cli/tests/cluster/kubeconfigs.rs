//! kai and kubectl side by side over many kubeconfigs, against the same server: both read it, or
//! neither does; where they differ on purpose, the row says why.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::Command;

use testkit::{Binaries, Credentials};

use crate::cluster;
use crate::support::kai;

/// How a row ends: as kubectl does, or otherwise for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Same,
    /// kai reads it, and kubectl does not.
    KaiAlone(&'static str),
}
use Verdict::{KaiAlone, Same};

/// What stands around most rows: `@CLUSTER@` is how the cluster is reached, `@USER@` who may.
const CLUSTERS: &str = "clusters: [{name: c, cluster: {@CLUSTER@}}]\n";
const USERS: &str = "users: [{name: u, user: {@USER@}}]\n";
const CONTEXTS: &str =
    "contexts: [{name: x, context: {cluster: c, user: u}}]\ncurrent-context: x\n";

const PLUGIN: &str =
    "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never";

/// A row's name, its files, and how it ends. `|` separates files of `KUBECONFIG`.
#[expect(clippy::too_many_lines, reason = "a table has as many lines as rows")]
fn rows() -> Vec<(&'static str, String, Verdict)> {
    let with = |clusters: &str, users: &str, contexts: &str| format!("{clusters}{users}{contexts}");
    let cluster = |text: &str| with(&CLUSTERS.replace("@CLUSTER@", text), USERS, CONTEXTS);
    let user = |text: &str| with(CLUSTERS, &USERS.replace("@USER@", text), CONTEXTS);
    let all = with(CLUSTERS, USERS, CONTEXTS);
    let users_and = |more: &str| {
        with(CLUSTERS, &USERS.replace("users: [", &format!("users: [{more}, ")), CONTEXTS)
    };
    let clusters_and = |more: &str| {
        with(&CLUSTERS.replace("clusters: [", &format!("clusters: [{more}, ")), USERS, CONTEXTS)
    };
    let contexts_and = |more: &str| {
        with(CLUSTERS, USERS, &CONTEXTS.replace("contexts: [", &format!("contexts: [{more}, ")))
    };
    let json = r#"{"apiVersion":"v1","kind":"Config","clusters":[{"name":"c","cluster":{@CLUSTER@}}],"users":[{"name":"u","user":{@USER@}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"current-context":"x"}"#;
    let unset = all.replace("current-context: x", "current-context: \"\"");
    vec![
        ("plain", all.clone(), Same),
        (
            "with a kind and a version",
            format!("apiVersion: v1\nkind: Config\npreferences: {{}}\n{all}"),
            Same,
        ),
        ("JSON", json.to_owned(), Same),
        ("a byte order mark", format!("\u{feff}{all}"), Same),
        ("CRLF", all.replace('\n', "\r\n"), Same),
        ("comments", format!("# a\n{all}# b\n"), Same),
        ("keys that nobody knows", format!("colour: blue\n{all}"), Same),
        ("a marker of a document", format!("---\n{all}"), Same),
        ("a second document that is empty", format!("{all}---\n"), Same),
        ("a key twice", format!("{all}current-context: x\n"), Same),
        ("a key twice, the last one wrong", format!("{all}current-context: y\n"), Same),
        ("a key of a user twice", user("token: wrong, @USER@"), Same),
        (
            "an alias",
            with(
                "clusters: [{name: c, cluster: &it {@CLUSTER@}}, {name: d, cluster: *it}]\n",
                USERS,
                &CONTEXTS.replace("cluster: c", "cluster: d"),
            ),
            Same,
        ),
        (
            "a merge",
            with(
                "base: &it {@CLUSTER@}\nclusters: [{name: c, cluster: {<<: *it}}]\n",
                USERS,
                CONTEXTS,
            ),
            Same,
        ),
        ("no current context", all.replace("current-context: x\n", ""), Same),
        (
            "an unknown current context",
            all.replace("current-context: x", "current-context: y"),
            Same,
        ),
        ("an unknown cluster", all.replace("cluster: c,", "cluster: d,"), Same),
        ("no users at all", with(CLUSTERS, "", CONTEXTS), Same),
        ("users that are null", with(CLUSTERS, "users:\n", CONTEXTS), Same),
        // Entries that nobody uses.
        ("a user without a name", users_and("{user: {token: x}}"), Same),
        ("a user without a body", users_and("{name: other}"), Same),
        ("a user that is null", users_and("{name: other, user: null}"), Same),
        (
            "an auth-provider with a config that is null",
            users_and("{name: w2, user: {auth-provider: {name: gcp, config: null}}}"),
            Same,
        ),
        (
            "a bad interactiveMode",
            users_and(
                "{name: w, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: Sometimes}}}",
            ),
            Same,
        ),
        ("a plugin without a version", users_and("{name: w, user: {exec: {command: x}}}"), Same),
        (
            "a client certificate that is no base64",
            users_and("{name: w, user: {client-certificate-data: '%'}}"),
            KaiAlone("what is not used is not judged; kubectl decodes it all"),
        ),
        (
            "a token that is a list",
            users_and("{name: w, user: {token: [x]}}"),
            KaiAlone("what is not used is not judged"),
        ),
        (
            "a cluster without a name",
            clusters_and("{cluster: {server: 'https://one.invalid'}}"),
            Same,
        ),
        (
            "a cluster with a bad server",
            clusters_and("{name: other, cluster: {server: '::'}}"),
            Same,
        ),
        (
            "a cluster with a missing CA",
            clusters_and(
                "{name: other, cluster: {server: 'https://one.invalid', certificate-authority: /nowhere}}",
            ),
            Same,
        ),
        (
            "a cluster with an extension without content",
            clusters_and(
                "{name: other, cluster: {server: 'https://one.invalid', extensions: [{name: e}]}}",
            ),
            Same,
        ),
        ("a context without a name", contexts_and("{context: {cluster: c}}"), Same),
        ("a context that is null", contexts_and("{name: other, context: null}"), Same),
        (
            "a switch of another cluster that is a word",
            clusters_and(
                "{name: other, cluster: {server: 'https://one.invalid', insecure-skip-tls-verify: maybe}}",
            ),
            KaiAlone("what is not used is not judged"),
        ),
        // Names that stand twice.
        ("two users of one name", users_and("{name: u, user: {token: other}}"), Same),
        (
            "two clusters of one name",
            clusters_and("{name: c, cluster: {server: 'https://one.invalid'}}"),
            Same,
        ),
        ("two contexts of one name", contexts_and("{name: x, context: {cluster: y}}"), Same),
        ("two users without a name", users_and("{user: {token: x}}, {user: {token: y}}"), Same),
        // The user.
        (
            "an empty client certificate beside a token",
            user("@USER@, client-certificate: ''"),
            Same,
        ),
        ("an empty client key beside a token", user("@USER@, client-key: ''"), Same),
        (
            "empty data beside a token",
            user("@USER@, client-certificate-data: '', client-key-data: ''"),
            Same,
        ),
        ("an empty token file beside a token", user("@USER@, tokenFile: ''"), Same),
        ("a token file that is not there", user("tokenFile: nowhere"), Same),
        ("a token file", user("tokenFile: token"), Same),
        ("a token file with a line break", user("tokenFile: token-line"), Same),
        ("a token and a user name", user("@USER@, username: x, password: y"), Same),
        ("a wrong token", user("token: wrong"), Same),
        ("no user", user(""), Same),
        ("a plugin", user(&format!("{PLUGIN}}}")), Same),
        (
            "provideClusterInfo that is null",
            user(&format!("{PLUGIN}, provideClusterInfo: }}")),
            Same,
        ),
        (
            "arguments and variables that are null",
            user(&format!("{PLUGIN}, args: null, env: null}}")),
            Same,
        ),
        (
            "a plugin without interactiveMode",
            user("exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin}"),
            Same,
        ),
        (
            "a plugin of v1beta1",
            user(
                "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin-beta}",
            ),
            Same,
        ),
        ("a plugin of no version", user("exec: {command: ./plugin, interactiveMode: Never}"), Same),
        (
            "a plugin that is not there",
            user(
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./nowhere, interactiveMode: Never}",
            ),
            Same,
        ),
        ("an auth-provider that is gone", user("auth-provider: {name: gcp}"), Same),
        ("impersonation of groups alone", user("@USER@, as-groups: [a]"), Same),
        // The cluster.
        ("no server", cluster("certificate-authority-data: @CA@"), Same),
        (
            "a server without a scheme",
            cluster("server: '@HOST@', certificate-authority-data: @CA@"),
            Same,
        ),
        ("no CA", cluster("server: 'https://@HOST@'"), Same),
        ("insecure", cluster("server: 'https://@HOST@', insecure-skip-tls-verify: true"), Same),
        ("insecure with a CA", cluster("@CLUSTER@, insecure-skip-tls-verify: true"), Same),
        ("not insecure with a CA", cluster("@CLUSTER@, insecure-skip-tls-verify: false"), Same),
        (
            "a CA with line breaks in its base64",
            cluster("server: 'https://@HOST@', certificate-authority-data: \"@CA@\\n\""),
            Same,
        ),
        (
            "a CA that is no base64",
            cluster("server: 'https://@HOST@', certificate-authority-data: '%'"),
            Same,
        ),
        (
            "a CA that is no PEM",
            cluster("server: 'https://@HOST@', certificate-authority-data: bm8="),
            Same,
        ),
        ("an empty CA file beside data", cluster("@CLUSTER@, certificate-authority: ''"), Same),
        ("a CA file", cluster("server: 'https://@HOST@', certificate-authority: ca.pem"), Same),
        (
            "a CA file that is not there",
            cluster("server: 'https://@HOST@', certificate-authority: nowhere"),
            Same,
        ),
        (
            "another name for the certificate",
            cluster("@CLUSTER@, tls-server-name: localhost"),
            Same,
        ),
        (
            "a wrong name for the certificate",
            cluster("@CLUSTER@, tls-server-name: other.invalid"),
            Same,
        ),
        (
            "a proxy of no known scheme",
            cluster("@CLUSTER@, proxy-url: 'ftp://proxy.invalid'"),
            Same,
        ),
        (
            "an extension without a name in use",
            cluster("@CLUSTER@, extensions: [{extension: {}}]"),
            Same,
        ),
        // Several files.
        ("an empty current context before one", format!("{unset}|{all}"), Same),
        ("the first file wins", format!("{all}|{}", all.replace("@USER@", "token: wrong")), Same),
        (
            "the first file wins, also where it is wrong",
            format!("{}|{all}", all.replace("@USER@", "token: wrong")),
            Same,
        ),
        (
            "one file has the context, another the rest",
            format!("{CONTEXTS}|{CLUSTERS}{USERS}"),
            Same,
        ),
        ("a file that is empty", format!("|{all}"), Same),
        ("a file that is no YAML", format!("x: [|{all}"), Same),
        ("a list", "[]\n".to_owned(), Same),
        ("a text", "no kubeconfig\n".to_owned(), Same),
        ("tabs", all.replace("[{", "[\t{"), Same),
    ]
}

/// Runs a command with a kubeconfig; whether it could read the cluster, and what it said.
fn reads(mut command: Command, folder: &Path, kubeconfig: &str) -> (bool, String) {
    let output = command
        .env_clear()
        .env("HOME", folder)
        .env("PATH", "/usr/bin:/bin")
        .env("KUBECONFIG", kubeconfig)
        .current_dir(folder)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn kai_and_kubectl_read_the_same_kubeconfigs() {
    use std::os::unix::fs::PermissionsExt;

    let Credentials::Token(token) = cluster().admin() else {
        panic!("the administrator has a token")
    };
    let kubectl = Binaries::locate().unwrap().kubectl.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("ca.pem"), cluster().ca_pem()).unwrap();
    fs::write(at("token"), &token).unwrap();
    fs::write(at("token-line"), format!("{token}\n")).unwrap();
    for (name, version) in [("plugin", "v1"), ("plugin-beta", "v1beta1")] {
        let answer = format!(
            r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/{version}","status":{{"token":"{token}"}}}}"#
        );
        fs::write(at(name), format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let text = cluster().kubeconfig(&cluster().admin());
    let ca = text.lines().find_map(|line| line.trim().strip_prefix("certificate-authority-data: "));
    let (ca, host) = (ca.unwrap(), cluster().url().trim_start_matches("https://"));

    let mut wrong = Vec::new();
    for (name, files, expected) in rows() {
        let is_json = files.starts_with('{');
        let (reached, who) = if is_json {
            (
                format!(r#""server":"https://{host}","certificate-authority-data":"{ca}""#),
                format!(r#""token":"{token}""#),
            )
        } else {
            let reached = format!("server: 'https://{host}', certificate-authority-data: {ca}");
            (reached, format!("token: {token}"))
        };
        let mut paths = Vec::new();
        for (number, file) in files.split('|').enumerate() {
            let file = file.replace("@CLUSTER@", &reached).replace("@USER@", &who);
            let path = at(&format!("kubeconfig-{number}"));
            fs::write(&path, file.replace("@CA@", ca).replace("@HOST@", host)).unwrap();
            paths.push(path.to_str().unwrap().to_owned());
        }
        let kubeconfig = paths.join(":");
        let mut theirs = Command::new(&kubectl);
        theirs.args(["get", "--raw", "/api/v1/namespaces/default/pods?limit=1"]);
        let theirs = reads(theirs, folder.path(), &kubeconfig);
        let ours = kai(["-q", "-n", "default", "--request-timeout", "5", "-o", "json"]);
        let ours = reads(ours, folder.path(), &kubeconfig);
        let seen = match (ours.0, theirs.0) {
            (true, false) => "kai alone",
            (false, true) => "kubectl alone",
            _ => "same",
        };
        let fits = match expected {
            Same => seen == "same",
            KaiAlone(_) => seen == "kai alone",
        };
        println!("{name}: {seen} ({})", if ours.0 { "reads it" } else { "does not" });
        if !fits {
            wrong.push(format!("{name}: {seen}\n  kai: {}\n  kubectl: {}", ours.1, theirs.1));
        }
        assert!(!ours.1.contains("panicked") && !ours.1.contains(&token), "{name}: {}", ours.1);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
