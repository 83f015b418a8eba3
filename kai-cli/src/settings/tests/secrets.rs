//! A secret is shown nowhere, whatever it comes through and whether it is valid or not.

use super::*;
use crate::error::one_line;
use crate::keys;

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

/// A key in PEM and in base64 of it, a token, and a password behind its user.
const FORMS: [&str; 6] = [
    "u:hunter2-recognisable",
    "u hunter2 password:recognisable",
    "-----BEGIN PRIVATE KEY-----\nrecognisable\n-----END PRIVATE KEY-----\n",
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCrecognisableCi0tLS0tRU5EAAA",
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IkE0In0.recognisable.c2lnbmF0dXJl",
    "<u:recognisable>",
];

/// Whether a form may stand as the value of a key: a name with a colon is one (`arn:aws:eks:…` is
/// what EKS calls a context), and so is a path with a colon.
fn is_plain_text(key: &keys::Key, form: &str) -> bool {
    use keys::Kind;
    let by_colon = !form.contains("-----") && !form.starts_with("LS0t") && !form.starts_with("eyJ");
    let open = match key.kind {
        Kind::Text
        | Kind::Items
        | Kind::Number
        | Kind::Duration
        | Kind::Switch
        | Kind::Kubeconfig => true,
        Kind::Word => !key.expands,
        // Of all paths, that of the password may be the password.
        Kind::Path => key.name != "anchore.password-file",
        Kind::Login | Kind::Url | Kind::Data | Kind::Secret => false,
    };
    by_colon && open
}

#[test]
fn no_key_that_may_hold_a_secret_shows_what_looks_like_one() {
    // What else has to be set for each key to have an effect; the last one wins.
    let with = [
        ("KAI_ANCHORE_URL", "https://anchore.example"),
        ("KAI_ANCHORE_USER", "me"),
        ("KAI_KUBECONFIG_SERVER", "https://k8s.example"),
        ("KAI_MODE", "periodic"),
        ("KAI_MISSING_TAG_POLICY_POLICY", "insert"),
    ];
    let by_token = [("KAI_KUBECONFIG_USER_TYPE", "token"), ("KAI_KUBECONFIG_USER_TOKEN", "t")];
    let by_key =
        [("KAI_KUBECONFIG_USER_CLIENT_CERT", "YQ=="), ("KAI_KUBECONFIG_USER_PRIVATE_KEY", "YQ==")];
    let password = [("KAI_ANCHORE_PASSWORD", "p")];
    let mut rows = 0;
    for key in keys::ALL {
        for form in FORMS.into_iter().filter(|form| !is_plain_text(key, form)) {
            for user in [&by_token, &by_key] {
                rows += 1;
                println!("{}: {form:?}", key.name);
                let variable = key.variable();
                let mut variables: Vec<_> = with.iter().chain(user).copied().collect();
                if key.name != "anchore.password-file" {
                    variables.extend(password);
                }
                variables.retain(|(name, _)| *name != variable);
                let quoted = format!("\"{}\"", form.replace('\n', "\\n"));
                let file = in_file(key.name, &quoted);
                check(with_file(&[], &variables, &file));
                check(of_file(&[], &variables, &file, true));
                check(with_file(&["-f", "-"], &variables, &file));
                if let Some(flag) = &key.flag
                    && !matches!(flag.takes, keys::FlagArity::Nothing(_))
                {
                    check(with_file(&[&format!("--{}={form}", flag.long)], &variables, ""));
                }
                variables.push((&variable, form));
                check(with_file(&[], &variables, ""));
            }
        }
    }
    assert!(rows > 200, "{rows}");
}

/// Fails where an error, the settings or `kai config` show the secret.
fn check(result: Result<(Settings, Effective), SettingsError>) {
    match result {
        Err(error) => assert_hidden("error", &format!("{} {error:?}", one_line(&error))),
        Ok((settings, effective)) => {
            // What is logged of them, and what `kai config` shows.
            assert_hidden("Debug", &format!("{:?} {:?}", settings.notices, effective));
            assert_hidden("Debug", &format!("{:?} {:?}", settings.source, settings.anchore));
            assert_hidden("Debug", &format!("{:?} {:?}", settings.log, settings.update));
        }
    }
}
