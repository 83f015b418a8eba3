use secrecy::ExposeSecret;

use super::*;

const V1: &str = VERSIONS[0];

#[test]
fn a_plugin_asks_only_where_it_may_and_a_terminal_is_there() {
    use ExecInteractiveMode::{Always, IfAvailable, Never};
    for (mode, may_ask, terminal, expected) in [
        (Never, true, true, Some(false)),
        (IfAvailable, true, true, Some(true)),
        (IfAvailable, true, false, Some(false)),
        (IfAvailable, false, true, Some(false)),
        (Always, true, true, Some(true)),
        (Always, true, false, None),
        (Always, false, true, None),
    ] {
        let asked = asks(&mode, may_ask, terminal).ok();
        assert_eq!(asked, expected, "{mode:?}, may ask: {may_ask}, terminal: {terminal}");
    }
}

#[test]
fn an_answer_is_read_as_json_and_as_yaml() {
    let json = format!(
        r#"{{"kind": "ExecCredential", "apiVersion": "{V1}", "spec": {{}}, "status":
            {{"token": " t\n", "expirationTimestamp": "2026-01-31T12:00:00+01:00", "other": 1}}}}"#
    );
    let yaml = format!(
        "kind: ExecCredential\napiVersion: {V1}\nstatus:\n  token: t\n  \
         expirationTimestamp: 2026-01-31T11:00:00Z\n"
    );
    for text in [json, yaml] {
        let issued = Issued::read(text.as_bytes(), V1).unwrap();
        assert_eq!(issued.token.unwrap().expose_secret(), "t");
        assert_eq!(issued.expiry.unwrap().to_string(), "2026-01-31T11:00:00Z");
        assert!(issued.certificate.is_none());
    }
}

#[test]
fn an_answer_that_cannot_be_used_is_told_and_not_shown() {
    let answer = |version: &str, status: &str| {
        format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}","status":{status}}}"#)
    };
    let rows = [
        String::new(),
        "a-secret".to_owned(),
        "\"a-secret".to_owned(),
        "[a-secret]".to_owned(),
        r#"{"kind":"a-secret"}"#.to_owned(),
        answer("a-secret", "{}"),
        answer(VERSIONS[1], r#"{"token":"a-secret"}"#),
        answer(V1, "null"),
        answer(V1, r#""a-secret""#),
        answer(V1, r#"{"token":["a-secret"]}"#),
        answer(V1, "{}"),
        answer(V1, r#"{"token":""}"#),
        answer(V1, r#"{"token":"a-secret and-more"}"#),
        answer(V1, r#"{"clientCertificateData":"a-secret"}"#),
        answer(V1, r#"{"clientKeyData":"a-secret"}"#),
        answer(V1, r#"{"token":"a-secret","expirationTimestamp":"a-secret"}"#),
    ];
    let told = rows.map(|row| {
        let why = Issued::read(row.as_bytes(), V1).unwrap_err();
        assert!(!why.contains("a-secret"), "{why}");
        format!("{row}\n  {why}")
    });
    insta::assert_snapshot!(told.join("\n"));
}
