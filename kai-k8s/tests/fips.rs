//! In a program whose cryptography is not the FIPS module's, in a process of its own.

use kai_k8s::{ClusterPodSource, ClusterSettings, ConnectError, Overrides, SourceOptions};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};

#[tokio::test]
async fn a_program_with_other_cryptography_gets_no_connection() {
    let mut provider = default_provider();
    provider.kx_groups.push(kx_group::X25519);
    provider.install_default().unwrap();
    // Which isn't there: nothing is read, and no plugin runs.
    let path = "/nowhere/kubeconfig".into();
    let settings = ClusterSettings::Kubeconfig { path, overrides: Overrides::default() };
    let connected = ClusterPodSource::connect(&settings, SourceOptions::default()).await;
    assert!(matches!(connected, Err(ConnectError::NotFips)));
}
