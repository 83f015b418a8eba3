//! The effective settings: flags, environment, a file and defaults become one immutable, typed
//! value.

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
mod yaml;

use std::ffi::OsString;
use std::path::PathBuf;

use kai_core::{CollectOptions, MissingTagPolicy, NamespaceName, NamespaceSelector, SelectorError};

use crate::args::Args;
use crate::escape::Excerpt;
use crate::keys::{self, Key, Policy, UpdateUrl};
use crate::logging::Log;
use crate::output::Format;
use crate::told::OF_ONE_KIND;
use layers::Layers;

pub(crate) use anchore::Anchore;
pub(crate) use cluster::Cluster;
pub(crate) use effective::Effective;
pub(crate) use environment::Environment;
pub(crate) use file::{ConfigFile, FileError};
pub(crate) use invalid::InvalidValue;
pub(crate) use origin::Origin;
pub(crate) use schedule::Schedule;

/// Everything that a run depends on.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where pods come from.
    pub(crate) source: Source,
    /// What belongs to the inventory.
    pub(crate) collect: CollectOptions,
    /// What was typed, where that makes a difference.
    pub(crate) typed: WasTyped,
    /// The name under which the cluster is reported; `None`: what the source calls it.
    pub(crate) cluster_name: Option<String>,
    /// How often.
    pub(crate) schedule: Schedule,
    /// The form of the report.
    pub(crate) output: Format,
    /// Whether the report is printed, if configured.
    pub(crate) print: Option<bool>,
    /// Where the report is delivered; empty: nowhere.
    pub(crate) anchore: Vec<Anchore>,
    /// Whether nothing is sent to there.
    pub(crate) dry_run: bool,
    /// What is logged, and where.
    pub(crate) log: Log,
    /// Whether stderr is to stay empty.
    pub(crate) quiet: bool,
    /// The URL of the update check; `None`: there is none.
    pub(crate) update: Option<UpdateUrl>,
    /// What is to be said of the settings themselves, once it can be logged.
    pub(crate) notices: Vec<Notice>,
}

/// Which values were typed on the command line: those are meant for this run.
#[derive(Debug)]
pub(crate) struct WasTyped {
    /// The items to exclude.
    pub(crate) excludes: bool,
    /// The form of the report.
    pub(crate) output: bool,
}

/// Where pods come from.
#[derive(Debug)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// A cluster.
    Cluster(Box<Cluster>),
}

/// Something to be said of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    Warning(String),
    /// A warning that what is warned of may not silence.
    Alarm(String),
    Info(String),
}

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A text is not what its key expects.
    #[error(transparent)]
    Value(#[from] InvalidValue),
    /// There is a configuration file that can't be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// Each of the namespaces is fine, but not all of them together.
    #[error(transparent)]
    Selector(#[from] SelectorError),
    /// A flag that changes what a kubeconfig says, and no kubeconfig.
    #[error("{flag} needs a kubeconfig, and {why}")]
    NoKubeconfig {
        /// The flag.
        flag: Origin,
        /// Why there is none.
        why: String,
    },
    /// An inline cluster, but not all of it.
    #[error("the inline cluster is incomplete: it lacks {missing}{hint}")]
    IncompleteCluster {
        /// The keys.
        missing: String,
        /// What may be meant.
        hint: &'static str,
    },
    /// A delivery URL without credentials.
    #[error("{url} turns delivery on, which also needs {missing}")]
    IncompleteAnchore {
        /// Its origin.
        url: Origin,
        /// The keys.
        missing: String,
    },
    /// Two passwords for the same user.
    #[error("{password} and {file} both give a password: only one of them may be set")]
    TwoPasswords {
        /// One of them.
        password: Origin,
        /// The other.
        file: Origin,
    },
    /// Any certificate is to be accepted, in a FIPS build.
    #[error(
        "`anchore.http.insecure` is true ({}), and a FIPS build verifies every certificate (hint: \
         `anchore.http.ca-cert` names a file of those to trust)",
        origin.place()
    )]
    Insecure {
        /// Its origin.
        origin: Origin,
    },
    /// A report is to be delivered, and no URL is configured.
    #[error("`--deliver` needs `anchore.url`, which is not set")]
    NothingToDeliverTo,
    /// A file is read once.
    #[error("`--filename` and `--mode periodic` exclude each other: an input is read once")]
    PeriodicFile,
    /// Namespaces are to go to several accounts.
    #[error(
        "{place} would send namespaces to accounts of their own, which kai cannot do yet: every \
         namespace would go to the one account of `anchore.account` (hint: without it, or with one \
         kai for each account, each with its `namespace-selectors`, nothing goes astray)"
    )]
    Routes {
        /// The setting, and its origin.
        place: String,
    },
    /// More regular expressions than can be asked about each namespace.
    #[error(
        "{origin} has {count} regular expressions, and {EXPRESSIONS_MAX} are the most (hint: one can \
         stand for several, as `^a|^b`)"
    )]
    TooManyExpressions {
        /// Its origin.
        origin: Origin,
        /// How many.
        count: usize,
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

/// Why there are no settings, and what there was to say until then: a misspelt key may be why
/// another one is missing.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: SettingsError,
    pub(crate) notices: Vec<Notice>,
}

impl Settings {
    /// Whether mode adhoc writes what would be sent, in place of the report.
    pub(crate) fn shows_body(&self) -> bool {
        self.dry_run && self.typed.output && self.output == Format::Json
    }

    /// Makes settings of what was typed, of the environment and of a file.
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
        let settings = Self {
            source: source(&layers, notices)?,
            collect: CollectOptions::default()
                .namespaces(namespaces(&layers, notices)?)
                .missing_tag_policy(missing_tag_policy(&layers, notices)?)
                .ignore_not_running(layers.required(&keys::IGNORE_NOT_RUNNING)?),
            typed: WasTyped {
                excludes: unused::is_typed(&layers, &keys::EXCLUDE.key),
                output: unused::is_typed(&layers, &keys::OUTPUT.key),
            },
            cluster_name: cluster::name(&layers)?,
            schedule: Schedule::from(&layers, notices)?,
            output: layers.required(&keys::OUTPUT)?,
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

/// The keys that say where data come from and go to.
static LEADING: [&Key; 6] = [
    &keys::ANCHORE_URL.key,
    &keys::ANCHORE_CA_CERT.key,
    &keys::ANCHORE_PASSWORD_FILE.key,
    &keys::KUBECONFIG_PATH.key,
    &keys::SERVER.key,
    &keys::UPDATE_URL.key,
];

/// Says where a file of the working directory leads: it may have come with a cloned folder.
fn warn_of_a_stranger(layers: &Layers<'_>, notices: &mut Vec<Notice>) {
    // Silence counts where the user chose it.
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
    let Some(name) = &layers.args().filename else {
        return Cluster::from(layers, notices).map(|it| Source::Cluster(Box::new(it)));
    };
    if name.is_empty() {
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
    Ok(if name == "-" { Source::Stdin } else { Source::File(name.into()) })
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

/// The most expressions that exclude namespaces. Each is compiled, which takes time and memory, and
/// each is asked about every namespace.
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
    /// A wrong value that has no effect.
    fn unused(error: &InvalidValue, why: &str) -> Self {
        Self::Warning(format!("{error} (ignored: {why})"))
    }

    /// Those of some wrong values that have no effect. A variable that a file names and that is
    /// not set is no mistake where its value is not needed.
    fn tell_unused(wrong: &[Option<InvalidValue>], why: &str, notices: &mut Vec<Self>) {
        let wrong = wrong.iter().flatten();
        let wrong = wrong.filter(|error| !matches!(error, InvalidValue::Variable { .. }));
        notices.extend(wrong.map(|error| Self::unused(error, why)));
    }
}
