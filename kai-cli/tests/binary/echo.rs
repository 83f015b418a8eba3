//! Servers that echo what they were sent: no form of a secret reaches stderr or the log.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use testkit::{Receiver, RelayRequest, Reply};

use crate::support::{Ended, examples, kai};

const TOKEN: &str = r#"tok-EN_42/x+y=~"z"#;
const PASSWORD: &str = r#"pass-WORD_42/x+y=~"z"#;

/// Every form of both in which a part of a message could give them away.
fn forms() -> Vec<String> {
    let recognisable = ["tok-EN_42", "pass-WORD_42"].map(str::to_owned);
    let basic = format!("kai:{PASSWORD}");
    let encoded = [TOKEN, &basic].map(|text| BASE64.encode(text)[..16].to_owned());
    recognisable.into_iter().chain(encoded).collect()
}

/// How a server echoes the header of who asks.
#[derive(Clone, Copy, Debug)]
enum Echo {
    Text,
    Html,
    Status,
    Escaped,
    Encoded,
    Location,
}

impl Echo {
    const ALL: [Self; 6] =
        [Self::Text, Self::Html, Self::Status, Self::Escaped, Self::Encoded, Self::Location];

    fn reply(self, status: u16, request: &RelayRequest) -> Reply {
        let sent = request.header("authorization").unwrap_or_default().to_owned();
        let secret = sent.split_once(' ').map_or("", |(_, secret)| secret).to_owned();
        let status_object = |message: &str| {
            serde_json::json!({
                "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status,
                "message": message,
            })
            .to_string()
        };
        let reply = Reply::status(status);
        match self {
            Self::Text => reply.body(format!("you sent {sent}")),
            Self::Html => reply.body(format!("<html><body>{sent}\n\n{secret}</body></html>")),
            Self::Status => reply.body(status_object(&format!("{} {sent}", "x".repeat(180)))),
            Self::Escaped => reply.body(serde_json::json!({"message": [sent]}).to_string()),
            Self::Encoded => {
                let encoded = BASE64.encode(&secret);
                reply.body(format!("{encoded} {}", status_object(&encoded)))
            }
            Self::Location => {
                let to = secret.replace('"', "%22");
                reply.header("location", &format!("https://login.example/{to}/x"))
            }
        }
    }
}

/// Runs kai, and looks for secrets in all that it says.
fn check(row: &str, folder: &Path, args: &[&str], environment: &[(&str, &str)]) {
    for structured in ["false", "true"] {
        let log = folder.join("log");
        let _ = fs::remove_file(&log);
        let mut command = kai(["-vv", "--request-timeout", "1"]);
        command.args(args).envs(environment.iter().copied());
        command.env("KAI_LOG_FILE", &log).env("KAI_LOG_STRUCTURED", structured);
        let ended = Ended::of(&mut command);
        let said = format!("{}{}", ended.stderr, fs::read_to_string(&log).unwrap());
        assert_ne!(ended.code, Some(0), "{row}: {said}");
        for form in forms() {
            assert!(!said.contains(&form), "{row}, structured {structured}: `{form}` in {said}");
            assert!(!ended.stdout.contains(&form), "{row}: {}", ended.stdout);
        }
    }
}

/// What may pass is tried again, which takes a while and shows nothing else.
fn is_slow(echo: Echo, status: u16) -> bool {
    status >= 429 && !matches!(echo, Echo::Text)
}

const STATUSES: [u16; 8] = [302, 400, 401, 403, 404, 429, 500, 503];

#[test]
fn a_token_that_the_api_server_echoes_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig");
    for echo in Echo::ALL {
        for status in STATUSES.into_iter().filter(|status| !is_slow(echo, *status)) {
            let receiver = Receiver::start(move |request| echo.reply(status, request));
            let ca = folder.path().join("ca.pem");
            fs::write(&ca, receiver.ca_pem()).unwrap();
            let config = serde_json::json!({
                "apiVersion": "v1", "kind": "Config", "current-context": "x",
                "clusters": [{"name": "c", "cluster": {
                    "server": receiver.url(), "certificate-authority": "ca.pem"}}],
                "users": [{"name": "u", "user": {"token": TOKEN}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            });
            fs::write(&kubeconfig, config.to_string()).unwrap();
            let row = format!("{echo:?} of {status}");
            check(&row, folder.path(), &["-k", kubeconfig.to_str().unwrap()], &[]);
        }
    }
}

#[test]
fn a_password_that_anchore_echoes_is_masked() {
    let folder = tempfile::tempdir().unwrap();
    let pods = examples().join("pods.json");
    for echo in Echo::ALL {
        for status in STATUSES.into_iter().chain([200]) {
            // Without a wait after it.
            let receiver = Receiver::plain(move |request| {
                let reply = echo.reply(status, request);
                if request.path() == "/version" { Reply::status(404) } else { reply }
            });
            let url = receiver.url().to_owned();
            let environment = [
                ("KAI_ANCHORE_URL", &*url),
                ("KAI_ANCHORE_USER", "kai"),
                ("KAI_ANCHORE_PASSWORD", PASSWORD),
                ("KAI_ANCHORE_API", "v1"),
            ];
            if is_slow(echo, status) {
                continue;
            }
            // A body that is JSON with a 200 is a success.
            if status == 200 && !matches!(echo, Echo::Text | Echo::Html) {
                continue;
            }
            let args = ["-f", pods.to_str().unwrap(), "--deliver", "--cluster-name", "x"];
            check(&format!("{echo:?} of {status}"), folder.path(), &args, &environment);
        }
    }
}
