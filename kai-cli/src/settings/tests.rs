use std::ffi::OsString;

mod delivery;
mod files;
mod inline;
mod keys;
mod meaning;
mod mistakes;
mod mutations;
mod routes;
mod secrets;

use kai_k8s::{ClusterSettings, Overrides};

use super::*;
use crate::args::{self, Invocation};

/// What is typed after `kai`.
type Typed = &'static [&'static str];
/// Names and texts.
type Variables = &'static [(&'static str, &'static str)];
/// The same, for as long as a test needs them.
type Pairs<'a> = &'a [(&'a str, &'a str)];

/// The settings of what is typed after `kai`, and of variables.
pub(crate) fn settings(
    typed: &[&str],
    variables: &[(&str, &str)],
) -> Result<Settings, SettingsError> {
    with_file(typed, variables, "").map(|(settings, _)| settings)
}

/// The same with a file, which nobody but the user can have written.
fn with_file(
    typed: &[&str],
    variables: &[(&str, &str)],
    text: &str,
) -> Result<(Settings, Effective), SettingsError> {
    of_file(typed, variables, text, false)
}

/// The same with a file that may stand in the working directory.
fn of_file(
    typed: &[&str],
    variables: &[(&str, &str)],
    text: &str,
    in_working_directory: bool,
) -> Result<(Settings, Effective), SettingsError> {
    let typed = ["kai"].iter().chain(typed).map(OsString::from);
    let args = match args::parse(typed) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    };
    let variables = variables.iter().map(|(name, text)| (name.into(), text.into()));
    let file = (!text.is_empty())
        .then(|| ConfigFile::parse("kai.yaml".into(), in_working_directory, text))
        .transpose()?;
    Settings::from(&args, &variables.collect(), file.as_ref()).map_err(|refused| refused.error)
}

/// The warnings, as texts.
fn warnings(settings: &Settings) -> Vec<&str> {
    let texts = settings.notices.iter().map(|notice| match notice {
        Notice::Warning(text) | Notice::Alarm(text) => Some(text.as_str()),
        Notice::Info(_) => None,
    });
    texts.flatten().collect()
}

fn of_cluster(settings: &Settings) -> &Cluster {
    match &settings.source {
        Source::Cluster(cluster) => cluster,
        Source::Inputs(inputs) => panic!("{inputs:?}"),
    }
}

/// What a field shows of itself, up to the next one.
fn field(settings: &Settings, name: &str) -> String {
    let shown = format!("{:?}", settings.collect);
    let (_, value) = shown.split_once(&format!("{name}: ")).unwrap();
    value.split([',', '}']).next().unwrap().trim().to_owned()
}

fn selected(settings: &Settings) -> String {
    let candidates = ["a", "b", "kube-system", "kubefoo"];
    let selects = |name: &&str| settings.collect.selector().selects(name);
    candidates.into_iter().filter(selects).collect::<Vec<_>>().join(" ")
}

/// A file that sets one key.
fn in_file(name: &str, text: &str) -> String {
    let parts = name.split('.').enumerate();
    let lines: Vec<_> = parts.map(|(depth, part)| format!("{:1$}{part}:", "", 2 * depth)).collect();
    format!("{} {text}\n", lines.join("\n"))
}
