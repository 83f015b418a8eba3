//! Namespaces, rights, credentials and connections, each test in namespaces of its own.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

mod attribution;
mod change;
mod connection;
mod credentials;
mod encodings;
mod fields;
mod follow;
mod log;
mod lookup;
mod plugin;
mod proxies;
mod rights;
mod secrets;
mod tokens;
mod uids;

use std::time::{Duration, SystemTime};

use kai_core::{ClusterReport, CollectOptions, NamespaceSelector, SourceError, collect};
use kai_k8s::{ClusterPodSource, ClusterSettings, ConnectError, Overrides, SourceOptions};
use serde_json::{Value, json};
use testkit::{ContainerFixture, ControlPlane, Credentials, PodFixture, chain, wait};

fn cluster() -> &'static ControlPlane {
    ControlPlane::shared()
}

/// Makes namespaces that begin with a prefix, with so many pods of one image each.
fn make(prefix: &str, namespaces: &[(&str, usize)]) {
    let api = cluster().api();
    for &(name, pods) in namespaces {
        let name = format!("{prefix}-{name}");
        wait(api.create_namespace(&name)).unwrap();
        for number in 0..pods {
            let web = ContainerFixture::new("web", &format!("{name}:1")).running();
            let pod = PodFixture::new(&name, &format!("web-{number}")).container(web);
            wait(api.create_pod(&pod.to_json())).unwrap();
        }
    }
}

fn only(names: &[&str]) -> CollectOptions {
    CollectOptions::default()
        .namespaces(NamespaceSelector::new(names, Vec::<String>::new()).unwrap())
}

fn token(credentials: &Credentials) -> String {
    match credentials {
        Credentials::Token(token) => token.clone(),
        _ => panic!("a token is wanted"),
    }
}

/// A kubeconfig of one cluster and user, as JSON, which is YAML too.
fn config(cluster: &Value, user: &Value) -> String {
    json!({
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    })
    .to_string()
}

/// Settings by a kubeconfig of this text; the file lives as long as the process.
fn written(text: &str) -> ClusterSettings {
    let path = tempfile::tempdir().unwrap().keep().join("config");
    std::fs::write(&path, text).unwrap();
    ClusterSettings::Kubeconfig { path, overrides: Overrides::default() }
}

/// Settings that lead to a server as somebody; the file lives as long as the process.
fn settings(server: &str, credentials: &Credentials) -> ClusterSettings {
    settings_of(cluster(), server, credentials)
}

fn settings_of(cluster: &ControlPlane, server: &str, credentials: &Credentials) -> ClusterSettings {
    let (_, path) = cluster.write_kubeconfig_via(server, credentials).keep().unwrap();
    ClusterSettings::Kubeconfig { path, overrides: Overrides::default() }
}

fn quick() -> SourceOptions {
    SourceOptions::default().request_timeout(Duration::from_secs(20))
}

async fn run(
    settings: &ClusterSettings,
    source: SourceOptions,
    options: &CollectOptions,
) -> Result<ClusterReport, SourceError> {
    let source = ClusterPodSource::connect(settings, source).await.unwrap();
    collect(&source, options, SystemTime::UNIX_EPOCH).await
}

/// Lets time pass for the crate, not for the server.
async fn later(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Namespaces with their images, a line each.
fn lines(collected: &ClusterReport) -> String {
    let namespaces = collected.inventory.namespaces().iter().map(|namespace| {
        let images: Vec<_> = namespace.images().iter().map(|image| image.reference()).collect();
        format!("{}: {}", namespace.name(), images.join(" "))
    });
    namespaces.collect::<Vec<_>>().join("\n")
}

/// What connecting with a kubeconfig of this text fails with.
async fn refused(kubeconfig: &str, overrides: Overrides) -> ConnectError {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    std::fs::write(&path, kubeconfig).unwrap();
    let settings = ClusterSettings::Kubeconfig { path, overrides };
    match ClusterPodSource::connect(&settings, quick()).await {
        Ok(_) => panic!("this connects: {kubeconfig}"),
        Err(error) => error,
    }
}
