use std::collections::HashMap;
use std::ffi::OsString;

mod keys;
mod meaning;
mod mistakes;

use kai_k8s::{ClusterSettings, Overrides};

use super::*;
use crate::args::{self, Invocation};
use crate::logging::Level;

/// What is typed after `kai`.
type Typed = &'static [&'static str];
/// Names and texts.
type Variables = &'static [(&'static str, &'static str)];

/// The settings of what is typed after `kai`, and of variables.
fn settings(typed: &[&str], variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let typed = ["kai"].iter().chain(typed).map(OsString::from);
    let args = match args::parse(typed) {
        Ok(Invocation::Inventory(args)) => args,
        other => panic!("{other:?}"),
    };
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Settings::from(&args, |name| variables.get(name).map(OsString::from))
}

fn of_cluster(settings: &Settings) -> &Cluster {
    match &settings.source {
        Source::Cluster(cluster) => cluster,
        other => panic!("{other:?}"),
    }
}

/// What a field shows of itself, up to the next one.
fn field(settings: &Settings, name: &str) -> String {
    let shown = format!("{:?}", settings.collect);
    let (_, value) = shown.split_once(&format!("{name}: ")).unwrap();
    value.split([',', '}']).next().unwrap().trim().to_owned()
}

/// What goes to the console, if anything does.
fn on_console(settings: &Settings) -> Option<Level> {
    settings.log.console.then_some(settings.log.level)
}

fn selected(settings: &Settings) -> String {
    let candidates = ["a", "b", "kube-system", "kubefoo"];
    let selects = |name: &&str| settings.collect.selector().selects(name);
    candidates.into_iter().filter(selects).collect::<Vec<_>>().join(" ")
}
