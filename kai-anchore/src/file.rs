//! Files named in settings: read whole, up to a size limit.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kai_net::secrets::path_without_password;

type ReadFn = dyn Fn() -> io::Result<Vec<u8>> + Send + Sync;

/// A file that the application reads in its own way: one that must not lie outside of a certain
/// directory, or a pipe, which can be read only once.
///
/// ```
/// # use kai_anchore::{FileReader, Password};
/// let read = || Ok(b"foobar\n".to_vec());
/// let password = Password::Reader(FileReader::new("/dev/fd/63", read));
/// ```
#[derive(Clone)]
pub struct FileReader {
    path: PathBuf,
    read: Arc<ReadFn>,
}

impl FileReader {
    /// A file with this path (used in error messages) whose content a function returns. The
    /// function may be called repeatedly, on any thread, and may block.
    pub fn new(
        path: impl Into<PathBuf>,
        read: impl Fn() -> io::Result<Vec<u8>> + Send + Sync + 'static,
    ) -> Self {
        Self { path: path.into(), read: Arc::new(read) }
    }

    /// Its path, as used in error messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        (self.read)()
    }
}

impl fmt::Debug for FileReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FileReader").field(&path_without_password(&self.path)).finish()
    }
}

/// Equal if path and function are the same.
impl PartialEq for FileReader {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && Arc::ptr_eq(&self.read, &other.read)
    }
}

impl Eq for FileReader {}

/// Reads a regular file, up to one byte more than the limit: a device has no EOF, and opening a
/// named pipe would block until it has a writer.
pub(crate) fn read(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
