//! What it means: flags, environment and defaults become one immutable value in which every text
//! is already what it stands for.

mod cluster;
mod layers;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;

use kai_core::{CollectOptions, MissingTagPolicy, NamespaceName, NamespaceSelector, SelectorError};

use crate::args::Args;
use crate::escape::Excerpt;
use crate::keys::{self, Policy};
use crate::logging::Log;
use crate::output::Format;
use crate::update::UpdateUrl;
use crate::warnings::OF_ONE_KIND;
use layers::Layers;

pub(crate) use cluster::Cluster;
pub(crate) use layers::{InvalidValue, Origin};

/// Everything that a run depends on.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where pods come from.
    pub(crate) source: Source,
    /// What belongs to the inventory.
    pub(crate) collect: CollectOptions,
    /// The name under which the cluster is reported; `None`: what the source calls it.
    pub(crate) cluster_name: Option<String>,
    /// The form of the report.
    pub(crate) output: Format,
    /// What is logged, and where.
    pub(crate) log: Log,
    /// Whether stderr is to stay empty.
    pub(crate) quiet: bool,
    /// Who knows of a newer kai; `None`: nobody is asked.
    pub(crate) update: Option<UpdateUrl>,
    /// What is to be said of the settings themselves, once it can be logged.
    pub(crate) notices: Vec<Notice>,
}

/// Where pods come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A cluster.
    Cluster(Cluster),
}

/// Something to be said of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Warning(String),
    Info(String),
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A text is not what its key expects.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// Each of the namespaces is fine, but not all of them together.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A flag that changes what a kubeconfig says, and no kubeconfig.
    #[error("{flag} needs a kubeconfig, and {path} says `use-in-cluster`")]
    NoKubeconfig {
        /// The flag.
        flag: Origin,
        /// Who says so.
        path: Origin,
    },
    /// A flag that is no key was typed with an empty text.
    #[error("empty value for {flag}: expected {expects}")]
    Empty {
        /// The flag.
        flag: Origin,
        /// What may be typed.
        expects: &'static str,
    },
}

impl Settings {
    /// Makes settings of what was typed and of the environment.
    pub(crate) fn from(
        args: &Args,
        env: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, SettingsError> {
        let layers = Layers::new(args, &env);
        let mut notices = Vec::new();
        Ok(Self {
            source: source(&layers, &mut notices)?,
            collect: CollectOptions::default()
                .namespaces(namespaces(&layers, &mut notices)?)
                .missing_tag_policy(missing_tag_policy(&layers, &mut notices)?)
                .ignore_not_running(layers.required(&keys::IGNORE_NOT_RUNNING)?),
            cluster_name: cluster::name(&layers)?,
            output: layers.required(&keys::OUTPUT)?,
            log: log(&layers)?,
            quiet: layers.required(&keys::QUIET)?,
            update: None,
            notices,
        })
    }
}

fn source(layers: &Layers<'_>, notices: &mut Vec<Notice>) -> Result<Source, SettingsError> {
    let Some(name) = &layers.args().filename else {
        return Cluster::from(layers, notices).map(Source::Cluster);
    };
    if name.is_empty() {
        let expects = "a path, or `-` for stdin";
        return Err(SettingsError::Empty { flag: Origin::Flag("filename"), expects });
    }
    let unused = [
        layers.optional(&keys::REQUEST_TIMEOUT).err(),
        layers.optional(&keys::REQUEST_BATCH_SIZE).err(),
        layers.optional(&keys::WORKER_POOL_SIZE).err(),
        layers.optional(&keys::ON_FORBIDDEN).err(),
    ];
    let unused = unused.into_iter().flatten();
    notices.extend(unused.map(|error| Notice::unused(&error, "`--filename` asks no cluster")));
    Ok(if name == "-" { Source::Stdin } else { Source::File(name.into()) })
}

fn namespaces(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<NamespaceSelector, SettingsError> {
    let every = layers.args().all_namespaces;
    let include = if every { Vec::new() } else { layers.list(&keys::INCLUDE)? };
    let selector = NamespaceSelector::new(
        include.iter().map(NamespaceName::as_str),
        layers.list(&keys::EXCLUDE)?,
    )?;
    let conflicts = selector.conflicts();
    notices.extend(conflicts.iter().take(OF_ONE_KIND).map(|conflict| {
        let (name, item) = (&conflict.name, Excerpt(&conflict.item));
        Notice::Warning(format!("namespace `{name}` is included, but `{item}` excludes it"))
    }));
    if let Some(more @ 1..) = conflicts.len().checked_sub(OF_ONE_KIND) {
        let text = format!("… and {more} more included namespaces are excluded");
        notices.push(Notice::Warning(text));
    }
    Ok(selector)
}

fn missing_tag_policy(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<MissingTagPolicy, SettingsError> {
    let policy = match layers.required(&keys::MISSING_TAG_POLICY)? {
        Policy::Digest => MissingTagPolicy::Digest,
        Policy::Insert => {
            return Ok(MissingTagPolicy::Insert(layers.required(&keys::MISSING_TAG)?));
        }
        Policy::Drop => MissingTagPolicy::Drop,
    };
    let error = layers.optional(&keys::MISSING_TAG).err();
    notices.extend(error.map(|error| Notice::unused(&error, "only the policy `insert` uses it")));
    Ok(policy)
}

fn log(layers: &Layers<'_>) -> Result<Log, SettingsError> {
    let level = layers.required(&keys::LOG_LEVEL)?;
    let console = !layers.required(&keys::QUIET)?;
    Ok(Log { level, console, file: None, structured: false })
}

impl Notice {
    /// A wrong value that has no effect.
    fn unused(error: &InvalidValue, why: &str) -> Self {
        Self::Warning(format!("{error} (ignored: {why})"))
    }
}
