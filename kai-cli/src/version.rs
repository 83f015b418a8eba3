//! Version and build information.

#[cfg(test)]
mod tests;

use std::env::consts::{ARCH, OS};
use std::io::{self, Write};

use jiff::Timestamp;

use crate::args::VersionFormat;
use crate::fips;
use crate::output::print_with;

const UNKNOWN: &str = "[not provided]";

/// Writes the version to stdout.
pub(crate) fn print(format: VersionFormat) -> io::Result<()> {
    print_with(|out| write(&facts(), format, out))
}

/// The `User-Agent`: `kai/0.1.0 (linux/amd64)`.
pub(crate) fn user_agent() -> String {
    format!("kai/{} ({})", env!("CARGO_PKG_VERSION"), platform())
}

/// A fact: its label, its JSON key, and its value.
type Fact = (&'static str, &'static str, String);

fn facts() -> [Fact; 8] {
    [
        ("Application", "application", "kai".to_owned()),
        ("Version", "version", env!("CARGO_PKG_VERSION").to_owned()),
        ("BuildDate", "buildDate", build_date(option_env!("BUILT_SECONDS"))),
        ("GitCommit", "gitCommit", known(option_env!("BUILT_GIT_COMMIT"))),
        ("GitTreeState", "gitTreeState", known(option_env!("BUILT_GIT_TREE_STATE"))),
        ("Platform", "platform", platform()),
        ("RustVersion", "rustVersion", known(option_env!("BUILT_RUST_VERSION"))),
        ("Fips", "fips", fips::is_on().to_string()),
    ]
}

fn known(fact: Option<&str>) -> String {
    fact.unwrap_or(UNKNOWN).to_owned()
}

fn build_date(seconds: Option<&str>) -> String {
    let date = seconds.and_then(|seconds| Timestamp::from_second(seconds.parse().ok()?).ok());
    date.map_or_else(|| known(None), |date| date.to_string())
}

/// Operating system and architecture, by their names in Kubernetes.
fn platform() -> String {
    let os = if OS == "macos" { "darwin" } else { OS };
    let arch = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        other => other,
    };
    format!("{os}/{arch}")
}

fn write(facts: &[Fact], format: VersionFormat, mut out: &mut dyn Write) -> io::Result<()> {
    match format {
        VersionFormat::Text => {
            let width = facts.iter().map(|(row, ..)| row.len() + 1).max().unwrap_or_default();
            for (row, _, value) in facts {
                writeln!(out, "{:width$}  {value}", format!("{row}:"))?;
            }
            Ok(())
        }
        VersionFormat::Json => {
            let object = facts.iter().map(|(_, key, value)| (*key, value));
            let mut serializer = serde_json::Serializer::pretty(&mut out);
            serde::Serializer::collect_map(&mut serializer, object)?;
            writeln!(out)
        }
    }
}
