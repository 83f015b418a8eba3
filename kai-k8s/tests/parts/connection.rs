use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use kai_core::SourceErrorKind;
use kai_k8s::Overrides;
use testkit::Credentials;

use super::{chain, cluster, only, quick, refused, run, settings};

const KUBECONFIG: &str = "\
clusters:
- {name: one, cluster: {server: 'https://one.invalid:6443'}}
- {name: none, cluster: {}}
- {name: bad-ca, cluster: {server: 'https://one.invalid', certificate-authority-data: '%%%'}}
- {name: no-ca-file, cluster: {server: 'https://one.invalid', certificate-authority: /nowhere/ca.pem}}
- {name: both, cluster: {server: 'https://one.invalid', certificate-authority-data: '', certificate-authority: x, insecure-skip-tls-verify: true}}
- {name: bad-url, cluster: {server: 'https://exa mple'}}
contexts:
- {name: a, context: {cluster: one, user: u}}
- {name: b, context: {cluster: two, user: u}}
users:
- {name: u, user: {token: t}}
";

#[tokio::test]
async fn a_kubeconfig_that_cannot_be_used_is_told() {
    let choose = |context: &str, cluster: &str, user: &str| {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let mut overrides = Overrides::default();
        overrides.context = some(context);
        overrides.cluster = some(cluster);
        overrides.user = some(user);
        overrides
    };
    let rows = [
        choose("", "", ""),
        choose("", "three", ""),
        choose("c", "", ""),
        choose("b", "", ""),
        choose("a", "three", ""),
        choose("a", "", "somebody"),
        choose("a", "none", ""),
        choose("a", "bad-ca", ""),
        choose("a", "no-ca-file", ""),
        choose("a", "bad-url", ""),
        choose("a", "both", ""),
    ];
    let mut told = Vec::new();
    for row in rows {
        let chosen =
            format!("context {:?}, cluster {:?}, user {:?}", row.context, row.cluster, row.user);
        let error = refused(KUBECONFIG, row).await;
        assert!(error.is_configuration(), "{chosen}");
        told.push(format!("{chosen}\n  {}", chain(&error)));
    }
    for text in ["", "clusters: [", "kind: Config\nclusters: 5\n", "just a text"] {
        let error = refused(text, Overrides::default()).await;
        told.push(format!("{text:?}\n  {}", chain(&error)));
    }
    let folder = std::env::temp_dir().display().to_string();
    let told = told.join("\n").replace(&folder, "TMP");
    insta::with_settings!({filters => vec![(r"TMP/\.tmp\w+", "TMP")]}, {
        insta::assert_snapshot!(told);
    });
}

#[tokio::test]
async fn a_server_that_is_not_there_is_given_up_after_seconds() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = settings(&format!("https://127.0.0.1:{port}"), &cluster().admin());
    let start = Instant::now();
    let error = run(&nobody, quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let told = chain(&error);
    assert!(
        told.starts_with("cannot list pods in namespace `default`: gave up after 5 attempts in "),
        "{told}"
    );
    assert!(told.contains("the server could not be reached: "), "{told}");
    assert!(told.to_lowercase().contains("connection refused"), "{told}");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_refused_at_once() {
    // The system's roots don't know the control plane's.
    let text = cluster().kubeconfig(&cluster().admin());
    let trusting = |line: &&str| line.contains("certificate-authority-data");
    let untrusting = text.lines().filter(|line| !trusting(line)).collect::<Vec<_>>().join("\n");
    assert_ne!(text, untrusting);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, untrusting).unwrap();
    let untrusting = kai_k8s::ClusterSettings::Kubeconfig { path, overrides: Overrides::default() };
    let start = Instant::now();
    let error = run(&untrusting, quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unreachable);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let told = chain(&error);
    let refused =
        "cannot list pods in namespace `default`: the server's certificate was not accepted: ";
    assert!(told.starts_with(refused), "no second attempt: {told}");
}

#[tokio::test]
async fn anonymous_users_are_told_what_they_lack() {
    let anonymous = settings(cluster().url(), &Credentials::Anonymous);
    let error = run(&anonymous, quick(), &only(&["default"])).await.unwrap_err();
    assert!(
        chain(&error).contains(r#"User "system:anonymous" cannot list resource "pods""#),
        "{}",
        chain(&error)
    );
}

/// What a server says first on a connection that is passed through to it, in bytes.
fn first_words(to: &str) -> (String, std::sync::mpsc::Receiver<usize>) {
    let (listener, target) = (TcpListener::bind("127.0.0.1:0").unwrap(), to.to_owned());
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (said, hears) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let server = TcpStream::connect(&target).unwrap();
            let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let (mut client, mut server) = (client, server);
            std::thread::spawn(move || std::io::copy(&mut up, &mut down));
            let said = said.clone();
            std::thread::spawn(move || {
                let mut first = [0; 16 * 1024];
                let length = server.read(&mut first).unwrap_or_default();
                let _ = said.send(length);
                let _ = client.write_all(&first[..length]);
                std::io::copy(&mut server, &mut client)
            });
        }
    });
    (url, hears)
}

#[tokio::test]
async fn a_connection_takes_one_round_trip_of_tls() {
    let (url, hears) = first_words(cluster().url().trim_start_matches("https://"));
    run(&settings(&url, &cluster().admin()), quick(), &only(&["default"])).await.unwrap();
    let first = hears.recv().unwrap();
    // Go's servers prefer a hybrid key exchange: without a share for it in the first message, all that
    // they say first is to ask for one, in a hundred bytes.
    assert!(first > 1000, "{first} bytes");
}
