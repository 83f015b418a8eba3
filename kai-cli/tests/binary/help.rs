use crate::support::{kai, run};

#[test]
fn the_short_help_has_a_line_for_each_flag() {
    insta::assert_snapshot!(run(["-h"]));
}

#[test]
fn the_long_help_has_variables_keys_exit_codes_and_examples() {
    insta::assert_snapshot!(run(["--help"]));
}

#[test]
fn the_help_needs_no_valid_environment() {
    let output = kai(["--help"]).env("KAI_OUTPUT", "yml").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}
