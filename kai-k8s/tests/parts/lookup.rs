use std::fs;

use kai_k8s::{ClusterPodSource, ClusterSettings, Overrides, SourceOptions};
use testkit::wait;

use super::{cluster, settings};

#[test]
fn contexts_are_those_of_the_kubeconfig_in_its_order() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(
        file.path(),
        "contexts:\n- {name: b, context: {cluster: x, user: y}}\n- {name: a, context: {cluster: x}}\n",
    )
    .unwrap();
    // A context that does not exist is no hindrance: one is about to be chosen.
    let overrides = Overrides::default().context("none");
    let settings = ClusterSettings::Kubeconfig { path: file.path().to_owned(), overrides };
    assert_eq!(settings.context_names().unwrap(), ["b", "a"]);
}

#[test]
fn without_a_kubeconfig_there_are_no_contexts_and_a_missing_one_is_an_error() {
    assert!(ClusterSettings::InCluster.context_names().unwrap().is_empty());
    let missing = ClusterSettings::Kubeconfig {
        path: "/nonexistent/kubeconfig".into(),
        overrides: Overrides::default(),
    };
    assert!(missing.context_names().unwrap_err().is_configuration());
}

#[tokio::test]
async fn namespaces_need_no_right_but_to_list_them() {
    wait(async { cluster().api().create_namespace("lookup").await.unwrap() });
    let user = cluster().fresh_user();
    let connect = || async {
        let settings = settings(cluster().url(), &user.credentials);
        ClusterPodSource::connect(&settings, SourceOptions::default().page_size(1)).await.unwrap()
    };
    let refused = connect().await.namespace_names().await.unwrap_err();
    assert_eq!(refused.to_string(), "cannot list namespaces");
    cluster().grant(&user.name, None, &["list"], &["namespaces"]);
    let names = connect().await.namespace_names().await.unwrap();
    assert!(names.contains(&"lookup".to_owned()) && names.contains(&"default".to_owned()));
}
