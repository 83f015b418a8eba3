//! The errors that end a run, and how they are reported.

#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use kai_anchore::{PasswordError, SettingsError as AnchoreError};
use kai_core::{ReportError, SourceError, SourceErrorKind};
use kai_k8s::{ConnectError, InputError, OpenError};
use kai_net::chain::messages;
use kai_net::secrets::mask_own;

use crate::args::{Expect, Misuse};
use crate::console;
use crate::escape::{Escaped, Excerpt};
use crate::exit::Exit;
use crate::keys::{self, Listen};
use crate::logging::{self, Level, Log, Prefix};
use crate::settings::{Origin, SettingsError};
use crate::signals::Signal;

/// Maximum length of an error line: a backstop, since adapters truncate untrusted text themselves.
const LINE_MAX: usize = 2000;

/// Why a run did not succeed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The command line is invalid.
    #[error(transparent)]
    Misuse(Misuse),
    /// The flags, the environment or the configuration file are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The delivery settings can't be used.
    #[error("nothing can be delivered to Anchore")]
    Anchore(#[from] AnchoreError),
    /// Delivery is configured, but the cluster has no name.
    #[error("a report is to be delivered, and the cluster has no name")]
    NoClusterName,
    /// The runtime or the signal handlers couldn't be started.
    #[error("kai could not start")]
    Start(#[source] io::Error),
    /// This is a FIPS build, but the crypto provider is not FIPS-approved.
    #[error("{}", kai_net::fips::NotFips)]
    NotFips,
    /// The log file can't be written.
    #[error("cannot write the log to `{}` (log.file)", Excerpt(&path.to_string_lossy()))]
    Log {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The status endpoint can't bind its address.
    #[error("cannot listen at `{address}` (listen)")]
    Listen {
        /// The address.
        address: Listen,
        /// The cause.
        source: io::Error,
    },
    /// The input can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No client for the cluster can be created.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A kubeconfig named in an untrusted file needs something that only trusted ones may have.
    #[error("{named_by}, in a file of the working directory, names a kubeconfig that is refused")]
    Restricted {
        /// The setting that names it.
        named_by: Origin,
        /// What it needs.
        source: Box<ConnectError>,
    },
    /// The cluster can't be read.
    #[error(transparent)]
    Cluster(SourceError),
    /// A permission to read the cluster is missing.
    #[error("{source}")]
    Forbidden {
        /// The request that was rejected, and the reason.
        source: SourceError,
        /// The hint.
        hint: Option<String>,
    },
    /// Every namespace was skipped.
    #[error("nothing could be read: pods may not be listed in {what}")]
    NothingReadable {
        /// The namespace, or the number of them.
        what: String,
        /// The hint.
        hint: Option<String>,
    },
    /// The input can't be read.
    #[error(transparent)]
    Input(SourceError),
    /// stdout can't be written.
    #[error("cannot write to stdout")]
    Write(#[source] io::Error),
    /// The report could not be delivered.
    #[error(transparent)]
    Delivery(ReportError),
    /// The report was written, but some namespaces are missing.
    #[error("the report lacks {} that may not be read", namespaces(*count))]
    Skipped {
        /// Their number.
        count: usize,
    },
    /// A report to compare can't be opened.
    #[error("cannot open `{}`", Excerpt(&path.to_string_lossy()))]
    OpenReport {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// What is to be compared is another format of kai.
    #[error(
        "`{}` is none of what `kai diff` compares: a report (`kai -o json`) or a list of pods \
         (`kubectl get pods -A -o json`)",
        Excerpt(&path.to_string_lossy())
    )]
    OtherFormat {
        /// The file.
        path: PathBuf,
    },
    /// A report to compare can't be read.
    #[error("`{}` is no report", Excerpt(&path.to_string_lossy()))]
    NoReport {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        source: serde_json::Error,
    },
    /// A gate was to look into a namespace that does not exist.
    #[error("nothing was found in {names}, which does not exist")]
    NamespaceNotFound {
        /// Their names, quoted.
        names: String,
    },
    /// A gate found what it must not, or not what it must.
    #[error("found {found}, and `--expect {expect}` was given")]
    Unexpected {
        /// What was found.
        found: String,
        /// What was expected.
        expect: Expect,
    },
    /// Terminated by a signal.
    #[error("ended by a signal")]
    Signal(Signal),
}

impl Error {
    /// Converts an error; that of a refused kubeconfig includes the setting that names it.
    pub(crate) fn of_connect(error: ConnectError, named_by: Option<&Origin>) -> Self {
        match (named_by, error) {
            (Some(named_by), source @ ConnectError::Restricted { .. }) => {
                Self::Restricted { named_by: named_by.clone(), source: source.into() }
            }
            (_, error) => Self::Connect(error),
        }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Start(_)
            | Self::Write(_)
            | Self::NotFips
            | Self::Anchore(AnchoreError::NotFips)
            | Self::Connect(ConnectError::NotFips) => Exit::Failure,
            Self::Misuse(_)
            | Self::Settings(_)
            | Self::Anchore(_)
            | Self::NoClusterName
            | Self::Restricted { .. }
            | Self::Log { .. }
            | Self::Listen { .. }
            | Self::OpenReport { .. }
            | Self::Open(_) => Exit::Usage,
            Self::Delivery(_) => Exit::Delivery,
            Self::Unexpected { .. } => Exit::Expectation,
            Self::Connect(error) if error.is_configuration() => Exit::Usage,
            Self::Connect(_)
            | Self::Cluster(_)
            | Self::Forbidden { .. }
            | Self::NothingReadable { .. }
            | Self::Input(_)
            | Self::NoReport { .. }
            | Self::OtherFormat { .. }
            | Self::NamespaceNotFound { .. }
            | Self::Skipped { .. } => Exit::Source,
            Self::Signal(signal) => (*signal).into(),
        }
    }

    /// The hint.
    fn hint(&self) -> Option<String> {
        match self {
            Self::Misuse(misuse) => misuse.what_helps().map(str::to_owned),
            Self::Forbidden { hint, .. } | Self::NothingReadable { hint, .. } => hint.clone(),
            Self::Cluster(error) if error.kind() == SourceErrorKind::Timeout => {
                Some("--request-timeout SECONDS allows more time".to_owned())
            }
            Self::Input(error) => match error.source().and_then(<dyn StdError>::downcast_ref) {
                Some(why) => InputError::hint(why),
                None if error.kind() == SourceErrorKind::Malformed => Some(
                    "`kubectl get namespaces,pods -A -o json` prints what can be read".to_owned(),
                ),
                None => None,
            },
            Self::NoClusterName => Some(
                "--cluster-name NAME gives it one; without, reports of two clusters would replace \
                 each other"
                    .to_owned(),
            ),
            Self::Anchore(AnchoreError::Password(PasswordError::Unreadable { .. })) => {
                Some(format!(
                    "{} is the path of a file; a password itself is {}",
                    keys::ANCHORE_PASSWORD_FILE.key.name,
                    keys::ANCHORE_PASSWORD.key.name
                ))
            }
            Self::Restricted { .. } => Some(
                "`-c FILE` says that you trust a configuration file, and `-k PATH` names a \
                 kubeconfig that you trust"
                    .to_owned(),
            ),
            Self::Connect(ConnectError::NoCluster { .. }) => Some(
                "-k PATH names a kubeconfig; -f FILE reads what `kubectl get namespaces,pods -A \
                 -o json` printed"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Logs the error, and prints it unless the log does. A signal is not reported: it was sent.
    pub(crate) fn tell(&self, log: &Log) {
        if matches!(self, Self::Signal(_)) {
            return;
        }
        let mut messages = messages(self).into_iter();
        let message = messages.next().unwrap_or_default();
        let causes = messages.reduce(|causes, next| format!("{causes}: {next}"));
        tracing::error!(
            target: logging::END,
            cause = causes.as_deref(),
            hint = self.hint().as_deref(),
            exit = self.exit().code(),
            "{message}",
        );
        if !log.tells_the_end() {
            self.print();
        }
    }

    /// Prints the error to stderr.
    pub(crate) fn print(&self) {
        if !matches!(self, Self::Signal(_)) {
            let color = console::is_colored();
            print(&report(self, self.hint().as_deref(), color));
        }
    }
}

fn namespaces(count: usize) -> String {
    if count == 1 { "a namespace".to_owned() } else { format!("{count} namespaces") }
}

/// Writes to stderr. Text quoted by adapters is redacted already; this is the last line of defense.
fn print(text: &str) {
    console::write(mask_own(text).as_bytes());
}

/// The error, its causes and a hint, each on its own line.
fn report(error: &(dyn StdError + 'static), hint: Option<&str>, color: bool) -> String {
    let mut text = String::new();
    let prefix = Prefix { level: Level::ERROR, color }.to_string();
    for (depth, message) in messages(error).iter().enumerate() {
        let cause = dim("  caused by: ", color);
        lines(&mut text, if depth == 0 { &prefix } else { &cause }, message);
    }
    if let Some(hint) = hint {
        lines(&mut text, &dim("  hint: ", color), hint);
    }
    text
}

/// What stands before a further line of an error.
fn dim(prefix: &str, color: bool) -> String {
    if color { format!("\x1b[2m{prefix}\x1b[0m") } else { prefix.to_owned() }
}

/// The error and its causes in one line, for the log.
pub(crate) fn one_line(error: &(dyn StdError + 'static)) -> String {
    messages(error).join(": ")
}

/// Writes a message after a prefix, with further lines (as in regular expression errors) below.
fn lines(text: &mut String, prefix: &str, message: &str) {
    for (number, line) in message.lines().enumerate() {
        let prefix = if number == 0 { prefix } else { "    " };
        let (line, more) = match line.char_indices().nth(LINE_MAX) {
            Some((end, _)) => (&line[..end], "…"),
            None => (line, ""),
        };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{prefix}{}{more}", Escaped(line));
    }
}
