//! Pods from what `kubectl get namespaces,pods -A -o json` (or yaml) printed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use async_stream::try_stream;
use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt};
use kai_core::{
    Excerpt, NamespaceSelector, Observed, PodSource, PodStream, SourceError, SourceErrorKind,
};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::spawn_blocking;

use crate::wire::WireError;
use documents::Documents;

pub(crate) mod documents;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

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

const EXPECTED: &str = "expected a List, PodList, NamespaceList, Pod or Namespace";

fn late(kind: &str) -> String {
    format!(
        "the items of this `{}` have no kind of their own and were taken for pods, as the list's \
         kind comes after them",
        Excerpt(kind)
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
    #[error("it is empty")]
    Empty,
    #[error("byte {at}: {EXPECTED}, found {found}")]
    Kind { at: u64, found: String },
    #[error("it holds no namespace and no pod, but {0} objects of other kinds")]
    OtherKinds(usize),
    #[error("byte {at}: {}", late(kind))]
    LateKind { at: u64, kind: String },
    #[error("it was read already, and can be read only once")]
    Spent,
}

impl ReadError {
    /// What is wrong in a line of YAML.
    fn yaml(line: usize, why: impl Into<String>) -> Self {
        Self::Yaml { line, why: why.into() }
    }

    /// What is wrong with an object that begins in a line of YAML: its bytes, which are those of
    /// the JSON that is made of it, tell nobody anything.
    fn in_yaml(self, line: usize) -> Self {
        match self {
            Self::Wire(error) => Self::yaml(line, error.without_position()),
            Self::Kind { found, .. } => Self::yaml(line, format!("{EXPECTED}, found {found}")),
            Self::LateKind { kind, .. } => Self::yaml(line, late(&kind)),
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
}

/// The namespaces and pods of a file, or of standard input, in JSON or YAML.
///
/// JSON is read as a stream, in memory that doesn't grow with it; YAML is read whole. The input is
/// read once: a second [`observe`](PodSource::observe) fails.
///
/// ```no_run
/// # use kai_k8s::FilePodSource;
/// let source = FilePodSource::open("pods.json")?;
/// # Ok::<(), kai_k8s::OpenError>(())
/// ```
#[derive(Debug)]
pub struct FilePodSource {
    name: String,
    input: Mutex<Option<Input>>,
}

#[derive(Debug)]
enum Input {
    File(fs::File),
    Stdin,
}

impl FilePodSource {
    /// Opens a file.
    ///
    /// # Errors
    /// When there is no such file, it may not be read, or it is a directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let failed = |source| OpenError::Open { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(OpenError::Directory { path: path.to_owned() });
        }
        Ok(Self {
            name: format!("`{}`", path.display()),
            input: Mutex::new(Some(Input::File(file))),
        })
    }

    /// Reads standard input.
    #[must_use]
    pub fn stdin() -> Self {
        Self { name: "standard input".to_owned(), input: Mutex::new(Some(Input::Stdin)) }
    }

    fn take(&self) -> Option<Box<dyn AsyncRead + Send + Unpin>> {
        let mut input = self.input.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        input.take().map(|input| match input {
            Input::File(file) => {
                Box::new(tokio::fs::File::from_std(file)) as Box<dyn AsyncRead + Send + Unpin>
            }
            Input::Stdin => Box::new(tokio::io::stdin()),
        })
    }
}

/// Reads an input to its end.
fn read(
    input: Option<Box<dyn AsyncRead + Send + Unpin>>,
) -> impl Stream<Item = Result<Observed, ReadError>> {
    try_stream! {
        let mut input = input.ok_or(ReadError::Spent)?;
        let mut chunk = vec![0; CHUNK];
        let mut documents = Documents::default();
        let (mut filled, blanks) = first_bytes(&mut input, &mut chunk).await?;
        documents.skip(blanks);
        match chunk[..filled].iter().find(|&&byte| !is_blank(byte)) {
            None => Err(ReadError::Empty)?,
            Some(b'{') => {
                while filled > 0 {
                    documents.feed(&chunk[..filled]);
                    while let Some(fact) = documents.next()? {
                        yield fact;
                    }
                    filled = input.read(&mut chunk).await?;
                }
                documents.finish()?;
            }
            Some(_) => {
                let mut whole = chunk[..filled].to_vec();
                input.read_to_end(&mut whole).await?;
                // It takes its time, and whoever drops the stream meanwhile does not wait for it.
                let read = move || yaml::read(&whole, &mut documents).map(|facts| (facts, documents));
                let facts;
                (facts, documents) = spawn_blocking(read).await.map_err(io::Error::other)??;
                for fact in facts {
                    yield fact;
                }
            }
        }
        documents.judge()?;
    }
}

/// Reads until there are bytes that aren't blank; how many there are, and how many blanks were
/// dropped before them. A byte order mark counts as blanks.
async fn first_bytes(
    input: &mut (impl AsyncRead + Unpin),
    chunk: &mut [u8],
) -> io::Result<(usize, u64)> {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    let (mut filled, mut dropped) = (0, 0);
    loop {
        let read = input.read(&mut chunk[filled..]).await?;
        filled += read;
        let told = chunk[..filled].iter().filter(|&&byte| !is_blank(byte)).count();
        if read == 0 || told >= BYTE_ORDER_MARK.len() {
            break;
        }
        if told == 0 {
            dropped += filled as u64;
            filled = 0;
        }
    }
    if dropped == 0 && chunk[..filled].starts_with(BYTE_ORDER_MARK) {
        chunk[..BYTE_ORDER_MARK.len()].fill(b' ');
    }
    Ok((filled, dropped))
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace()
}

#[async_trait]
impl PodSource for FilePodSource {
    fn observe(&self, _wanted: &NamespaceSelector) -> PodStream<'_> {
        let facts = read(self.take());
        facts
            .map(|fact| {
                fact.map_err(|error| {
                    SourceError::new(error.kind(), format!("cannot read pods from {}", self.name))
                        .with_source(error)
                })
            })
            .boxed()
    }
}
