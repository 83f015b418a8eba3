//! The file of the spool: written whole or not at all, and for nobody else to read.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use crate::files;

/// The report.
const NAME: &str = "undelivered";
/// What the names begin with under which it is written: each attempt has one of its own, so that
/// processes that write at the same time tear nothing.
const UNFINISHED: &str = "undelivered.unfinished";
/// Who holds a lock on it, uses the folder.
const LOCK: &str = "lock";
/// The largest report that is read back: ten times that of 50,000 pods.
const SIZE_MAX: u64 = 512 * 1024 * 1024;
/// What a mode lets those do who are neither the owner nor of the group.
#[cfg(unix)]
const OTHERS: u32 = 0o007;

/// Writes the file in the place of the last one. Makes the folder where it isn't there.
pub(super) fn write(
    folder: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    make(folder)?;
    let unfinished = folder.join(format!("{UNFINISHED}.{:016x}", fastrand::u64(..)));
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

/// Takes the folder for this process, until the lock that is returned is dropped, and removes what
/// others have left unfinished there. `None`: another process has it.
///
/// # Errors
/// When there is no folder to be had, or no lock.
pub(super) fn claim(folder: &Path) -> io::Result<Option<File>> {
    make(folder)?;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
    }
    let lock = options.open(folder.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            // Of a process that was killed while it wrote.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(Some(lock))
}

/// What the file holds; `None`: there is none. What is judged is what was opened.
pub(super) fn read(folder: &Path) -> io::Result<Option<Vec<u8>>> {
    let path = folder.join(NAME);
    let file = match files::open_beneath(folder, NAME) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    if !is_ours(&file.metadata()?) {
        let why = format!("others may have written `{}`", path.display());
        return Err(io::Error::new(ErrorKind::PermissionDenied, why));
    }
    let mut bytes = Vec::new();
    file.take(SIZE_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > SIZE_MAX {
        let limit = SIZE_MAX >> 20;
        return Err(io::Error::other(format!("`{}` is larger than {limit} MiB", path.display())));
    }
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
