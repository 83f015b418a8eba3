//! An inline cluster: a server and a credential, without a kubeconfig.

use kai_k8s::{InlineCluster, InlineCredential};

use super::layers::Layers;
use super::{Notice, Origin, SettingsError};
use crate::keys::{self, CredentialType, Key};

/// The keys that enable an inline cluster; its name and the credential type alone don't.
const ASKING: [&Key; 5] = [
    &keys::SERVER.key,
    &keys::CLUSTER_CERT.key,
    &keys::CLIENT_CERT.key,
    &keys::PRIVATE_KEY.key,
    &keys::USER_TOKEN.key,
];

/// The origin of the first such key, if any is set.
pub(super) fn asked_for<'l>(layers: &'l Layers<'_>) -> Option<&'l Origin> {
    ASKING.into_iter().find_map(|key| layers.origin(key))
}

/// The inline cluster, if it is complete.
pub(super) fn cluster(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<InlineCluster, SettingsError> {
    let server = layers.optional(&keys::SERVER)?;
    let certificate_authority_data = layers.optional(&keys::CLUSTER_CERT)?;
    let mut missing = Vec::new();
    if server.is_none() {
        missing.push(keys::SERVER.key.name);
    }
    let credential = match layers.required(&keys::USER_TYPE)? {
        CredentialType::Token => {
            let wrong = [
                layers.optional(&keys::CLIENT_CERT).err(),
                layers.optional(&keys::PRIVATE_KEY).err(),
            ];
            Notice::tell_unused(&wrong, "only the type `private_key` uses it", notices);
            token(layers, &mut missing)?
        }
        CredentialType::PrivateKey => {
            let wrong = [layers.optional(&keys::USER_TOKEN).err()];
            Notice::tell_unused(&wrong, "only the type `token` uses it", notices);
            private_key(layers, &mut missing)?
        }
    };
    match (server, credential) {
        (Some(server), Some(credential)) => {
            let mut cluster = InlineCluster::new(server.expose(), credential);
            cluster.certificate_authority_data = certificate_authority_data;
            Ok(cluster)
        }
        _ => Err(SettingsError::IncompleteCluster {
            missing: missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" and "),
            hint: hint(layers, &missing),
        }),
    }
}

fn token(
    layers: &Layers<'_>,
    missing: &mut Vec<&'static str>,
) -> Result<Option<InlineCredential>, SettingsError> {
    let token = layers.optional(&keys::USER_TOKEN)?;
    if token.is_none() {
        missing.push(keys::USER_TOKEN.key.name);
    }
    Ok(token.map(|token| InlineCredential::Token(token.into_inner())))
}

fn private_key(
    layers: &Layers<'_>,
    missing: &mut Vec<&'static str>,
) -> Result<Option<InlineCredential>, SettingsError> {
    let certificate = layers.optional(&keys::CLIENT_CERT)?;
    let key = layers.optional(&keys::PRIVATE_KEY)?;
    if certificate.is_none() {
        missing.push(keys::CLIENT_CERT.key.name);
    }
    if key.is_none() {
        missing.push(keys::PRIVATE_KEY.key.name);
    }
    Ok(certificate.zip(key).map(|(certificate_data, key)| InlineCredential::PrivateKey {
        certificate_data,
        key_data: key.into_inner(),
    }))
}

/// Suggests the other credential type if its credential is set.
fn hint(layers: &Layers<'_>, missing: &[&str]) -> &'static str {
    let set = |key: &Key| layers.origin(key).is_some();
    let lacks = |key: &Key| missing.contains(&key.name);
    if lacks(&keys::PRIVATE_KEY.key) && set(&keys::USER_TOKEN.key) {
        " (hint: with `kubeconfig.user.type` `token`, the token is used)"
    } else if lacks(&keys::USER_TOKEN.key) && set(&keys::PRIVATE_KEY.key) {
        " (hint: with `kubeconfig.user.type` `private_key`, the private key is used)"
    } else {
        ""
    }
}

/// Validates settings that have no effect.
pub(super) fn unused(layers: &Layers<'_>, why: &str, notices: &mut Vec<Notice>) {
    let wrong = [
        layers.optional(&keys::SERVER).err(),
        layers.optional(&keys::CLUSTER_CERT).err(),
        layers.optional(&keys::USER_TYPE).err(),
        layers.optional(&keys::CLIENT_CERT).err(),
        layers.optional(&keys::PRIVATE_KEY).err(),
        layers.optional(&keys::USER_TOKEN).err(),
    ];
    Notice::tell_unused(&wrong, why, notices);
}
