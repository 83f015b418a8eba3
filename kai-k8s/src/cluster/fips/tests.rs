use rustls::crypto::aws_lc_rs::{default_provider, kx_group};

use super::*;

#[test]
fn the_library_s_own_cryptography_is_what_the_build_says() {
    assert_eq!(default_provider().fips(), BUILD);
    check_provider(&default_provider()).unwrap();
}

#[test]
fn one_algorithm_that_is_none_of_the_module_s_is_too_many() {
    let mut provider = default_provider();
    provider.kx_groups.push(kx_group::X25519);
    let checked = check_provider(&provider);
    assert_eq!(matches!(checked, Err(ConnectError::NotFips)), BUILD, "{checked:?}");
}

#[test]
fn a_fips_build_alone_refuses_servers_that_are_not_verified() {
    let origin = Origin::File("/home/me/.kube/config".into());
    check_verification(false, &origin).unwrap();
    let told = check_verification(true, &origin).map_err(|error| error.to_string());
    let refused = "`insecure-skip-tls-verify` in `/home/me/.kube/config` cannot be used: it is \
                   true, and a FIPS build verifies every certificate (hint: \
                   `certificate-authority` names whom to trust)";
    assert_eq!(told, if BUILD { Err(refused.to_owned()) } else { Ok(()) });
}
