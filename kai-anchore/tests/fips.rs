//! In a program whose cryptography is not the FIPS module's, in a process of its own.

use kai_anchore::{AnchoreSettings, AnchoreSink, Password, SettingsError};
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};

#[test]
fn a_program_with_other_cryptography_gets_no_reporter() {
    let url = "https://anchore.example".parse().unwrap();
    let settings = AnchoreSettings::new(url, "kai", Password::given("p"));
    AnchoreSink::new(&settings).unwrap();
    let mut provider = default_provider();
    provider.kx_groups.push(kx_group::X25519);
    provider.install_default().unwrap();
    let refused = AnchoreSink::new(&settings).unwrap_err();
    assert!(matches!(refused, SettingsError::NotFips), "{refused}");
}
