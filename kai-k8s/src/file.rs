//! Pods from what `kubectl get namespaces,pods -A -o json` (or yaml) printed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use async_stream::try_stream;
use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt};
use kai_core::{NamespaceSelector, Observed, PodSource, PodStream, SourceError, SourceErrorKind};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::wire::WireError;
use documents::Documents;

mod documents;
#[cfg(test)]
mod tests;
mod yaml;

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

/// Why an input could not be read.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error("it is no YAML: {0}")]
    Yaml(String),
    #[error("document {document}: {why}")]
    YamlDocument { document: usize, why: String },
    #[error("it is neither JSON nor YAML, as it is no UTF-8 (byte {0})")]
    NotUtf8(usize),
    #[error("it is empty")]
    Empty,
    #[error("byte {at}: expected a List, PodList, NamespaceList, Pod or Namespace, found {found}")]
    Kind { at: u64, found: String },
    #[error("it holds no namespace and no pod, but {0} objects of other kinds")]
    OtherKinds(usize),
    #[error(
        "byte {at}: a `{kind}` ends here whose items, without a kind of their own, were taken for \
         pods, as the list's kind comes after them"
    )]
    LateKind { at: u64, kind: String },
    #[error("it was read already, and can be read only once")]
    Spent,
}

impl ReadError {
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
        let mut filled = first_bytes(&mut input, &mut chunk).await?;
        let mut documents = Documents::default();
        let start = chunk[..filled].iter().position(|&byte| !is_blank(byte));
        match start {
            None if filled < CHUNK => Err(ReadError::Empty)?,
            Some(start) if chunk[start] != b'{' => {
                let mut whole = chunk[..filled].to_vec();
                input.read_to_end(&mut whole).await?;
                for fact in yaml::read(&whole, &mut documents)? {
                    yield fact;
                }
            }
            _ => {
                while filled > 0 {
                    documents.feed(&chunk[..filled]);
                    while let Some(fact) = documents.next()? {
                        yield fact;
                    }
                    filled = input.read(&mut chunk).await?;
                }
                documents.finish()?;
            }
        }
        documents.judge()?;
    }
}

/// Reads until the first byte that isn't blank is there. A byte order mark is passed over.
async fn first_bytes(input: &mut (impl AsyncRead + Unpin), chunk: &mut [u8]) -> io::Result<usize> {
    const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
    let mut filled = 0;
    loop {
        let read = input.read(&mut chunk[filled..]).await?;
        filled += read;
        if read == 0
            || chunk[..filled].iter().filter(|&&byte| !is_blank(byte)).count()
                >= BYTE_ORDER_MARK.len()
        {
            break;
        }
    }
    if chunk[..filled].starts_with(BYTE_ORDER_MARK) {
        chunk[..BYTE_ORDER_MARK.len()].fill(b' ');
    }
    Ok(filled)
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
