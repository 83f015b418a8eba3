//! Errors of opening and reading an input.

use std::io;
use std::path::PathBuf;

use kai_core::{Excerpt, SourceErrorKind};

use super::looks::{FETCH, Look};
use crate::wire::WireError;

/// Why an input can't be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// It can't be opened.
    #[error("cannot open `{}`", path.display())]
    Open {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder.
    #[error("`{}` is a directory, and not a file that kubectl printed", path.display())]
    Directory {
        /// Its path.
        path: PathBuf,
    },
}

/// Why an input could not be read: the [source](std::error::Error::source) of the error that a
/// [`FilePodSource`](super::FilePodSource) yields.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InputError(#[from] ReadError);

impl InputError {
    /// What may help, as a lowercase fragment: what to type, mostly.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    pub(super) fn kind(&self) -> SourceErrorKind {
        self.0.kind()
    }
}

const EXPECTED: &str = "expected a List, PodList, NamespaceList, Pod or Namespace";

fn late(kind: &str) -> String {
    format!(
        "the items of this `{}` have no kind of their own and were taken for pods, as the list's \
         kind comes after them",
        Excerpt(kind)
    )
}

fn partial(remaining: Option<u64>) -> String {
    let missing = match remaining {
        Some(1) => "1 more object is missing".to_owned(),
        Some(count) => format!("{count} more objects are missing"),
        None => "objects are missing, and it does not say how many".to_owned(),
    };
    format!("this is one page of a longer list (`metadata.continue` is set): {missing}")
}

fn refused(said: &str) -> String {
    format!("this is the answer of an API server that refuses: {}", Excerpt(said))
}

fn of_other_kinds(count: usize) -> String {
    match count {
        1 => "an object of another kind".to_owned(),
        count => format!("{count} objects of other kinds"),
    }
}

fn undecided(max: usize) -> String {
    format!(
        "more than {max} items of a list have neither a kind nor containers, and the list names \
         its kind after them"
    )
}

/// Why an input could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("line {line}: {why}")]
    Yaml { line: usize, why: String },
    #[error("it is neither JSON nor YAML, as it is no UTF-8 (byte {0})")]
    NotUtf8(usize),
    #[error("byte {at}: {why}, in a text that begins as UTF-16")]
    NotUtf16 { at: u64, why: &'static str },
    #[error("it is empty")]
    Empty,
    #[error("it looks like {0}")]
    Looks(Look),
    #[error("byte {at}: here begins what looks like {look}")]
    LooksAfter { at: u64, look: Look },
    #[error("byte {at}: {EXPECTED}, found {found}")]
    Kind { at: u64, found: String },
    #[error("line {line}: {EXPECTED}, found {found}")]
    KindInLine { line: usize, found: String },
    #[error("it holds no namespace and no pod, but {}", of_other_kinds(*.0))]
    OtherKinds(usize),
    #[error("byte {at}: {}", late(kind))]
    LateKind { at: u64, kind: String },
    #[error("byte {at}: {}", partial(*remaining))]
    Partial { at: u64, remaining: Option<u64> },
    #[error("line {line}: {}", partial(*remaining))]
    PartialInLine { line: usize, remaining: Option<u64> },
    #[error("byte {at}: {}", refused(said))]
    Refused { at: u64, said: String },
    #[error("byte {at}: {}", undecided(*max))]
    Undecided { at: u64, max: usize },
    #[error("it has more than {max} bytes, which is all that is read of YAML")]
    TooLong { max: usize },
    #[error("it was read already, and can be read only once")]
    Spent,
    /// Of a text that was UTF-16.
    #[error("{0} (bytes count as in UTF-8, and the input is UTF-16)")]
    Decoded(Box<ReadError>),
}

impl ReadError {
    /// What is wrong in a line of YAML.
    pub(super) fn yaml(line: usize, why: impl Into<String>) -> Self {
        Self::Yaml { line, why: why.into() }
    }

    /// What is wrong with an item, or a document, that begins in a line of YAML: its bytes, which
    /// are those of the JSON that is made of it, tell nobody anything.
    pub(super) fn in_yaml(self, item: usize, document: usize) -> Self {
        match self {
            Self::Wire(error) => Self::yaml(item, error.without_position()),
            Self::Kind { found, .. } => Self::KindInLine { line: document, found },
            Self::LateKind { kind, .. } => Self::yaml(document, late(&kind)),
            Self::Partial { remaining, .. } => Self::PartialInLine { line: document, remaining },
            Self::Refused { said, .. } => Self::yaml(document, refused(&said)),
            Self::Undecided { max, .. } => Self::yaml(document, undecided(max)),
            other => other,
        }
    }

    /// The same of a text that was UTF-16.
    pub(super) fn decoded(self) -> Self {
        match self {
            Self::Wire(_)
            | Self::Kind { .. }
            | Self::LateKind { .. }
            | Self::Partial { .. }
            | Self::Refused { .. }
            | Self::Undecided { .. } => Self::Decoded(Box::new(self)),
            other => other,
        }
    }

    fn kind(&self) -> SourceErrorKind {
        match self {
            Self::Io(_) => SourceErrorKind::Unreachable,
            Self::Spent => SourceErrorKind::Other,
            _ => SourceErrorKind::Malformed,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Io(_) | Self::Spent => return None,
            Self::Decoded(error) => return error.hint(),
            Self::Looks(look) | Self::LooksAfter { look, .. } => return Some(look.hint()),
            Self::Kind { found, .. } | Self::KindInLine { found, .. } if found == "a `Config`" => {
                "-k FILE names a kubeconfig; -f takes what kubectl printed".to_owned()
            }
            Self::Partial { .. } | Self::PartialInLine { .. } => {
                format!("`{FETCH}` reads every page")
            }
            Self::TooLong { .. } => {
                "JSON is read as a stream, however long it is: `-o json` instead of `-o yaml`"
                    .to_owned()
            }
            Self::Refused { .. } => {
                format!("the right that it names is needed; `{FETCH}` prints what can be read")
            }
            _ => format!("`{FETCH}` prints what can be read"),
        };
        Some(hint)
    }
}
