//! Checks whether a path stays within a directory, symlinks included.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Why a path isn't within the directory.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Astray {
    /// It, or a symlink along it, leads outside.
    #[error("leads out of the working directory")]
    Outside,
    /// It contains `..`, which after a symlink may lead anywhere.
    #[error("has a `..`")]
    Up,
    /// It can't be resolved: a dangling symlink, or a directory that isn't accessible.
    #[error("cannot be followed to its end ({0})")]
    Unknown(io::Error),
}

/// Resolves a path to one relative to a directory, which is canonical, without any symlinks. If it
/// doesn't exist yet, its nearest existing ancestor is checked.
pub(super) fn resolve(folder: &Path, path: &Path) -> Result<PathBuf, Astray> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(Astray::Up);
    }
    let path = folder.join(path);
    for there in path.ancestors() {
        match there.symlink_metadata() {
            Ok(_) => {
                let real = there.canonicalize().map_err(Astray::Unknown)?;
                let rest = path.strip_prefix(there).unwrap_or(Path::new(""));
                // Joining an empty path would add a slash.
                let real = if rest.as_os_str().is_empty() { real } else { real.join(rest) };
                let below = real.strip_prefix(folder).map_err(|_| Astray::Outside)?;
                return Ok(below.to_owned());
            }
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(Astray::Unknown(error)),
        }
    }
    Err(Astray::Outside)
}

/// Whether the path doesn't exist, or one of its parents is a file.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
