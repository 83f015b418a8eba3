//! An inline cluster.

use kai_k8s::InlineCredential;
use secrecy::ExposeSecret;

use super::*;
use crate::error::one_line;

const SERVER: (&str, &str) = ("KAI_KUBECONFIG_SERVER", "https://k8s.example:6443");
const CA: (&str, &str) = ("KAI_KUBECONFIG_CLUSTER_CERT", "Y2\nE=");
const CERT: (&str, &str) = ("KAI_KUBECONFIG_USER_CLIENT_CERT", "Y2Vy\n dA==\n");
const KEY: (&str, &str) = ("KAI_KUBECONFIG_USER_PRIVATE_KEY", "a2V5\n");
const TYPE: (&str, &str) = ("KAI_KUBECONFIG_USER_TYPE", "token");
const TOKEN: (&str, &str) = ("KAI_KUBECONFIG_USER_TOKEN", " token\n");
const NAME: (&str, &str) = ("KAI_KUBECONFIG_CLUSTER", "eks");
const PATH: (&str, &str) = ("KAI_KUBECONFIG_PATH", "/etc/kube");

#[test]
fn a_server_with_a_token_or_with_a_certificate_and_its_key_is_a_cluster() {
    let of = |variables: &[(&str, &str)]| {
        let settings = settings(&[], variables).unwrap();
        assert_eq!(settings.notices, []);
        match &of_cluster(&settings).settings {
            ClusterSettings::Inline(cluster) => cluster.clone(),
            other => panic!("{other:?}"),
        }
    };
    let by_token = of(&[SERVER, TYPE, TOKEN]);
    assert_eq!(by_token.server, SERVER.1);
    assert_eq!(by_token.certificate_authority_data, None);
    assert!(
        matches!(by_token.credential, InlineCredential::Token(token) if token.expose_secret() == "token")
    );

    let by_key = of(&[SERVER, CA, CERT, KEY, NAME]);
    assert_eq!(by_key.certificate_authority_data.as_deref(), Some("Y2E="));
    match by_key.credential {
        InlineCredential::PrivateKey { certificate_data, key_data } => {
            assert_eq!(certificate_data, "Y2VydA==");
            assert_eq!(key_data.expose_secret(), "a2V5");
        }
        InlineCredential::Token(_) => panic!(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_name_and_a_type_alone_ask_for_no_cluster() {
    let settings = settings(&[], &[NAME, TYPE]).unwrap();
    assert!(matches!(of_cluster(&settings).settings, ClusterSettings::Default(_)));
}

#[test]
fn an_incomplete_one_names_what_is_missing() {
    let rows: [&[(&str, &str)]; 10] = [
        &[SERVER],
        &[CA],
        &[CERT],
        &[KEY],
        &[TOKEN],
        &[SERVER, CERT],
        &[SERVER, TOKEN],
        &[SERVER, TYPE],
        &[SERVER, TYPE, CERT, KEY],
        &[TYPE, TOKEN],
    ];
    let told = rows.map(|variables| {
        let names: Vec<_> = variables.iter().map(|(name, _)| *name).collect();
        format!("{}\n    {}", names.join(" "), settings(&[], variables).unwrap_err())
    });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_path_or_the_service_account_wins_with_a_warning() {
    let table: [(Typed, &[(&str, &str)]); 4] = [
        (&[], &[PATH, SERVER, TYPE, TOKEN]),
        (&["-k", "/etc/kube"], &[SERVER, TYPE, TOKEN]),
        (&["-k", "use-in-cluster"], &[SERVER]),
        (&["-k", "/etc/kube"], &[KEY]),
    ];
    let told = table.map(|(typed, variables)| {
        let settings = settings(typed, variables).unwrap();
        assert!(!matches!(of_cluster(&settings).settings, ClusterSettings::Inline(_)));
        let [warning] = warnings(&settings)[..] else { panic!("{:?}", settings.notices) };
        warning.to_owned()
    });
    insta::assert_snapshot!(told.join("\n"), @"
    `KAI_KUBECONFIG_SERVER` has no effect, since `KAI_KUBECONFIG_PATH` names the cluster
    `KAI_KUBECONFIG_SERVER` has no effect, since `--kubeconfig` names the cluster
    `KAI_KUBECONFIG_SERVER` has no effect, since `--kubeconfig` names the cluster
    `KAI_KUBECONFIG_USER_PRIVATE_KEY` has no effect, since `--kubeconfig` names the cluster
    ");
}

#[test]
fn what_changes_a_kubeconfig_is_not_forgotten() {
    for flag in ["--context=c", "--cluster=l", "--user=u", "--as=bob", "--as-group=g"] {
        let error = settings(&[flag], &[SERVER, TYPE, TOKEN]).unwrap_err();
        let (flag, _) = flag.split_once('=').unwrap();
        assert_eq!(
            one_line(&error),
            format!(
                "`{flag}` needs a kubeconfig, and `KAI_KUBECONFIG_SERVER` configures an inline cluster"
            )
        );
    }
    let context = ("KAI_KUBECONFIG_CONTEXT", "c");
    let settings = settings(&[], &[SERVER, TYPE, TOKEN, context]).unwrap();
    assert_eq!(warnings(&settings).len(), 1);
}
