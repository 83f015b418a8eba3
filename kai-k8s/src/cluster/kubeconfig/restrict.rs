//! Untrusted kubeconfigs: nothing that they name is run, read or connected to.

use kube::config::{AuthInfo, Cluster};

use crate::cluster::error::{ConnectError, Origin};

const RUN: &str = "may not run a program";
const READ: &str = "may not name another file";
const ASK: &str = "may not choose a proxy";

/// Refuses what a restricted kubeconfig says of the cluster and the user that are meant, where more
/// than this file and the server would be touched. It is called before anything is.
pub(super) fn check(
    cluster: &Cluster,
    user: &AuthInfo,
    origin: &Origin,
) -> Result<(), ConnectError> {
    if !matches!(origin, Origin::Restricted(_)) {
        return Ok(());
    }
    let set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    let token =
        "`token`, or `client-certificate-data` with `client-key-data`, holds a credential itself";
    // Also where something else would win over it: which of several is used is not for this rule.
    // Of an auth provider nothing is run today; it is a way to get credentials all the same.
    let fields = [
        ("exec", user.exec.is_some(), RUN, token),
        ("auth-provider", user.auth_provider.is_some(), RUN, token),
        ("tokenFile", set(&user.token_file), READ, token),
        (
            "client-certificate",
            set(&user.client_certificate),
            READ,
            "`client-certificate-data` holds one itself",
        ),
        ("client-key", set(&user.client_key), READ, "`client-key-data` holds one itself"),
        (
            "certificate-authority",
            set(&cluster.certificate_authority),
            READ,
            "`certificate-authority-data` holds one itself",
        ),
        (
            "proxy-url",
            set(&cluster.proxy_url),
            ASK,
            "HTTPS_PROXY and NO_PROXY name one for the whole process",
        ),
    ];
    match fields.into_iter().find(|(_, there, ..)| *there) {
        None => Ok(()),
        Some((what, _, may_not, instead)) => {
            Err(ConnectError::Restricted { origin: origin.clone(), what, may_not, instead })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::cluster::kubeconfig::load;
    use crate::cluster::settings::{ClusterSettings, Overrides};

    /// A kubeconfig with more of the cluster and the user that are meant, and others that are not.
    fn config(cluster: &str, user: &str) -> String {
        format!(
            "current-context: x
contexts:
- {{name: x, context: {{cluster: c, user: u}}}}
clusters:
- {{name: c, cluster: {{server: 'https://127.0.0.1:1', {cluster}}}}}
- {{name: other, cluster: {{server: 'https://127.0.0.1:1', proxy-url: 'http://127.0.0.1:2'}}}}
users:
- {{name: u, user: {{{user}}}}}
- {{name: other, user: {{tokenFile: /nowhere}}}}
"
        )
    }

    /// Why the kubeconfig is refused where somebody else may have written it, and whether it is
    /// also without the restriction.
    fn outcome(text: &str, user: Option<&str>) -> (Option<String>, bool) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, text).unwrap();
        let overrides = || Overrides { user: user.map(str::to_owned), ..Overrides::default() };
        let restricted = ClusterSettings::Restricted { path: path.clone(), overrides: overrides() };
        let error = load(&restricted).err();
        assert!(error.as_ref().is_none_or(crate::ConnectError::is_configuration));
        let message =
            error.map(|error| error.to_string().replace(&*path.to_string_lossy(), "[path]"));
        let trusted = ClusterSettings::Kubeconfig { path, overrides: overrides() };
        (message, load(&trusted).is_err())
    }

    #[test]
    fn what_reaches_beyond_a_restricted_kubeconfig_is_refused_before_it_is_touched() {
        let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: /nowhere, \
                    interactiveMode: Never}";
        let rows = [
            ("", exec),
            ("", &format!("token: t, {exec}")),
            ("", "exec: {}"),
            ("", "auth-provider: {name: oidc, config: {id-token: t}}"),
            ("", "auth-provider: {name: gcp, config: {cmd-path: /bin/sh}}"),
            ("", "tokenFile: /nowhere"),
            ("", "token: t, tokenFile: ./nowhere"),
            ("", "client-certificate: ./nowhere, client-key: ./nowhere"),
            ("", "client-certificate-data: YQ==, client-key: /nowhere"),
            ("", "client-certificate: /nowhere, client-certificate-data: YQ=="),
            ("certificate-authority: /nowhere", "token: t"),
            ("certificate-authority: /nowhere, certificate-authority-data: YQ==", "token: t"),
            ("proxy-url: 'http://127.0.0.1:2'", "token: t"),
            ("proxy-url: 'no proxy at all'", "token: t"),
        ];
        let messages = rows.map(|(cluster, user)| {
            let (error, _) = outcome(&config(cluster, user), None);
            format!("{cluster} {user}\n    {}", error.unwrap_or_default())
        });
        insta::assert_snapshot!(messages.join("\n"));
    }

    #[test]
    fn what_stands_in_a_restricted_kubeconfig_itself_is_used() {
        let rows = [
            ("", ""),
            ("", "token: t"),
            ("", "username: u, password: p, as: bob"),
            ("insecure-skip-tls-verify: true, tls-server-name: a, proxy-url: ''", "token: t"),
            ("", "exec: null, tokenFile: null, token: t"),
        ];
        for (cluster, user) in rows {
            println!("{cluster} {user}");
            let refused = kai_net::fips::BUILD && cluster.contains("insecure");
            assert_eq!(outcome(&config(cluster, user), None).0.is_some(), refused);
        }
    }

    #[test]
    fn the_user_that_a_flag_names_is_the_one_that_counts() {
        let text = config("", "token: t");
        assert!(outcome(&text, Some("other")).0.is_some_and(|error| error.contains("`tokenFile`")));
        let text = config("", "tokenFile: /nowhere").replace(
            "- {name: other, user: {tokenFile: /nowhere}}",
            "- {name: other, user: {token: t}}",
        );
        assert!(outcome(&text, Some("other")).0.is_none());
    }

    #[test]
    fn a_kubeconfig_that_is_not_restricted_has_what_it_wants() {
        for user in ["tokenFile: /nowhere", "token: t, tokenFile: /nowhere"] {
            assert!(!outcome(&config("proxy-url: 'http://127.0.0.1:2'", user), None).1, "{user}");
        }
    }
}
