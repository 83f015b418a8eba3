//! A kubeconfig that only a stranger's configuration names.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use testkit::{Receiver, Reply};

use super::paths::{FOUND, Place, SECRET, write};

/// What a user or a cluster of such a kubeconfig may not have: which field is named, and the text.
fn fields(place: &Place) -> Vec<(&'static str, String, String)> {
    let secret = place.path("home/.aws/credentials").display().to_string();
    let plugin = place.path("work/plugin").display().to_string();
    let exec = |command: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, command: '{command}', \
             interactiveMode: Never}}"
        )
    };
    let user = |field, text: String| (field, String::new(), text);
    let cluster = |field, text: String| (field, text, "token: t".to_owned());
    vec![
        user("exec", exec(&plugin)),
        user("exec", exec("./plugin")),
        user("exec", exec("../work/plugin")),
        user("exec", exec("sh")),
        user("exec", format!("token: t, {}", exec(&plugin))),
        user("exec", "exec: {}".to_owned()),
        user("auth-provider", "auth-provider: {name: oidc, config: {id-token: t}}".to_owned()),
        user(
            "auth-provider",
            format!("auth-provider: {{name: gcp, config: {{cmd-path: '{plugin}'}}}}"),
        ),
        user("tokenFile", format!("tokenFile: '{secret}'")),
        user("tokenFile", "tokenFile: ../home/.aws/credentials".to_owned()),
        user("tokenFile", "tokenFile: ./absolute".to_owned()),
        user("tokenFile", "tokenFile: own-token".to_owned()),
        user("tokenFile", format!("token: t, tokenFile: '{secret}'")),
        user(
            "client-certificate",
            format!("client-certificate: '{secret}', client-key: '{secret}'"),
        ),
        user("client-certificate", "client-certificate: cert.pem, client-key: key.pem".to_owned()),
        user("client-key", format!("client-certificate-data: YQ==, client-key: '{secret}'")),
        cluster("certificate-authority", format!("certificate-authority: '{secret}'")),
        cluster("certificate-authority", "certificate-authority: /dev/zero".to_owned()),
        cluster("proxy-url", "proxy-url: 'http://127.0.0.1:1'".to_owned()),
        cluster("proxy-url", "proxy-url: 'socks5://u:p@127.0.0.1:1'".to_owned()),
    ]
}

fn kubeconfig(server: &str, cluster: &str, user: &str) -> String {
    format!(
        "current-context: x
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: '{server}', {cluster}}}}}]
users: [{{name: u, user: {{{user}}}}}]
"
    )
}

/// A program that leaves a mark, and says that it gave out a token.
fn plugin(place: &Place) {
    let (path, mark) = (place.path("work/plugin"), place.path("out/mark"));
    let text = format!(
        "#!/bin/sh\ntouch '{}'\necho '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\
         \"kind\":\"ExecCredential\",\"status\":{{\"token\":\"t\"}}}}'\n",
        mark.display()
    );
    write(&path, &text);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn one_that_a_stranger_names_runs_nothing_and_reads_nothing_else() {
    let place = Place::new();
    plugin(&place);
    let server = Receiver::plain(|_| Reply::status(403));
    let absolute = place.path("work/evil").display().to_string();
    let mut rows = 0;
    for (field, cluster, user) in fields(&place) {
        let text = kubeconfig(server.url(), &cluster, &user);
        write(&place.path("work/evil"), &text);
        for path in ["./evil", "sub/../evil", "~/../work/evil", &absolute] {
            let found = FOUND[rows % FOUND.len()];
            let config = format!("# a\nkubeconfig:\n  path: '{path}'\n");
            for args in [&["--request-timeout", "2"][..], &["-m", "periodic", "--as", "x"]] {
                let seen = place.run(found, &config, args);
                println!("{field}: {path} in {found} {args:?}: {user} {cluster}\n{seen}");
                assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""));
                assert!(seen.stderr.contains(&format!("`kubeconfig.path` ({found}, line 3)")));
                assert!(seen.stderr.contains(&format!("`{field}` in `")));
                assert!(seen.stderr.contains("`-c FILE` says that you trust"));
                assert!(!seen.stderr.contains(SECRET));
                rows += 1;
            }
        }
    }
    println!("{rows} rows");
    assert!(rows >= 150, "{rows}");
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    place.assert_untouched();
}

#[test]
fn the_user_s_own_kubeconfig_is_restricted_too_where_a_stranger_names_it() {
    let place = Place::new();
    plugin(&place);
    let server = Receiver::plain(|_| Reply::status(403));
    let exec = &fields(&place)[0].2;
    // Over TLS, which the server does not speak: a plugin runs before that is known.
    let url = server.url().replace("http://", "https://");
    write(&place.path("home/.kube/config"), &kubeconfig(&url, "", exec));
    let seen = place.run("kai.yaml", "kubeconfig: {path: ~/.kube/config}", &[]);
    assert_eq!(seen.code, Some(2), "{seen}");
    assert!(!place.path("out/mark").exists());
    // What the user's own environment leads to is the user's, whatever context is named.
    let seen = place.run("kai.yaml", "kubeconfig: {context: x}", &["--request-timeout", "2"]);
    assert_eq!(seen.code, Some(3), "{seen}");
    assert!(place.path("out/mark").exists());
}

#[test]
fn a_kubeconfig_that_the_user_types_or_trusts_is_not_restricted_and_the_rest_still_is() {
    let place = Place::new();
    plugin(&place);
    let server = Receiver::plain(|_| Reply::status(403));
    let exec = &fields(&place)[0].2;
    // Over TLS, which the server does not speak: a plugin runs before that is known.
    let url = server.url().replace("http://", "https://");
    write(&place.path("work/evil"), &kubeconfig(&url, "", exec));
    let mark = place.path("out/mark");
    let config = "kubeconfig: {path: ./evil}";
    let variables = [("KAI_KUBECONFIG_PATH", "./evil")];
    for (args, variables) in
        [(&["-k", "evil"][..], &[][..]), (&["-c", "kai.yaml"], &[]), (&[], &variables)]
    {
        let args = [args, &["--request-timeout", "2"]].concat();
        let seen = place.run_with("kai.yaml", config, &args, variables);
        assert_eq!(seen.code, Some(3), "{args:?}: {seen}");
        fs::remove_file(&mark).unwrap();
    }
    // `-k` replaces that kubeconfig and trusts nothing else of the file.
    let config = "kubeconfig: {path: ./evil}\nlog: {file: ~/rc}";
    let seen = place.run("./kai.yaml", config, &["-k", "evil"]);
    assert_eq!(seen.code, Some(2), "{seen}");
    assert!(seen.stderr.contains("`log.file` (./kai.yaml, line 2)"), "{seen}");
    assert!(!mark.exists());
    place.assert_untouched();
}

#[test]
fn a_stranger_s_kubeconfig_that_holds_all_itself_is_used() {
    let place = Place::new();
    let server = Receiver::plain(|_| Reply::status(403));
    write(&place.path("work/evil"), &kubeconfig(server.url(), "", "token: t"));
    let seen = place.run("kai.yaml", "kubeconfig: {path: evil}", &["--request-timeout", "2"]);
    assert_eq!(seen.code, Some(3), "{seen}");
    assert!(!server.requests().is_empty());
}

#[test]
fn what_is_no_kubeconfig_is_not_quoted() {
    let place = Place::new();
    let text = format!("[default]\naws_secret_access_key = {SECRET}\npassword: '{SECRET}\n");
    write(&place.path("out/ini"), &text);
    write(&place.path("out/yaml"), &format!("password: {SECRET}\nusers: {SECRET}\n"));
    write(&place.path("out/plain"), SECRET);
    for name in ["ini", "yaml", "plain"] {
        let config = format!("kubeconfig: {{path: '{}'}}", place.path("out").join(name).display());
        let seen = place.run("kai.yaml", &config, &["-v"]);
        assert_eq!(seen.code, Some(2), "{name}: {seen}");
        assert!(!seen.to_string().contains(SECRET), "{name}: {seen}");
    }
}
