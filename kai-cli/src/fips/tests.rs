use rustls::crypto::aws_lc_rs::kx_group;

use super::*;
use crate::exit::Exit;

#[test]
fn it_is_on_in_a_fips_build_alone() {
    assert_eq!(is_on(), BUILD);
    check().unwrap();
}

#[test]
fn one_algorithm_that_is_none_of_the_module_s_ends_a_fips_build_with_code_1() {
    let mut provider = default_provider();
    provider.kx_groups.push(kx_group::X25519);
    let exit = check_provider(&provider).map_err(|error| error.exit());
    assert_eq!(exit, if BUILD { Err(Exit::Failure) } else { Ok(()) });
}
