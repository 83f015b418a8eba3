use rustls::crypto::aws_lc_rs::kx_group;

use super::*;

#[test]
fn the_library_s_own_cryptography_is_what_the_build_says() {
    assert_eq!(default_provider().fips(), BUILD);
    check(false).unwrap();
}

#[test]
fn one_algorithm_that_is_none_of_the_module_s_is_too_many() {
    let mut provider = default_provider();
    provider.kx_groups.push(kx_group::X25519);
    let checked = check_provider(&provider);
    assert_eq!(matches!(checked, Err(SettingsError::NotFips)), BUILD, "{checked:?}");
}

#[test]
fn a_fips_build_alone_refuses_servers_that_are_not_verified() {
    let checked = check(true);
    assert_eq!(matches!(checked, Err(SettingsError::Insecure)), BUILD, "{checked:?}");
}
