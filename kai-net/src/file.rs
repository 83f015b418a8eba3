//! Reads files named in settings, whole and up to a size limit. A pipe or a device that was
//! configured by mistake, or on purpose, neither blocks forever nor exhausts memory.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Timeout for reading a pipe to EOF: process substitution such as `<(vault read …)` is common in a
/// shell, and rarely takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Timeout for a named pipe to get a writer.
const NO_WRITER: Duration = Duration::from_secs(2);
/// Polling interval for pipes.
const PAUSE: Duration = Duration::from_millis(5);

/// Reads the file at a path whole.
///
/// # Errors
/// When it can't be opened or read; when it is larger than `max`; when it is a pipe that has no
/// writer within two seconds, or no EOF within thirty.
pub fn read(path: impl AsRef<Path>, max: u64) -> io::Result<Vec<u8>> {
    read_open(&mut open(path.as_ref())?, max)
}

/// Reads the file at a path whole, as text.
///
/// # Errors
/// As [`read`], and when it is no UTF-8.
pub fn read_text(path: impl AsRef<Path>, max: u64) -> io::Result<String> {
    let no_text = |_| io::Error::new(ErrorKind::InvalidData, "it is no text in UTF-8");
    String::from_utf8(read(path, max)?).map_err(no_text)
}

/// Opens a file to read, without waiting for a writer.
///
/// # Errors
/// When it can't be opened.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    unblocked(&mut options);
    options.open(path).map_err(explained)
}

/// Reads an open file whole; a file opened elsewhere must be non-blocking, too.
///
/// # Errors
/// As [`read`].
pub fn read_open(file: &mut File, max: u64) -> io::Result<Vec<u8>> {
    let found = file.metadata()?;
    let mut bytes = Vec::new();
    if found.is_file() {
        file.take(max.saturating_add(1)).read_to_end(&mut bytes)?;
    } else {
        read_slowly(file, is_pipe(&found), max, &mut bytes)?;
    }
    if bytes.len() as u64 > max {
        let limit = if max >= 1 << 20 { (max >> 20, "MiB") } else { (max >> 10, "KiB") };
        return Err(io::Error::other(format!("it is larger than {} {}", limit.0, limit.1)));
    }
    Ok(bytes)
}

/// Reads a non-blocking file that may have no data yet.
fn read_slowly(file: &mut File, pipe: bool, max: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let start = Instant::now();
    let mut piece = [0; 8192];
    while bytes.len() as u64 <= max {
        match file.read(&mut piece) {
            // For a pipe: it has no writer yet, or no longer has one.
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

/// Whether an open file is a pipe, with a name or without.
#[cfg(unix)]
#[must_use]
pub fn is_pipe(found: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

/// Whether an open file is a pipe: named pipes don't exist on this platform.
#[cfg(not(unix))]
#[must_use]
pub fn is_pipe(_: &Metadata) -> bool {
    false
}

#[cfg(unix)]
fn unblocked(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    // The bits are the platform's, whatever their integer type.
    let bits = rustix::fs::OFlags::NONBLOCK.bits();
    options.custom_flags(i32::try_from(bits).unwrap_or_default());
}

#[cfg(not(unix))]
fn unblocked(_: &mut OpenOptions) {}

/// Replaces the system's error for a socket with a clear message.
fn explained(error: io::Error) -> io::Error {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) {
        return io::Error::other("it is a socket, or a device that is not there");
    }
    error
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [b'x'; 2048]).unwrap();
        assert_eq!(read(&path, 2048).unwrap().len(), 2048);
        assert_eq!(read(&path, 2047).unwrap_err().to_string(), "it is larger than 1 KiB");
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_text(&path, 9).unwrap_err().to_string(), "it is no text in UTF-8");
    }

    #[test]
    fn what_has_no_end_or_is_no_file_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        let error = |path: &Path| read(path, 1 << 20).unwrap_err().to_string();
        assert_eq!(error(Path::new("/dev/zero")), "it is larger than 1 MiB");
        assert!(error(folder.path()).contains("directory"));
        assert!(error(&socket).contains("it is a socket"), "{}", error(&socket));
        assert_eq!(read("/dev/null", 9).unwrap(), b"");
    }

    #[test]
    fn a_pipe_is_read_to_its_end_and_one_without_a_writer_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let error = read(&path, 9).unwrap_err();
        assert_eq!(error.to_string(), "it is a pipe that no program writes to");
        let writer = {
            let path = path.clone();
            std::thread::spawn(move || fs::write(path, "from a pipe").unwrap())
        };
        assert_eq!(read(&path, 99).unwrap(), b"from a pipe");
        writer.join().unwrap();
    }
}
