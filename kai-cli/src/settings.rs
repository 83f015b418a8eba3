//! Settings: merges flags, environment, a file and defaults into one immutable value, fully parsed
//! and validated.

mod anchore;
mod cluster;
mod effective;
mod encoding;
mod environment;
mod expand;
mod file;
mod inline;
mod invalid;
mod layers;
mod legacy;
mod locations;
mod origin;
mod paths;
mod routes;
mod schedule;
#[cfg(test)]
pub(crate) mod tests;
mod unknown;
mod unused;
mod view;
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;

use kai_core::{
    CollectOptions, ImageFilter, MissingTagPolicy, NamespaceName, NamespaceSelector, PodFilter,
    SelectorError,
};

use kai_k8s::OnForbidden;

use crate::args::Args;
use crate::escape::Excerpt;
use crate::keys::{self, Key, Policy, UpdateUrl};
use crate::logging::Log;
use crate::output::{Format, View};
use crate::told::OF_ONE_KIND;
use layers::Layers;

pub(crate) use anchore::Anchore;
pub(crate) use cluster::Cluster;
pub(crate) use effective::Effective;
pub(crate) use environment::Environment;
pub(crate) use file::{ConfigFile, FileError};
pub(crate) use invalid::InvalidValue;
pub(crate) use origin::Origin;
pub(crate) use schedule::{Schedule, Watch};

/// All settings of a run.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The source of pods.
    pub(crate) source: Source,
    /// What to include in the inventory.
    pub(crate) collect: CollectOptions,
    /// Which values were given as flags, where that matters.
    pub(crate) typed: WasTyped,
    /// The name under which the cluster is reported; `None`: use the source's name.
    pub(crate) cluster_name: Option<String>,
    /// When to take reports.
    pub(crate) schedule: Schedule,
    /// The format of the report.
    pub(crate) output: Format,
    /// How it is shown in that format.
    pub(crate) view: View,
    /// Whether to print the report, if set.
    pub(crate) print: Option<bool>,
    /// The receivers of the report; empty: no delivery.
    pub(crate) anchore: Vec<Anchore>,
    /// Whether this is a dry run, which sends nothing.
    pub(crate) dry_run: bool,
    /// What to log, and where.
    pub(crate) log: Log,
    /// Whether stderr stays empty.
    pub(crate) quiet: bool,
    /// Where to check for a newer version; `None`: no check.
    pub(crate) update: Option<UpdateUrl>,
    /// Notices about the settings, to be reported once logging is initialized.
    pub(crate) notices: Vec<Notice>,
}

/// Which values were given as flags: a flag is about this run, while a configuration serves many.
#[derive(Debug)]
pub(crate) struct WasTyped {
    /// The exclude items.
    pub(crate) excludes: bool,
    /// The format of the report.
    pub(crate) output: bool,
}

/// The source of pods.
#[derive(Debug)]
pub(crate) enum Source {
    /// Inputs, one after another.
    Inputs(Vec<Input>),
    /// A cluster.
    Cluster(Box<Cluster>),
}

/// An input that pods are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// A notice about the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Warning(String),
    /// A warning that the untrusted file it is about can't silence.
    Alarm(String),
    Info(String),
}

/// Why the settings are invalid.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A value doesn't parse.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// A configuration file exists but can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Each namespace item is valid, but not their combination.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A flag overrides the kubeconfig, but there is none.
    #[error("{flag} needs a kubeconfig, and {why}")]
    NoKubeconfig {
        /// The flag.
        flag: Origin,
        /// Why there is no kubeconfig.
        why: String,
    },
    /// An incomplete inline cluster.
    #[error("the inline cluster is incomplete: it lacks {missing}{hint}")]
    IncompleteCluster {
        /// The missing keys.
        missing: String,
        /// A suggestion.
        hint: &'static str,
    },
    /// An Anchore URL without credentials.
    #[error("{url} turns delivery on, which also needs {missing}")]
    IncompleteAnchore {
        /// The origin of the URL.
        url: Origin,
        /// The missing keys.
        missing: String,
    },
    /// Two passwords are set.
    #[error("{password} and {file} both give a password: only one of them may be set")]
    TwoPasswords {
        /// The origin of the first.
        password: Origin,
        /// The origin of the other.
        file: Origin,
    },
    /// Certificate verification is disabled in a FIPS build.
    #[error(
        "`anchore.http.insecure` is true ({}), and a FIPS build verifies every certificate (hint: \
         `anchore.http.ca-cert` names a file of those to trust)",
        origin.place()
    )]
    Insecure {
        /// The origin of the setting.
        origin: Origin,
    },
    /// `--deliver` without an Anchore URL.
    #[error("`--deliver` needs `anchore.url`, which is not set")]
    NothingToDeliverTo,
    /// A file in mode periodic or watch: it can only be read once.
    #[error("`--filename` and `--mode {0}` exclude each other: an input is read once")]
    PeriodicFile(&'static str),
    /// Routing of namespaces to several accounts is not supported.
    #[error(
        "{place} would send namespaces to accounts of their own, which kai cannot do yet: every \
         namespace would go to the one account of `anchore.account` (hint: without it, or with one \
         kai for each account, each with its `namespace-selectors`, nothing goes astray)"
    )]
    Routes {
        /// The setting, and its location.
        place: String,
    },
    /// More regular expressions than can be matched against each namespace.
    #[error(
        "{origin} has {count} regular expressions, and {EXPRESSIONS_MAX} are the most (hint: one can \
         stand for several, as `^a|^b`)"
    )]
    TooManyExpressions {
        /// The origin of the list.
        origin: Origin,
        /// Their number.
        count: usize,
    },
    /// A format that mode periodic can't print one after another.
    #[error(
        "{origin} is `{format}`, which has no series: the modes periodic and watch print `json`, `jsonl` or \
         `table`"
    )]
    NoSeries {
        /// The origin of the format.
        origin: Origin,
        /// Its name.
        format: &'static str,
    },
    /// A column that a format doesn't have.
    #[error(
        "`{}` for {flag} is no column of the format `{format}`: it has {columns}",
        Excerpt(column)
    )]
    NoSuchColumn {
        /// The flag.
        flag: Origin,
        /// What was given.
        column: String,
        /// The name of the format.
        format: &'static str,
        /// The names of its columns.
        columns: String,
    },
    /// A key of a label that can't be one.
    #[error("`{}` for {flag} is no key of a label, as `app` or `example.com/team`", Excerpt(key))]
    NoLabel {
        /// The flag.
        flag: Origin,
        /// What was given.
        key: String,
    },
    /// A flag that isn't a key has an empty value.
    #[error("empty value for {flag}: expected {expects}")]
    Empty {
        /// The flag.
        flag: Origin,
        /// The expected values.
        expects: &'static str,
    },
}

/// Why the settings are invalid, and the notices so far: a misspelled key may be why another one is
/// missing.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: SettingsError,
    pub(crate) notices: Vec<Notice>,
}

impl Settings {
    /// Whether mode adhoc prints the request body instead of the report.
    pub(crate) fn shows_body(&self) -> bool {
        self.dry_run && self.typed.output && self.output == Format::Json
    }

    /// The same for a single answer: once, nothing delivered, and what can't be read is left out.
    pub(crate) fn answer_once(&mut self) {
        self.schedule = Schedule::Adhoc;
        self.anchore.clear();
        if let Source::Cluster(cluster) = &mut self.source {
            cluster.options = cluster.options.clone().on_forbidden(OnForbidden::Skip);
        }
    }

    /// Builds the settings from the command line, the environment and a file.
    pub(crate) fn from(
        args: &Args,
        env: &Environment,
        file: Option<&ConfigFile>,
    ) -> Result<(Self, Effective), Box<Refused>> {
        let mut notices = Vec::new();
        match Self::made_of(args, env, file, &mut notices) {
            Ok((settings, effective)) => Ok((Self { notices, ..settings }, effective)),
            Err(error) => Err(Box::new(Refused { error, notices })),
        }
    }

    fn made_of(
        args: &Args,
        env: &Environment,
        file: Option<&ConfigFile>,
        notices: &mut Vec<Notice>,
    ) -> Result<(Self, Effective), SettingsError> {
        notices.extend(
            file.map(|file| Notice::Info(format!("configuration from `{}`", Excerpt(&file.path)))),
        );
        unknown::warn(env, file, notices);
        unknown::refuse_routes(env, file)?;
        let layers = Layers::new(args, env, file, notices)?;
        warn_of_a_stranger(&layers, notices);
        let schedule = Schedule::from(&layers, notices)?;
        let (output, view) = view::from(&layers, &schedule, notices)?;
        let settings = Self {
            source: source(&layers, notices)?,
            collect: CollectOptions::default()
                .namespaces(namespaces(&layers, notices)?)
                .pods(pods(&layers)?)
                .images(images(&layers)?)
                .missing_tag_policy(missing_tag_policy(&layers, notices)?)
                .ignore_not_running(layers.required(&keys::IGNORE_NOT_RUNNING)?),
            typed: WasTyped {
                excludes: unused::is_typed(&layers, &keys::EXCLUDE.key),
                output: unused::is_typed(&layers, &keys::OUTPUT.key),
            },
            cluster_name: cluster::name(&layers)?,
            schedule,
            output,
            view,
            print: layers.optional(&keys::VERBOSE_INVENTORY_REPORTS)?,
            anchore: Anchore::from(&layers, notices)?,
            dry_run: args.dry_run,
            log: log(&layers)?,
            quiet: layers.required(&keys::QUIET)?,
            update: update(&layers, notices)?,
            notices: Vec::new(),
        };
        Ok((settings, Effective::from(&layers)))
    }
}

/// The keys that determine where data come from and go to.
static LEADING: [&Key; 6] = [
    &keys::ANCHORE_URL.key,
    &keys::ANCHORE_CA_CERT.key,
    &keys::ANCHORE_PASSWORD_FILE.key,
    &keys::KUBECONFIG_PATH.key,
    &keys::SERVER.key,
    &keys::UPDATE_URL.key,
];

/// Warns where a file in the working directory leads: it may have come with a cloned repository.
fn warn_of_a_stranger(layers: &Layers<'_>, notices: &mut Vec<Notice>) {
    // `quiet` only suppresses it if the user set it outside of the file.
    let chosen = |key| matches!(layers.origin(key), Some(Origin::Flag(_) | Origin::Variable(_)));
    let notice = if chosen(&keys::QUIET.key) { Notice::Warning } else { Notice::Alarm };
    for key in LEADING {
        let (texts, origin) = layers.effective(key);
        if let (true, Some(text)) = (layers.is_foreign(&origin), texts.first()) {
            let text = layers::shown(key, text);
            notices.push(notice(format!(
                "{origin}, a file in the working directory, leads to `{}`",
                Excerpt(&text)
            )));
        }
    }
}

fn source(layers: &Layers<'_>, notices: &mut Vec<Notice>) -> Result<Source, SettingsError> {
    let names = &layers.args().filename;
    if names.is_empty() {
        return Cluster::from(layers, notices).map(|it| Source::Cluster(Box::new(it)));
    }
    if names.iter().any(|name| name.is_empty()) {
        let expects = "a path, or `-` for stdin";
        return Err(SettingsError::Empty { flag: Origin::Flag("filename"), expects });
    }
    let why = "`--filename` asks no cluster";
    let wrong = [
        layers.optional(&keys::REQUEST_TIMEOUT).err(),
        layers.optional(&keys::REQUEST_BATCH_SIZE).err(),
        layers.optional(&keys::WORKER_POOL_SIZE).err(),
        layers.optional(&keys::ON_FORBIDDEN).err(),
        layers.optional(&keys::COMPRESSION).err(),
    ];
    Notice::tell_unused(&wrong, why, notices);
    notices.extend(unused::typed(layers, &keys::REQUEST_TIMEOUT, why));
    notices.extend(unused::typed(layers, &keys::ON_FORBIDDEN, why));
    inline::unused(layers, why, notices);
    let input = |name: &OsString| {
        if name == "-" { Input::Stdin } else { Input::File(name.into()) }
    };
    Ok(Source::Inputs(names.iter().map(input).collect()))
}

fn namespaces(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<NamespaceSelector, SettingsError> {
    refuse_many_expressions(layers)?;
    let (include, exclude) = (layers.list(&keys::INCLUDE)?, layers.list(&keys::EXCLUDE)?);
    notices.extend(unused::overridden_namespaces(layers));
    notices.extend(unused::globs(layers, &exclude));
    let selector = NamespaceSelector::new(include.iter().map(NamespaceName::as_str), exclude)?;
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

/// Maximum number of exclude expressions. Each is compiled, which takes time and memory, and
/// matched against every namespace.
const EXPRESSIONS_MAX: usize = 1000;

fn refuse_many_expressions(layers: &Layers<'_>) -> Result<(), SettingsError> {
    let (items, origin) = layers.effective(&keys::EXCLUDE.key);
    let is_name = |item: &OsString| {
        let bytes = item.as_encoded_bytes().iter();
        bytes.copied().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let count = items.iter().filter(|item| !is_name(item)).count();
    if count > EXPRESSIONS_MAX {
        return Err(SettingsError::TooManyExpressions { origin, count });
    }
    Ok(())
}

fn pods(layers: &Layers<'_>) -> Result<PodFilter, SettingsError> {
    let filter = PodFilter::default().excluding(layers.list(&keys::PODS_EXCLUDE_ANNOTATIONS)?);
    Ok(filter.selecting(layers.optional(&keys::PODS_SELECTOR)?.unwrap_or_default()))
}

fn images(layers: &Layers<'_>) -> Result<ImageFilter, SettingsError> {
    Ok(ImageFilter::default()
        .including(layers.list(&keys::IMAGES_INCLUDE)?)
        .excluding(layers.list(&keys::IMAGES_EXCLUDE)?))
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
    let (error, why) =
        (layers.optional(&keys::MISSING_TAG).err(), "only the policy `insert` uses it");
    notices.extend(error.map(|error| Notice::unused(&error, why)));
    notices.extend(unused::typed(layers, &keys::MISSING_TAG, why));
    Ok(policy)
}

fn log(layers: &Layers<'_>) -> Result<Log, SettingsError> {
    let file = layers.file(&keys::LOG_FILE)?;
    let verbose = matches!(layers.origin(&keys::LOG_LEVEL.key), Some(Origin::Flag(_)));
    let quiet = layers.required(&keys::QUIET)?;
    Ok(Log {
        level: layers.required(&keys::LOG_LEVEL)?,
        console: !quiet && (verbose || file.is_none()),
        file,
        structured: layers.required(&keys::LOG_STRUCTURED)?,
    })
}

fn update(
    layers: &Layers<'_>,
    notices: &mut Vec<Notice>,
) -> Result<Option<UpdateUrl>, SettingsError> {
    if layers.required(&keys::CHECK_FOR_APP_UPDATE)? {
        return Ok(layers.optional(&keys::UPDATE_URL)?);
    }
    let error = layers.optional(&keys::UPDATE_URL).err();
    let why = "`check-for-app-update` is false";
    notices.extend(error.map(|error| Notice::unused(&error, why)));
    Ok(None)
}

impl Notice {
    /// An invalid value that has no effect.
    fn unused(error: &InvalidValue, why: &str) -> Self {
        Self::Warning(format!("{error} (ignored: {why})"))
    }

    /// Notices about invalid values that have no effect. An unset variable named in a file is no
    /// mistake if its value isn't used.
    fn tell_unused(wrong: &[Option<InvalidValue>], why: &str, notices: &mut Vec<Self>) {
        let wrong = wrong.iter().flatten();
        let wrong = wrong.filter(|error| !matches!(error, InvalidValue::Variable { .. }));
        notices.extend(wrong.map(|error| Self::unused(error, why)));
    }
}
