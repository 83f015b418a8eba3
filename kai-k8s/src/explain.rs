//! kube's errors as a person reads them: the field by its name, each thing said once, no secrets.

use std::error::Error as StdError;

use kube::client::AuthError;
use kube::config::{ExecConfig, KubeconfigError, LoadDataError};

use crate::error::{ConnectError, Origin};
use crate::yaml;

type Cause = Box<dyn StdError + Send + Sync>;

/// What is wrong with a kubeconfig.
pub(crate) fn kubeconfig(error: KubeconfigError, origin: Origin) -> ConnectError {
    let (what, why) = match error {
        KubeconfigError::LoadCertificateAuthority(error) => ("certificate-authority", data(error)),
        KubeconfigError::LoadClientCertificate(error) => ("client-certificate", data(error)),
        KubeconfigError::LoadClientKey(error) => ("client-key", data(error)),
        KubeconfigError::ParseCertificates(error) => {
            ("certificate-authority", format!("it is no PEM of certificates: {error}"))
        }
        KubeconfigError::MissingClusterUrl => (
            "server",
            "it is missing; it is the URL of the API server, as `https://10.0.0.1:6443`".to_owned(),
        ),
        KubeconfigError::ParseClusterUrl(error) => {
            ("server", format!("it is no URL, as `https://10.0.0.1:6443`: {error}"))
        }
        KubeconfigError::ParseProxyUrl(error) => {
            ("proxy-url", format!("it is no URL, as `http://proxy.example:3128`: {error}"))
        }
        KubeconfigError::ReadConfig(error, _) => {
            return ConnectError::Kubeconfig { origin, source: error.into() };
        }
        // The lines of the file, which the error would show, hold secrets.
        KubeconfigError::Parse(error) => {
            return ConnectError::Kubeconfig { origin, source: yaml::told(&error).into() };
        }
        other => return ConnectError::Kubeconfig { origin, source: other.into() },
    };
    ConnectError::Value { origin, what, why }
}

fn data(error: LoadDataError) -> String {
    match error {
        LoadDataError::DecodeBase64(error) => {
            format!(
                "its data is no base64: {}",
                error.to_string().trim_end_matches('.').to_lowercase()
            )
        }
        LoadDataError::ReadFile(error, path) => format!("`{}`: {error}", path.display()),
        LoadDataError::NoBase64DataOrFile => {
            "it is missing, though its counterpart is there".to_owned()
        }
    }
}

/// Why no client can be made.
pub(crate) fn client(error: kube::Error, origin: Origin, exec: Option<ExecConfig>) -> ConnectError {
    let source: Cause = match (error, exec) {
        (kube::Error::InferKubeconfig(error), _) => return kubeconfig(error, origin),
        (kube::Error::Auth(error), Some(exec)) => {
            return ConnectError::Plugin {
                origin,
                command: exec.command.unwrap_or_default(),
                hint: exec.install_hint,
                source: plugin(error),
            };
        }
        (kube::Error::Auth(error), None) => error.into(),
        (kube::Error::RustlsTls(error), _) => error.into(),
        (other, _) => other.into(),
    };
    ConnectError::Client { origin, source }
}

/// What a plugin's failure says, without its standard output, which may hold a token.
fn plugin(error: AuthError) -> Cause {
    match error {
        AuthError::AuthExecStart(error) => format!("it cannot be started: {error}").into(),
        AuthError::AuthExecRun { out, .. } => match String::from_utf8_lossy(&out.stderr).trim() {
            "" => format!("it ended with {}, and said nothing", out.status).into(),
            said => format!("it ended with {}: {said}", out.status).into(),
        },
        AuthError::AuthExecParse(error) => {
            format!("it printed no ExecCredential: {}", yaml::told(&error)).into()
        }
        other => other.into(),
    }
}
