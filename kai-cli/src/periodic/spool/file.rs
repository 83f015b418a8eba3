//! The file of the spool: written whole or not at all, and for nobody else to read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

/// The report.
const NAME: &str = "undelivered";
/// The same while it is written.
const UNFINISHED: &str = "undelivered.unfinished";
/// What a mode lets those do who are neither the owner nor of the group.
#[cfg(unix)]
const OTHERS: u32 = 0o007;

/// Writes the file in the place of the last one. Makes the folder where it isn't there.
pub(super) fn write(
    folder: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    make(folder)?;
    let unfinished = folder.join(UNFINISHED);
    let written = write_new(&unfinished, content);
    let written = written.and_then(|()| fs::rename(&unfinished, folder.join(NAME)));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written?;
    // So that the name outlives the machine, too; not every system can.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

fn write_new(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufWriter::new(create(path)?);
    content(&mut file)?;
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// A new file, which nobody can have put there to have it written elsewhere.
fn create(path: &Path) -> io::Result<File> {
    // Of a process that was killed while it wrote.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a folder that is nobody else's. One that is there stays as it is.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// What the file holds; `None`: there is none.
pub(super) fn read(folder: &Path) -> io::Result<Option<Vec<u8>>> {
    let path = folder.join(NAME);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
        Ok(found) if !is_ours(&found) => {
            let why = format!("others may have written `{}`", path.display());
            return Err(io::Error::new(ErrorKind::PermissionDenied, why));
        }
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether a file is one that we wrote and nobody else could: what is sent in our name has to be
/// ours. Its group may write it, since the kubelet sees to that on volumes with an `fsGroup`.
fn is_ours(found: &fs::Metadata) -> bool {
    #[cfg(unix)]
    let private = {
        use std::os::unix::fs::MetadataExt as _;
        found.mode() & OTHERS == 0 && found.uid() == rustix::process::geteuid().as_raw()
    };
    #[cfg(not(unix))]
    let private = true;
    found.is_file() && private
}

/// Removes the file, if there is one.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(NAME)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
