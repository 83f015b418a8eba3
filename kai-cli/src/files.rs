//! Files named in settings: opened without blocking, read up to a size limit, and, if named by an
//! untrusted file, confined to one directory.

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

/// A file or directory named in a setting.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FilePath {
    path: PathBuf,
    within: Option<Within>,
}

/// The directory that a path is confined to.
#[derive(Clone, PartialEq, Eq)]
struct Within {
    /// The directory that it must not leave, not even through a symlink.
    folder: PathBuf,
    /// Where the path led when it was checked.
    place: PathBuf,
}

impl FilePath {
    /// An unrestricted path.
    pub(crate) fn anywhere(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), within: None }
    }

    /// A path that must resolve to something within a directory, symlinks included.
    pub(crate) fn within(folder: &Path, path: PathBuf) -> Result<Self, Astray> {
        let folder = folder.canonicalize().map_err(Astray::Unknown)?;
        let place = folder.join(confine::resolve(&folder, &path)?);
        Ok(Self { path, within: Some(Within { folder, place }) })
    }

    /// The path as written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved path, without symlinks, if it is confined; else the path itself.
    pub(crate) fn into_place(self) -> PathBuf {
        self.within.map_or(self.path, |within| within.place)
    }

    /// Opens it for appending. A missing file is created, readable by its owner only.
    pub(crate) fn append(&self) -> io::Result<File> {
        let file = self.open(Purpose::Append)?;
        open::wait_for_others(&file)?;
        Ok(file)
    }

    /// Returns a function that can read it repeatedly: a pipe is read once, and its content cached.
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
        // Resolved again, since symlinks may have changed; opens exactly the checked path.
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

/// Opens a file in a directory for reading; symlinks are rejected.
pub(crate) fn open_beneath(folder: &Path, name: &str) -> io::Result<File> {
    open::beneath(folder, Path::new(name), Purpose::Read)
}

/// Opens an unrestricted file for reading, without waiting for a writer.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    open::anywhere(path, Purpose::Read)
}
