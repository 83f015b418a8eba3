//! Pods from what `kubectl get namespaces,pods -A -o json` (or yaml) printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::StreamExt;
use kai_core::{PodSource, PodStream, Query, SourceError};

pub use error::{InputError, OpenError};

use error::ReadError;
use input::Input;

pub(crate) mod documents;
mod encoding;
mod error;
mod input;
mod looks;
mod read;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

/// The namespaces and pods of a file, or of standard input, in JSON or YAML.
///
/// JSON is read as a stream, in memory that doesn't grow with it; YAML is read whole, up to a
/// GiB. Both may be UTF-8, or UTF-16 with a byte order mark. A regular file is opened at each pass;
/// standard input, or a pipe, is read once: a second [`observe`](PodSource::observe) fails. The
/// [source](std::error::Error::source) of its errors is an [`InputError`].
///
/// It needs no runtime: any executor drives it. What may block, a pipe or standard input, is read by a
/// thread of its own. YAML is parsed aside where there is a tokio runtime.
///
/// ```no_run
/// # use kai_k8s::FilePodSource;
/// let source = FilePodSource::open("pods.json")?;
/// # Ok::<(), kai_k8s::OpenError>(())
/// ```
#[derive(Debug)]
pub struct FilePodSource {
    name: String,
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    /// A regular file, which is opened at each pass.
    File(PathBuf),
    /// What can be read only once: a pipe; `None`: it was read.
    Pipe(Mutex<Option<fs::File>>),
    /// Standard input; whether it was read.
    Stdin(AtomicBool),
}

impl FilePodSource {
    /// A file that is there now.
    ///
    /// # Errors
    /// When there is no such file, it may not be read, or it is a directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let failed = |source| OpenError::Open { path: path.to_owned(), source };
        let file = fs::File::open(path).map_err(failed)?;
        let found = file.metadata().map_err(failed)?;
        if found.is_dir() {
            return Err(OpenError::Directory { path: path.to_owned() });
        }
        let origin = if found.is_file() {
            Origin::File(path.to_owned())
        } else {
            Origin::Pipe(Mutex::new(Some(file)))
        };
        Ok(Self { name: format!("`{}`", path.display()), origin })
    }

    /// Reads standard input.
    #[must_use]
    pub fn stdin() -> Self {
        let origin = Origin::Stdin(AtomicBool::new(false));
        Self { name: "standard input".to_owned(), origin }
    }

    fn input(&self) -> Result<Input, ReadError> {
        match &self.origin {
            Origin::File(path) => Ok(Input::of_file(fs::File::open(path)?)?),
            Origin::Pipe(pipe) => {
                let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(Input::of_file(pipe.take().ok_or(ReadError::Spent)?)?)
            }
            Origin::Stdin(was_read) if was_read.swap(true, Ordering::Relaxed) => {
                Err(ReadError::Spent)
            }
            Origin::Stdin(_) => Ok(Input::stdin()?),
        }
    }
}

impl PodSource for FilePodSource {
    fn observe(&self, query: &Query) -> PodStream<'_> {
        let fields = Arc::new(query.needs().pods().clone());
        let facts = read::read(self.input(), read::Limits::default(), fields);
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
