//! The user section of a kubeconfig: which of several credentials is used, with client-go's
//! precedence.

use kube::config::{AuthInfo, AuthProviderConfig, Cluster};
use secrecy::{ExposeSecret, SecretString};

use super::data::{load_file, without_white_space};
use crate::cluster::credential::CredentialSource;
use crate::cluster::error::{ConnectError, Origin};
use crate::cluster::excerpt::excerpt;
use crate::cluster::exec::Plugin;
use crate::cluster::token::checked_token;

/// Splits a user into what kube takes as it is, and where the rest comes from.
pub(super) fn read(
    mut user: AuthInfo,
    cluster: &Cluster,
    origin: &Origin,
) -> Result<(AuthInfo, CredentialSource), ConnectError> {
    tidy(&mut user, origin)?;
    load_files(&mut user, origin)?;
    if let Some(provider) = user.auth_provider.take() {
        of_provider(&provider, &mut user, origin)?;
    }
    let source = source(&mut user, cluster, origin)?;
    check_impersonation(&user, origin)?;
    Ok((user, source))
}

/// Makes what Go accepts acceptable to kube: line breaks in base64, and empty texts that mean
/// nothing.
fn tidy(user: &mut AuthInfo, origin: &Origin) -> Result<(), ConnectError> {
    user.client_certificate_data = user.client_certificate_data.take().map(without_white_space);
    user.client_key_data = user
        .client_key_data
        .take()
        .map(|data| without_white_space(data.expose_secret().to_owned()).into());
    let texts = [
        &mut user.username,
        &mut user.token_file,
        &mut user.client_certificate,
        &mut user.client_certificate_data,
        &mut user.client_key,
        &mut user.impersonate,
        &mut user.impersonate_uid,
    ];
    for text in texts {
        *text = text.take().filter(|text| !text.is_empty());
    }
    let secret = user.client_key_data.take();
    user.client_key_data = secret.filter(|text| !text.expose_secret().is_empty());
    let token = user.token.take();
    user.token = checked(token.as_ref(), "users[].user.token", origin)?;
    Ok(())
}

/// Takes the contents of files in their paths' place.
fn load_files(user: &mut AuthInfo, origin: &Origin) -> Result<(), ConnectError> {
    let (data, path) = (&mut user.client_certificate_data, &mut user.client_certificate);
    load_file("client-certificate", data, path, origin)?;
    let mut key = user.client_key_data.take().map(|key| key.expose_secret().to_owned());
    load_file("client-key", &mut key, &mut user.client_key, origin)?;
    user.client_key_data = key.map(Into::into);
    Ok(())
}

fn checked(
    token: Option<&SecretString>,
    what: &'static str,
    origin: &Origin,
) -> Result<Option<SecretString>, ConnectError> {
    let Some(token) = token else { return Ok(None) };
    let invalid = |why| ConnectError::Value { origin: origin.clone(), what, why };
    checked_token(token.expose_secret()).map_err(invalid)
}

/// A plugin is run only where nothing else says who we are; a token file wins over a token.
fn source(
    user: &mut AuthInfo,
    cluster: &Cluster,
    origin: &Origin,
) -> Result<CredentialSource, ConnectError> {
    let exec = user.exec.take();
    if let Some(path) = user.token_file.take() {
        return Ok(CredentialSource::TokenFile { path: path.into(), instead: user.token.take() });
    }
    if user.username.is_some() {
        if user.token.is_some() {
            return Err(ConnectError::Value {
                origin: origin.clone(),
                what: "users[].user",
                why: "it has both `token` and `username`; only one of them can be meant".to_owned(),
            });
        }
        // kube wants both; a password may be empty.
        user.password.get_or_insert_default();
    }
    let certificate = user.client_certificate.is_some() || user.client_certificate_data.is_some();
    match exec {
        Some(exec) if user.token.is_none() && user.username.is_none() && !certificate => {
            let plugin = Plugin::new(exec, cluster, origin)?;
            Ok(CredentialSource::Plugin(Box::new(plugin)))
        }
        _ => Ok(CredentialSource::Settings),
    }
}

/// The providers that client-go once had built in. An ID token of `oidc` is a token; nothing is
/// renewed or run for any of them, since plugins do that nowadays.
fn of_provider(
    provider: &AuthProviderConfig,
    user: &mut AuthInfo,
    origin: &Origin,
) -> Result<(), ConnectError> {
    let instead = match &*provider.name {
        "oidc" => match provider.config.get("id-token").filter(|token| !token.is_empty()) {
            Some(token) => {
                let token = token.clone().into();
                user.token = checked(Some(&token), "auth-provider.config.id-token", origin)?;
                return Ok(());
            }
            None => {
                "it has no `id-token`; kubelogin (https://github.com/int128/kubelogin) as an `exec` plugin gets one"
            }
        },
        "gcp" => {
            "`gcp` is no longer supported; `exec` with `gke-gcloud-auth-plugin` takes its place"
        }
        "azure" => {
            "`azure` is no longer supported; `exec` with `kubelogin` (https://github.com/Azure/kubelogin) takes its place"
        }
        _ => "",
    };
    let why = match instead {
        "" => format!("`{}` is not supported; an `exec` plugin is", excerpt(&provider.name)),
        instead => instead.to_owned(),
    };
    Err(ConnectError::Value { origin: origin.clone(), what: "auth-provider", why })
}

fn check_impersonation(user: &AuthInfo, origin: &Origin) -> Result<(), ConnectError> {
    let groups = user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty());
    let extra = user.impersonate_user_extra.as_ref().is_some_and(|extra| !extra.is_empty());
    let more = [
        ("as-groups", groups),
        ("as-uid", user.impersonate_uid.is_some()),
        ("as-user-extra", extra),
    ];
    let alone = more.into_iter().find(|(_, there)| *there && user.impersonate.is_none());
    match alone {
        None => Ok(()),
        Some((what, _)) => Err(ConnectError::Value {
            origin: origin.clone(),
            what,
            why: "nobody is named to impersonate; `as` (`--as`) names the user".to_owned(),
        }),
    }
}
