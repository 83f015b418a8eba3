//! What each of kai's clients offers a server, as the first message of TLS tells it.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use rustls::server::Acceptor;
use rustls::{CipherSuite, NamedGroup};

use crate::support::{examples, kai, start};

/// Runs `kai` until it has sent its first message to a server at an address, which is put into the
/// environment.
fn offer(
    mut command: Command,
    environment: impl Fn(&mut Command, &str),
) -> (Vec<CipherSuite>, Vec<NamedGroup>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    environment(&mut command, &format!("https://{}", listener.local_addr().unwrap()));
    // An input that doesn't end: a run waits for nothing else that it does.
    let mut child = start(command.stdin(Stdio::piped()));
    let (mut stream, _) = listener.accept().unwrap();
    let mut acceptor = Acceptor::default();
    let accepted = loop {
        acceptor.read_tls(&mut stream).unwrap();
        if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error).unwrap() {
            break accepted;
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let hello = accepted.client_hello();
    (hello.cipher_suites().to_vec(), hello.named_groups().unwrap().to_vec())
}

/// Whether a suite is of AES-GCM, or no suite but a signal.
fn is_approved(suite: CipherSuite) -> bool {
    let name = format!("{suite:?}");
    suite == CipherSuite::TLS_EMPTY_RENEGOTIATION_INFO_SCSV
        || (name.contains("_AES_") && name.contains("_GCM_"))
}

#[test]
fn no_client_offers_what_the_module_is_not_validated_for() {
    let sample = examples().join("pods.json");
    let cluster = offer(kai(["-n", "default"]), |command, url| {
        command
            .env("KAI_KUBECONFIG_SERVER", url)
            .env("KAI_KUBECONFIG_USER_TYPE", "token")
            .env("KAI_KUBECONFIG_USER_TOKEN", "t");
    });
    let deliver = ["-f", sample.to_str().unwrap(), "--deliver", "--cluster-name", "prod"];
    let anchore = offer(kai(deliver), |command, url| {
        command
            .env("KAI_ANCHORE_URL", url)
            .env("KAI_ANCHORE_USER", "me")
            .env("KAI_ANCHORE_PASSWORD", "p");
    });
    let update = offer(kai(["-f", "-"]), |command, url| {
        command.env("KAI_UPDATE_URL", url);
    });
    for (client, (suites, groups)) in
        [("cluster", cluster), ("anchore", anchore), ("update", update)]
    {
        println!("{client}: {suites:?} {groups:?}");
        assert!(suites.contains(&CipherSuite::TLS13_AES_256_GCM_SHA384));
        assert!(suites.into_iter().all(is_approved));
        assert!(groups.contains(&NamedGroup::secp256r1));
        assert!(!groups.contains(&NamedGroup::X25519));
    }
}
