//! What is accepted besides what rustls accepts, and how little that is.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, date_time_ymd,
};
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConnection, ServerConfig, ServerConnection};

use super::*;

/// The middle of what certificates last here.
fn now() -> UnixTime {
    // 2026-01-01
    UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600))
}

/// How a certificate is.
#[derive(Clone)]
struct Kind {
    name: &'static str,
    ca: bool,
    years: (i32, i32),
    usage: Option<ExtendedKeyUsagePurpose>,
}

const GOOD: Kind = Kind { name: "server.example", ca: false, years: (2020, 2036), usage: None };

fn params(kind: &Kind) -> CertificateParams {
    let mut params = CertificateParams::new(vec![kind.name.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "a server");
    params.not_before = date_time_ymd(kind.years.0, 1, 1);
    params.not_after = date_time_ymd(kind.years.1, 1, 1);
    params.extended_key_usages = kind.usage.iter().cloned().collect();
    if kind.ca {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    }
    params
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "an authority");
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2036, 1, 1);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate that an authority nobody trusts has issued, or that has signed itself.
fn certificate(kind: &Kind, self_signed: bool) -> Vec<u8> {
    let key = KeyPair::generate().unwrap();
    let issued = if self_signed {
        params(kind).self_signed(&key)
    } else {
        params(kind).signed_by(&key, &authority())
    };
    issued.unwrap().der().to_vec()
}

fn accepts(trusted: &[Vec<u8>], shown: &[u8]) -> bool {
    let mut store = RootCertStore::empty();
    for certificate in trusted {
        store.add(CertificateDer::from(certificate.as_slice())).unwrap();
    }
    let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider());
    let verifier = Pinned::new(builder.build().unwrap(), trusted);
    let (shown, name) = (CertificateDer::from(shown), ServerName::try_from(GOOD.name).unwrap());
    verifier.verify_server_cert(&shown, &[], &name, &[], now()).is_ok()
}

#[test]
fn a_server_s_own_certificate_is_accepted_where_it_is_trusted_and_fits() {
    use ExtendedKeyUsagePurpose::{Any, ClientAuth, ServerAuth};
    let rows = [
        ("as it should be", GOOD, true),
        ("for servers", Kind { usage: Some(ServerAuth), ..GOOD }, true),
        ("for clients only", Kind { usage: Some(ClientAuth), ..GOOD }, false),
        ("of another name", Kind { name: "other.example", ..GOOD }, false),
        ("expired", Kind { years: (2020, 2025), ..GOOD }, false),
        ("not valid yet", Kind { years: (2027, 2036), ..GOOD }, false),
        ("a CA's", Kind { ca: true, ..GOOD }, true),
        ("a CA's for servers", Kind { ca: true, usage: Some(ServerAuth), ..GOOD }, true),
        ("a CA's for anything", Kind { ca: true, usage: Some(Any), ..GOOD }, true),
        ("a CA's for clients only", Kind { ca: true, usage: Some(ClientAuth), ..GOOD }, false),
        ("a CA's of another name", Kind { ca: true, name: "other.example", ..GOOD }, false),
        ("a CA's, expired", Kind { ca: true, years: (2020, 2025), ..GOOD }, false),
        ("a CA's, not valid yet", Kind { ca: true, years: (2027, 2036), ..GOOD }, false),
    ];
    for (what, kind, expected) in rows {
        for self_signed in [true, false] {
            println!("{what}, self-signed: {self_signed}");
            let shown = certificate(&kind, self_signed);
            assert_eq!(accepts(std::slice::from_ref(&shown), &shown), expected);
            // Another one that is the same in everything but its key.
            let other = certificate(&kind, self_signed);
            assert!(!accepts(&[other], &shown));
        }
    }
}

#[test]
fn another_certificate_of_the_same_authority_is_not_accepted() {
    let authority = authority();
    let of = || params(&GOOD).signed_by(&KeyPair::generate().unwrap(), &authority).unwrap();
    let (trusted, shown) = (of().der().to_vec(), of().der().to_vec());
    assert!(!accepts(std::slice::from_ref(&trusted), &shown));
    assert!(accepts(&[trusted, authority.der().to_vec()], &shown), "its authority is trusted");
}

/// Shows a certificate with the key of another.
#[derive(Debug)]
struct Impostor(Arc<CertifiedKey>);

impl ResolvesServerCert for Impostor {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Whether a handshake comes to its end, where the server has this key.
fn shakes_hands(shown: &[u8], key: &KeyPair) -> bool {
    let key = key.serialize_der();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key).unwrap();
    let key = provider().key_provider.load_private_key(key).unwrap();
    let certified = CertifiedKey::new(vec![CertificateDer::from(shown.to_vec())], key);
    let server = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Impostor(Arc::new(certified))));
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    let name = ServerName::try_from(GOOD.name).unwrap();
    let client = trusting(&[shown.to_vec()]).unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        client.write_tls(&mut bytes).unwrap();
        server.read_tls(&mut &*bytes).unwrap();
        if server.process_new_packets().is_err() {
            return false;
        }
        bytes.clear();
        server.write_tls(&mut bytes).unwrap();
        client.read_tls(&mut &*bytes).unwrap();
        if client.process_new_packets().is_err() {
            return false;
        }
    }
    true
}

#[test]
fn a_server_has_to_prove_that_it_has_the_key_of_a_trusted_certificate() {
    for ca in [false, true] {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let shown = params(&Kind { ca, ..GOOD }).signed_by(&key, &authority()).unwrap();
        assert!(shakes_hands(shown.der(), &key));
        assert!(!shakes_hands(shown.der(), &other));
    }
}

/// An X.509 v1 certificate for `CN=user, O=group`, valid until 2126, and its key. Again with
/// `openssl req -new -key v1.key -subj /O=group/CN=user`, `openssl x509 -req -signkey v1.key -days
/// 36500`.
const V1: (&str, &str) = (include_str!("tests/v1.pem"), include_str!("tests/v1.key"));

fn identity(certificate: &str, key: &str) -> Result<bool, String> {
    let encoded = |text: &str| BASE64.encode(text);
    let read = identity::read(Some(&encoded(certificate)), Some(&encoded(key).into()), &provider());
    match read {
        Ok(identity) => Ok(identity.is_some_and(|identity| identity.has_certs())),
        Err(TlsError::Value { what, why }) => Err(format!("{what}: {why}")),
        Err(TlsError::Kube(error)) => Err(error.to_string()),
    }
}

#[test]
fn a_client_certificate_of_version_1_and_a_key_under_another_label_are_taken() {
    let (certificate, key) = V1;
    let relabelled = |label: &str| key.replace("PRIVATE KEY", &format!("{label} PRIVATE KEY"));
    for key in [key, &relabelled("RSA"), &relabelled("EC"), &format!("{certificate}{key}")] {
        assert_eq!(identity(certificate, key), Ok(true), "{key}");
    }
    let ours = KeyPair::generate().unwrap();
    let of_ours = params(&GOOD).self_signed(&ours).unwrap().pem();
    assert_eq!(identity(&of_ours, &ours.serialize_pem()), Ok(true));
}

#[test]
fn an_identity_that_cannot_be_used_is_told_by_its_field() {
    let (certificate, key) = V1;
    let ours = params(&GOOD).self_signed(&KeyPair::generate().unwrap()).unwrap().pem();
    let locked = key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    let table = [
        (&*ours, key, "client-key: it is the key of another certificate"),
        (certificate, certificate, "client-key: there is no private key in it"),
        (
            certificate,
            &locked,
            "client-key: there is no private key in it; it is one without a passphrase",
        ),
        (key, key, "client-certificate: there is no certificate in it"),
        (
            certificate,
            "-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n",
            "client-key: it is no private key",
        ),
        ("", key, "client-certificate: there is no certificate in it"),
    ];
    for (certificate, key, expected) in table {
        let why = identity(certificate, key).unwrap_err();
        assert!(why.starts_with(expected), "{why}");
    }
}
