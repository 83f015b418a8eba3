//! Finds the configuration file.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Error;
use std::path::{Path, PathBuf};

use super::encoding;
use super::environment::Environment;
use super::file::{ConfigFile, FileError};
use crate::files::{self, is_same};

/// Maximum size of a configuration file: a device has no end.
const SIZE_MAX: u64 = 1 << 20;

/// Files in the working directory; the first that exists is used.
const WORKING_DIRECTORY: [&str; 3] = ["./.kai.yaml", "./kai.yaml", "./.kai/config.yaml"];

impl ConfigFile {
    /// Reads the file given by the flag, or else the first that exists.
    pub(crate) fn find(
        typed: Option<&OsStr>,
        env: &Environment,
    ) -> Result<Option<Self>, FileError> {
        if let Some(typed) = typed {
            if typed.is_empty() {
                return Err(FileError::NoPath);
            }
            let path = Path::new(typed);
            return open(path).and_then(|mut file| read(&mut file, path, false)).map(Some);
        }
        let own: Vec<_> = elsewhere(env).collect();
        let here = WORKING_DIRECTORY.iter().map(|path| (PathBuf::from(path), true));
        for (path, here) in here.chain(own.iter().map(|path| (path.clone(), false))) {
            let result = open(&path).and_then(|mut file| {
                // In the home directory or `/etc/xdg`, the file is trusted, as one's own.
                let foreign = here && !own.iter().any(|own| is_same(&file, &path, own));
                read(&mut file, &path, foreign)
            });
            match result {
                Err(FileError::Unreadable { .. }) if is_missing(&path) => {}
                result => return result.map(Some),
            }
        }
        Ok(None)
    }
}

/// The user's and the system's files, by <https://specifications.freedesktop.org/basedir/>.
fn elsewhere(env: &Environment) -> impl Iterator<Item = PathBuf> {
    let home = env.get("HOME").map(PathBuf::from);
    // The specification ignores relative paths.
    let folders = |name| {
        let text: Option<OsString> = env.get(name);
        let folders: Vec<_> = text.iter().flat_map(std::env::split_paths).collect();
        folders.into_iter().filter(|path| path.is_absolute()).collect::<Vec<_>>()
    };
    let own = folders("XDG_CONFIG_HOME").into_iter().next();
    let own = own.or_else(|| home.as_ref().map(|home| home.join(".config")));
    let mut systems = folders("XDG_CONFIG_DIRS");
    if systems.is_empty() {
        systems.push(PathBuf::from("/etc/xdg"));
    }
    let in_folder = |folder: PathBuf| folder.join("kai").join("config.yaml");
    let of_home = home.map(|home| home.join(".kai.yaml"));
    of_home.into_iter().chain(own.into_iter().chain(systems).map(in_folder))
}

/// Whether no file is visible there, also because a directory isn't accessible: `HOME` may still be
/// another user's.
fn is_missing(path: &Path) -> bool {
    path.symlink_metadata().is_err()
}

fn open(path: &Path) -> Result<File, FileError> {
    files::open(path).map_err(|error| unreadable(path, error))
}

fn read(file: &mut File, path: &Path, in_working_directory: bool) -> Result<ConfigFile, FileError> {
    // In the working directory only regular files are read: a pipe might block.
    let fits = file.metadata().map(|found| found.is_file() || !in_working_directory);
    let bytes = match fits {
        Ok(true) => files::read(file, SIZE_MAX),
        Ok(false) => Err(Error::other("it is no regular file")),
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|error| unreadable(path, error))?;
    let name = path.to_string_lossy().into_owned();
    let text =
        encoding::text(bytes).map_err(|why| FileError::Malformed { path: name.clone(), why })?;
    ConfigFile::parse(name, in_working_directory, &text)
}

fn unreadable(path: &Path, source: Error) -> FileError {
    FileError::Unreadable { path: path.to_string_lossy().into_owned(), source }
}
