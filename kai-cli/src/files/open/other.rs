//! Opening files on platforms without named pipes in the file system.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use super::Purpose;

pub(in crate::files) fn anywhere(path: &Path, purpose: Purpose) -> io::Result<File> {
    purpose.options().open(path)
}

pub(in crate::files) fn beneath(folder: &Path, path: &Path, purpose: Purpose) -> io::Result<File> {
    purpose.options().open(folder.join(path))
}

pub(in crate::files) fn wait_for_others(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether an open file is the one at a path.
pub(crate) fn is_same(_: &File, opened: &Path, path: &Path) -> bool {
    match (opened.canonicalize(), path.canonicalize()) {
        (Ok(opened), Ok(other)) => opened == other,
        _ => false,
    }
}
