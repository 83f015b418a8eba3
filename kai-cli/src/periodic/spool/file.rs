//! The spool file: written atomically, and readable by its owner only.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::iter;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kai_core::{Body, ReportError, Retry};

use crate::files;

/// The file name of the report.
const NAME: &str = "undelivered";
/// Prefix of temporary files: each attempt to write has its own, so that concurrent processes don't
/// corrupt each other's.
const UNFINISHED: &str = "undelivered.unfinished";
/// The lock file; the process that holds its lock uses the directory.
const LOCK: &str = "lock";
/// Maximum size for reading: ten times that of a report on 50,000 pods.
const SIZE_MAX: u64 = 512 * 1024 * 1024;
/// Chunk size for reading.
const PIECE: u64 = 64 * 1024;
/// Maximum size of the metadata line, which has each namespace.
const LINE_MAX: u64 = 64 * 1024 * 1024;
/// Permission bits of users that are neither the owner nor in the group.
#[cfg(unix)]
const OTHERS: u32 = 0o007;

/// Atomically replaces the file, and returns it open for reading. Creates the directory if it is
/// missing.
pub(super) fn write(
    folder: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<File> {
    make(folder)?;
    let unfinished = folder.join(format!("{UNFINISHED}.{:016x}", fastrand::u64(..)));
    let written = write_new(&unfinished, content).and_then(|file| {
        fs::rename(&unfinished, folder.join(NAME))?;
        Ok(file)
    });
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    let file = written?;
    // So that the rename survives a crash of the machine; not every platform supports it.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(file)
}

fn write_new(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<File> {
    let mut file = BufWriter::new(create(path)?);
    content(&mut file)?;
    let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file)
}

/// Creates a new file, never one that another user has put there to redirect the write.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates a directory for the owner only. An existing one is left unchanged.
fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Locks the directory for this process, until the returned file is dropped, and removes temporary
/// files left behind by others. `None` if another process has the lock.
///
/// # Errors
/// When the directory or the lock can't be created.
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
            // Left by a process that was killed while writing.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(Some(lock))
}

/// Opens the file; `None` if there is none. The checks apply to the opened file, not to the path.
pub(super) fn open(folder: &Path) -> io::Result<Option<File>> {
    let path = folder.join(NAME);
    let file = match files::open_beneath(folder, NAME) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let found = file.metadata()?;
    if !is_ours(&found) {
        let why = format!("others may have written `{}`", path.display());
        return Err(io::Error::new(ErrorKind::PermissionDenied, why));
    }
    if found.len() > SIZE_MAX {
        let limit = SIZE_MAX >> 20;
        return Err(io::Error::other(format!("`{}` is larger than {limit} MiB", path.display())));
    }
    Ok(Some(file))
}

/// The last line of a file, and its offset; `None` if the file has no second line, or if the last
/// one is longer than any that is written.
pub(super) fn last_line(file: &mut File) -> io::Result<Option<(Vec<u8>, u64)>> {
    let length = file.metadata()?.len();
    let mut size = PIECE;
    loop {
        let start = length.saturating_sub(size);
        let mut tail = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        file.take(size).read_to_end(&mut tail)?;
        if let Some(end) = tail.iter().rposition(|byte| *byte == b'\n') {
            let line = tail.split_off(end + 1);
            return Ok(Some((line, start + end as u64 + 1)));
        }
        if start == 0 || size > LINE_MAX {
            return Ok(None);
        }
        size *= 4;
    }
}

/// A range of the file as a body, which is read while it is sent. The open file is unaffected when
/// another one replaces it.
pub(super) fn body(file: &Arc<Mutex<File>>, range: Range<u64>) -> Body {
    let (file, length, mut at) = (Arc::clone(file), range.end - range.start, range.start);
    let pieces = iter::from_fn(move || {
        let size = PIECE.min(range.end - at);
        if size == 0 {
            return None;
        }
        let mut piece = Vec::new();
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = file
            .seek(SeekFrom::Start(at))
            .and_then(|_| (&mut *file).take(size).read_to_end(&mut piece));
        let read = read.and_then(|read| match read {
            0 => Err(io::Error::from(ErrorKind::UnexpectedEof)),
            _ => Ok(piece),
        });
        at = read.as_ref().map_or(range.end, |piece| at + piece.len() as u64);
        Some(read.map_err(|error| {
            ReportError::new("the spool cannot be read", Retry::Backoff).with_source(error)
        }))
    });
    Body::new(length, Box::new(pieces))
}

/// Whether this user has written the file and others couldn't: what is sent on our behalf must be
/// ours. The group may have write permission: the kubelet sets it on volumes with an `fsGroup`.
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

/// Removes the file, if it exists.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_file(folder.join(NAME)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
