//! Files named in settings: opened without blocking, read up to a size limit and, if the setting
//! comes from an untrusted file, confined to one directory.

mod confine;
mod open;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use secrecy::{ExposeSecret, SecretBox};

pub(crate) use confine::Astray;
pub(crate) use kai_net::file::read_open as read;
use kai_net::secrets::path_without_password;
use open::Purpose;
pub(crate) use open::is_same;

/// A file, or a folder, that a setting names.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FilePath {
    path: PathBuf,
    within: Option<Within>,
}

/// Where a path has to stay.
#[derive(Clone, PartialEq, Eq)]
struct Within {
    /// The folder that it must not lead out of, without a link on its way.
    folder: PathBuf,
    /// Where it led to when it was judged.
    place: PathBuf,
}

impl FilePath {
    /// A path that leads wherever it leads.
    pub(crate) fn anywhere(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), within: None }
    }

    /// A path that leads to what is in a folder, by whatever links.
    pub(crate) fn within(folder: &Path, path: PathBuf) -> Result<Self, Astray> {
        let folder = folder.canonicalize().map_err(Astray::Unknown)?;
        let place = folder.join(confine::resolve(&folder, &path)?);
        Ok(Self { path, within: Some(Within { folder, place }) })
    }

    /// The path as it is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it leads: without links where a folder must not be left.
    pub(crate) fn into_place(self) -> PathBuf {
        self.within.map_or(self.path, |within| within.place)
    }

    /// Opens it to append to. Where there is nothing, a file is made that only its
    /// owner can read.
    pub(crate) fn append(&self) -> io::Result<File> {
        let file = self.open(Purpose::Append)?;
        open::wait_for_others(&file)?;
        Ok(file)
    }

    /// What reads it, again and again: a pipe only once, after which it gives the same again.
    pub(crate) fn reader(self, max: u64) -> impl Fn() -> io::Result<Vec<u8>> + Send + Sync {
        let kept: Mutex<Option<SecretBox<Vec<u8>>>> = Mutex::new(None);
        move || {
            let mut kept =
                kept.lock().map_err(|_| io::Error::other("it was not read to its end"))?;
            if let Some(bytes) = &*kept {
                return Ok(bytes.expose_secret().clone());
            }
            let mut file = self.open(Purpose::Read)?;
            let bytes = read(&mut file, max)?;
            if kai_net::file::is_pipe(&file.metadata()?) {
                *kept = Some(SecretBox::new(Box::new(bytes.clone())));
            }
            Ok(bytes)
        }
    }

    fn open(&self, purpose: Purpose) -> io::Result<File> {
        let Some(Within { folder, .. }) = &self.within else {
            return open::anywhere(&self.path, purpose);
        };
        // Judged again, since links may be others by now; what is opened is what was judged.
        let path = confine::resolve(folder, &self.path).map_err(io::Error::other)?;
        let file = open::beneath(folder, &path, purpose)?;
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(file)
    }
}

impl<P: Into<PathBuf>> From<P> for FilePath {
    fn from(path: P) -> Self {
        Self::anywhere(path)
    }
}

impl AsRef<Path> for FilePath {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        path_without_password(&self.path).fmt(f)
    }
}

/// Opens a file of a folder to read: one that is a link is an error.
pub(crate) fn open_beneath(folder: &Path, name: &str) -> io::Result<File> {
    open::beneath(folder, Path::new(name), Purpose::Read)
}

/// Opens a file to read, wherever it leads, without waiting for a writer.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open::anywhere(path, Purpose::Read)
}
