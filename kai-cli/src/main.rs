//! `kai`: which container images are in use in this Kubernetes cluster, right now?

mod args;
mod completion;
mod config;
mod connect;
mod console;
mod error;
mod escape;
mod exit;
mod keys;
mod logging;
mod output;
mod panic;
mod progress;
mod run;
mod secret;
mod settings;
mod signals;
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "periodic mode, which calls it, is not built yet")
)]
mod status;
mod update;
mod version;
mod warnings;
mod words;

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    panic::end_with_a_word();
    run::run(env::args_os(), &env::vars_os().collect()).into()
}
