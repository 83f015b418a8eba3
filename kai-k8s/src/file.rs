//! Pods from what `kubectl get namespaces,pods -A -o json` (or yaml) printed.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use futures_util::stream::StreamExt;
use kai_core::{PodSource, PodStream, Query, SourceError};

pub use error::{InputError, OpenError};

pub(crate) mod documents;
mod encoding;
mod error;
mod looks;
mod read;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

/// The namespaces and pods of a file, or of standard input, in JSON or YAML.
///
/// JSON is read as a stream, in memory that doesn't grow with it; YAML is read whole, up to a
/// GiB. Both may be UTF-8, or UTF-16 with a byte order mark. The input is read once: a second
/// [`observe`](PodSource::observe) fails. The [source](std::error::Error::source) of its errors is
/// an [`InputError`].
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

    fn take(&self) -> Option<read::Bytes> {
        let mut input = self.input.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        input.take().map(|input| match input {
            Input::File(file) => Box::new(tokio::fs::File::from_std(file)) as read::Bytes,
            Input::Stdin => Box::new(tokio::io::stdin()),
        })
    }
}

impl PodSource for FilePodSource {
    fn observe(&self, _query: &Query) -> PodStream<'_> {
        let facts = read::read(self.take(), read::Limits::default());
        facts
            .map(|fact| {
                fact.map_err(|error| {
                    let error = InputError::from(error);
                    SourceError::new(error.kind(), format!("cannot read pods from {}", self.name))
                        .with_source(error)
                })
            })
            .boxed()
    }
}
