//! `kai`: which container images are in use in this Kubernetes cluster, right now?

mod adhoc;
mod args;
mod collect;
mod compare;
mod completion;
mod config;
mod connect;
mod console;
mod deliver;
#[cfg(test)]
mod docs;
mod dry_run;
mod error;
mod escape;
mod excludes;
mod exit;
mod files;
mod find;
mod fips;
mod follow;
mod forbidden;
mod keys;
mod logging;
mod output;
mod panic;
mod periodic;
mod progress;
mod run;
mod secret;
mod settings;
mod shells;
mod signals;
mod sinks;
mod status;
#[cfg(test)]
mod testing;
mod told;
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
