//! Where configuration files are, and which of them is read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Error, Read};
use std::path::{Component, Path, PathBuf};

use super::encoding;
use super::environment::Environment;
use super::file::{ConfigFile, FileError};

/// The most that a configuration file may hold: a device has no end.
const SIZE_MAX: u64 = 1 << 20;

/// The files of the working directory, the first that exists winning.
const WORKING_DIRECTORY: [&str; 3] = ["./.kai.yaml", "./kai.yaml", "./.kai/config.yaml"];

impl ConfigFile {
    /// Reads the file that was typed, or else the first that exists.
    pub(crate) fn find(
        typed: Option<&OsStr>,
        env: &Environment,
    ) -> Result<Option<Self>, FileError> {
        if let Some(typed) = typed {
            if typed.is_empty() {
                return Err(FileError::NoPath);
            }
            return read(Path::new(typed), false).map(Some);
        }
        // Who is at home, or in /etc/xdg, finds the own file and no stranger's.
        let own: Vec<_> = elsewhere(env).filter_map(|path| path.canonicalize().ok()).collect();
        let foreign = |path: &Path| !path.canonicalize().is_ok_and(|path| own.contains(&path));
        let here =
            WORKING_DIRECTORY.iter().map(|path| (PathBuf::from(path), foreign(Path::new(path))));
        for (path, in_working_directory) in here.chain(elsewhere(env).map(|path| (path, false))) {
            match read(&path, in_working_directory) {
                Err(FileError::Unreadable { .. }) if is_missing(&path) => {}
                result => return result.map(Some),
            }
        }
        Ok(None)
    }
}

/// The files of the user and of the system, by <https://specifications.freedesktop.org/basedir/>.
fn elsewhere(env: &Environment) -> impl Iterator<Item = PathBuf> {
    let home = env.get("HOME").map(PathBuf::from);
    // A relative path is invalid there.
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

/// Whether a path of a file in the working directory stays in that directory, and leads nowhere
/// else by a link.
pub(super) fn stays_here(path: &Path) -> bool {
    let plain = |part| matches!(part, Component::CurDir | Component::Normal(_));
    let linked = path.ancestors().any(Path::is_symlink);
    // A leading `~` would be the home folder.
    path.components().all(plain) && !path.starts_with("~") && !linked
}

/// Whether nothing is seen there: also in a folder that may not be looked into, as another user's
/// home is where `HOME` is left as it was.
fn is_missing(path: &Path) -> bool {
    path.symlink_metadata().is_err()
}

fn read(path: &Path, in_working_directory: bool) -> Result<ConfigFile, FileError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(SIZE_MAX + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(path, error))?;
    if bytes.len() as u64 > SIZE_MAX {
        return Err(unreadable(path, Error::other("it is larger than 1 MiB")));
    }
    let name = path.to_string_lossy().into_owned();
    let text =
        encoding::text(bytes).map_err(|why| FileError::Malformed { path: name.clone(), why })?;
    ConfigFile::parse(name, in_working_directory, &text)
}

fn unreadable(path: &Path, source: Error) -> FileError {
    FileError::Unreadable { path: path.to_string_lossy().into_owned(), source }
}
