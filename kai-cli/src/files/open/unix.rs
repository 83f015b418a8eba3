//! Opening files on Unix, which may be pipes and devices.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{Mode, OFlags, fcntl_getfl, fcntl_setfl, open, openat};
use rustix::io::Errno;

use super::Purpose;

const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Opens an unrestricted path. A named pipe never blocks: without a writer it reads as empty,
/// without a reader it is an error.
pub(in crate::files) fn anywhere(path: &Path, purpose: Purpose) -> io::Result<File> {
    let mut options = purpose.options();
    options.mode(0o600);
    // The bits are the platform's, whatever their integer type.
    let now = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = options.custom_flags(now).open(path).map_err(|error| explained(error, purpose))?;
    if purpose == Purpose::Append && file.metadata()?.file_type().is_block_device() {
        return Err(io::Error::other("it is a disk"));
    }
    Ok(file)
}

/// Opens a path below a directory without following symlinks: one that was created since the path
/// was resolved is an error.
pub(in crate::files) fn beneath(folder: &Path, path: &Path, purpose: Purpose) -> io::Result<File> {
    const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
    let wanted = match purpose {
        Purpose::Read => OFlags::RDONLY,
        Purpose::Append => OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE,
    };
    let wanted = wanted | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut at = open(folder, FOLDER, Mode::empty())?;
    let mut names = path.iter().peekable();
    while let Some(name) = names.next() {
        if names.peek().is_none() {
            return Ok(openat(&at, name, wanted, PRIVATE)
                .map_err(|error| explained(error, purpose))?
                .into());
        }
        at = openat(&at, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
    }
    Err(Errno::ISDIR.into())
}

/// Clear messages for a named pipe without a reader, and for a socket.
fn explained(error: impl Into<io::Error>, purpose: Purpose) -> io::Error {
    let error = error.into();
    if error.raw_os_error() != Some(Errno::NXIO.raw_os_error()) {
        return error;
    }
    io::Error::other(match purpose {
        Purpose::Read => "it is a socket, or a device that is not there",
        Purpose::Append => "it is a pipe that no program reads, or a socket",
    })
}

/// From here on, writes to a full pipe block.
pub(in crate::files) fn wait_for_others(file: &File) -> io::Result<()> {
    let flags = fcntl_getfl(file)?;
    Ok(fcntl_setfl(file, flags - OFlags::NONBLOCK)?)
}

/// Whether an open file is the one at a path.
pub(crate) fn is_same(file: &File, _opened: &Path, path: &Path) -> bool {
    let place = |found: &Metadata| (found.dev(), found.ino());
    match (file.metadata(), path.metadata()) {
        (Ok(opened), Ok(other)) => place(&opened) == place(&other),
        _ => false,
    }
}
