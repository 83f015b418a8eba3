//! Tokens that change while they are used: in a file, and in a kubeconfig.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use kai_core::SourceErrorKind;
use kai_k8s::{ClusterPodSource, ClusterSettings, Overrides};
use tempfile::TempDir;
use testkit::{Fault, FaultRelay};

use super::log::Log;
use super::{chain, cluster, later, only, quick, run, token};

/// A folder with a kubeconfig, and room for a token file.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes the kubeconfig: a user of this text at a server.
    fn user(&self, server: &str, user: &str) -> ClusterSettings {
        let text = cluster().kubeconfig_via(server, &testkit::Credentials::Anonymous);
        fs::write(self.path("config"), text.replace("user: {}", &format!("user: {user}"))).unwrap();
        ClusterSettings::Kubeconfig { path: self.path("config"), overrides: Overrides::default() }
    }
}

fn admin() -> String {
    token(&cluster().admin())
}

/// The tokens that a relay saw, without repetitions.
fn tokens(relay: &FaultRelay) -> Vec<String> {
    let requests = relay.requests();
    let mut tokens: Vec<_> = requests
        .iter()
        .map(|request| request.header("authorization").unwrap_or("none").replace("Bearer ", ""))
        .collect();
    tokens.dedup();
    tokens
}

#[tokio::test]
async fn a_token_file_is_read_again_every_minute_and_the_connections_stay_while_it_is_the_same() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let files = Files::new();
    fs::write(files.path("token"), admin()).unwrap();
    let settings = files.user(relay.url(), "{tokenFile: token}");
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let ask = async || source.server_version().await.map(drop).unwrap();
    ask().await;
    later(61).await;
    ask().await;
    assert_eq!(relay.connections(), 1);

    let other = token(&cluster().fresh_user().credentials);
    fs::write(files.path("token"), format!("{other}\n")).unwrap();
    later(30).await;
    ask().await;
    assert_eq!(tokens(&relay), [admin()], "within the minute");
    later(31).await;
    ask().await;
    assert_eq!(tokens(&relay), [admin(), other.clone()]);

    fs::remove_file(files.path("token")).unwrap();
    later(61).await;
    ask().await;
    assert_eq!(tokens(&relay), [admin(), other], "what is gone is kept");
}

#[tokio::test]
async fn a_token_file_that_is_gone_is_told_once_until_it_is_there_again() {
    let files = Files::new();
    fs::write(files.path("token"), admin()).unwrap();
    let settings = files.user(cluster().url(), "{tokenFile: token}");
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let (log, _guard) = Log::start();
    let told = || log.text().matches("identity: the credential is kept").count();
    let look = async || {
        later(61).await;
        source.server_version().await.map(drop).unwrap();
    };
    for expected in [1, 2] {
        fs::remove_file(files.path("token")).unwrap();
        for _ in 0..3 {
            look().await;
            assert_eq!(told(), expected, "{}", log.text());
        }
        fs::write(files.path("token"), admin()).unwrap();
        look().await;
    }
}

#[tokio::test]
async fn a_token_file_wins_over_a_token_that_is_taken_where_it_cannot_be_read() {
    let relay = FaultRelay::start(cluster(), |_| Fault::Pass);
    let files = Files::new();
    let settings = files.user(relay.url(), &format!("{{token: {}, tokenFile: token}}", admin()));
    run(&settings, quick(), &only(&["default"])).await.unwrap();
    let other = token(&cluster().fresh_user().credentials);
    fs::write(files.path("token"), &other).unwrap();
    run(&settings, quick(), &only(&["default"])).await.unwrap_err();
    assert_eq!(tokens(&relay), [admin(), other]);
}

#[tokio::test]
async fn a_token_that_a_login_has_written_into_the_kubeconfig_meanwhile_is_taken() {
    let files = Files::new();
    let settings = files.user(cluster().url(), "{token: expired}");
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    files.user(cluster().url(), &format!("{{token: {}}}", admin()));
    source.server_version().await.unwrap();
}

#[tokio::test]
async fn a_kubeconfig_that_leads_elsewhere_meanwhile_or_is_gone_is_not_followed() {
    let elsewhere = FaultRelay::start(cluster(), |_| Fault::Pass);
    let files = Files::new();
    let settings = files.user(cluster().url(), "{token: expired}");
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    files.user(elsewhere.url(), &format!("{{token: {}}}", admin()));
    let error = source.server_version().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Unauthenticated, "{}", chain(&error));
    assert!(elsewhere.requests().is_empty());

    fs::remove_file(files.path("config")).unwrap();
    let error = source.server_version().await.unwrap_err();
    assert!(chain(&error).contains("the server answered 401"), "{}", chain(&error));
}

#[tokio::test]
async fn a_service_account_s_token_is_followed_when_it_is_rotated_before_the_old_one_ends() {
    let files = Files::new();
    let names =
        ["old", "new"].map(|name| cluster().service_account("default", &format!("rotated-{name}")));
    for user in &names {
        cluster().grant(&user.name, Some("default"), &["list"], &["pods"]);
    }
    fs::write(files.path("token"), token(&names[0].credentials)).unwrap();
    // The server no longer takes the old one from some time on.
    let ended = std::sync::Arc::new(AtomicBool::new(false));
    let relay = FaultRelay::start(cluster(), {
        let (ended, old) = (std::sync::Arc::clone(&ended), token(&names[0].credentials));
        move |request| {
            let is_old = request.header("authorization").is_some_and(|shown| shown.ends_with(&old));
            if is_old && ended.load(Ordering::Relaxed) { Fault::status(401) } else { Fault::Pass }
        }
    });
    let settings = files.user(relay.url(), "{tokenFile: token}");
    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let names_only = only(&["default"]);
    kai_core::collect(&source, &names_only, std::time::UNIX_EPOCH).await.unwrap();
    fs::write(files.path("token"), token(&names[1].credentials)).unwrap();
    later(61).await;
    ended.store(true, Ordering::Relaxed);
    let before = relay.requests().len();
    kai_core::collect(&source, &names_only, std::time::UNIX_EPOCH).await.unwrap();
    let after: Vec<_> = relay.requests().drain(before..).collect();
    assert!(!after.is_empty());
    let new = format!("Bearer {}", token(&names[1].credentials));
    assert!(after.iter().all(|request| request.header("authorization") == Some(&new)), "{after:?}");
}

#[tokio::test]
async fn a_ca_file_that_changes_is_trusted_within_a_minute_though_the_token_stays() {
    let files = Files::new();
    let other = testkit::Receiver::start(testkit::anchore(2));
    fs::write(files.path("ca.crt"), other.ca_pem()).unwrap();
    fs::write(files.path("token"), admin()).unwrap();
    let settings = files.user(cluster().url(), "{tokenFile: token}");
    let config = fs::read_to_string(files.path("config")).unwrap();
    let line = config.lines().find(|line| line.contains("certificate-authority-data")).unwrap();
    let by_file = config.replace(line, "    certificate-authority: ca.crt");
    fs::write(files.path("config"), by_file).unwrap();

    let source = ClusterPodSource::connect(&settings, quick()).await.unwrap();
    let error = source.server_version().await.unwrap_err();
    assert!(chain(&error).contains("the server's certificate was not accepted"), "{error:?}");
    fs::write(files.path("ca.crt"), cluster().ca_pem()).unwrap();
    later(61).await;
    source.server_version().await.unwrap();

    fs::write(files.path("ca.crt"), "no longer a certificate").unwrap();
    later(61).await;
    source.server_version().await.unwrap();
}
