//! Files that settings name: opened without blocking, read up to a limit, and, where a
//! stranger may have named them, within one folder only.

mod confine;
mod open;
#[cfg(test)]
mod tests;

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::sleep;
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretBox};

pub(crate) use confine::Astray;
pub(crate) use open::is_same;
use open::{Purpose, is_pipe};

use crate::secret::without_password;

/// How long a pipe may take to be read to its end: `-c <(vault read …)` is customary, and so is
/// nothing that takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a named pipe is given until somebody writes to it.
const NO_WRITER: Duration = Duration::from_secs(2);
/// How often a pipe is looked at.
const PAUSE: Duration = Duration::from_millis(5);

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
            if is_pipe(&file.metadata()?) {
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
        // What has no slash may be no path at all, but the password in its place.
        match self.path.to_str() {
            Some(name) if !name.contains(['/', '\\']) => without_password(name).fmt(f),
            _ => self.path.fmt(f),
        }
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

/// Reads an open file whole; what is larger than a limit is an error, as is a pipe that has no end.
pub(crate) fn read(file: &mut File, max: u64) -> io::Result<Vec<u8>> {
    let found = file.metadata()?;
    let mut bytes = Vec::new();
    if found.is_file() {
        file.take(max + 1).read_to_end(&mut bytes)?;
    } else {
        read_slowly(file, is_pipe(&found), max, &mut bytes)?;
    }
    if bytes.len() as u64 > max {
        let limit = if max >= 1 << 20 { (max >> 20, "MiB") } else { (max >> 10, "KiB") };
        return Err(io::Error::other(format!("it is larger than {} {}", limit.0, limit.1)));
    }
    Ok(bytes)
}

/// Reads what may have nothing to say yet.
fn read_slowly(file: &mut File, pipe: bool, max: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let start = Instant::now();
    let mut piece = [0; 8192];
    while bytes.len() as u64 <= max {
        match file.read(&mut piece) {
            // Of a pipe, that no program has opened it to write, or not any more.
            Ok(0) if pipe && bytes.is_empty() => {
                if start.elapsed() > NO_WRITER {
                    let why = "it is a pipe that no program writes to";
                    return Err(io::Error::new(ErrorKind::TimedOut, why));
                }
                sleep(PAUSE);
            }
            Ok(0) => return Ok(()),
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if start.elapsed() > PATIENCE {
                    let seconds = PATIENCE.as_secs();
                    let why = format!("it did not come to its end within {seconds} s");
                    return Err(io::Error::new(ErrorKind::TimedOut, why));
                }
                sleep(PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
