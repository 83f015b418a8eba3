//! The real binary, as a user meets it. No cluster is needed.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as a test does")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod blocked;
mod campaign;
mod cluster;
mod completion;
mod config;
mod delivery;
mod docs;
mod echo;
mod files;
mod help;
mod hostile;
mod input;
mod install;
mod logfile;
mod release;
mod report;
mod secrets;
mod signals;
mod special;
mod stdout;
mod terminal;
mod untouched;
mod update;
mod usage;
mod version;
