//! Checks that a path stays inside a directory, symbolic links included.

use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Why a path is not one of the folder.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Astray {
    /// It, or a link on its way, leads elsewhere.
    #[error("leads out of the working directory")]
    Outside,
    /// It goes up, from wherever links have led to.
    #[error("has a `..`")]
    Up,
    /// It can't be followed: a link to nothing, or through a folder that is closed.
    #[error("cannot be followed to its end ({0})")]
    Unknown(io::Error),
}

/// What a path comes to below a folder, without any link on the way. The folder is canonical.
/// What isn't there yet is judged by what it would be made in.
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
                // Joining nothing would add a slash.
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

/// Whether nothing is there, or a file where a folder would have to be.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
