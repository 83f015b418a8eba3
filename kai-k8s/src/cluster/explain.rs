//! Rewrites kube's errors for users: the field by its name, nothing repeated, no secrets.

use std::error::Error as StdError;

use kube::config::{KubeconfigError, LoadDataError};

use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::tls::TlsError;
use crate::cluster::yaml;

type Cause = Box<dyn StdError + Send + Sync>;

/// What is wrong with a kubeconfig.
pub(crate) fn kubeconfig(error: KubeconfigError, origin: Origin) -> ConnectError {
    let (what, why) = match error {
        KubeconfigError::LoadCertificateAuthority(error) => ("certificate-authority", data(error)),
        KubeconfigError::LoadClientCertificate(error) => ("client-certificate", data(error)),
        KubeconfigError::LoadClientKey(error) => ("client-key", data(error)),
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
pub(crate) fn client(error: TlsError, origin: Origin) -> ConnectError {
    let source: Cause = match error {
        TlsError::Value { what, why } => return ConnectError::Value { origin, what, why },
        TlsError::Kube(kube::Error::InferKubeconfig(error)) => return kubeconfig(error, origin),
        TlsError::Kube(kube::Error::RustlsTls(error)) => error.into(),
        TlsError::Kube(other) => other.into(),
    };
    ConnectError::Client { origin, source }
}

/// Why a certificate that a plugin issued can't be used.
pub(crate) fn identity(error: TlsError) -> Cause {
    match error {
        TlsError::Value { what, why } => {
            format!("its certificate or key cannot be used: {what}: {why}").into()
        }
        TlsError::Kube(other) => other.into(),
    }
}
