//! stderr, shared by the log and, on a terminal, by a progress line below it.

#[cfg(test)]
mod tests;
mod writer;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Duration;

use writer::Writer;

/// Returns to the start of the line and erases it.
const ERASE: &str = "\r\x1b[K";

/// What is on the screen; locked by whatever writes to stderr.
static SCREEN: Mutex<Screen> = Mutex::new(Screen { line: String::new() });

/// Writes to stderr for a daemon.
static WRITER: OnceLock<Writer> = OnceLock::new();

/// stderr with a progress line at its end, or none.
#[derive(Debug)]
struct Screen {
    line: String,
}

impl Screen {
    /// The bytes that replace the progress line with this one; empty: no line.
    fn show(&mut self, line: &str) -> String {
        if line == self.line {
            return String::new();
        }
        line.clone_into(&mut self.line);
        format!("{ERASE}{line}")
    }

    /// The bytes that print whole lines above the progress line.
    fn above(&self, text: &[u8]) -> Vec<u8> {
        if self.line.is_empty() {
            return text.to_vec();
        }
        [ERASE.as_bytes(), text, self.line.as_bytes()].concat()
    }
}

/// Shows a progress line below everything else, replacing the last one.
pub(crate) fn show(line: &str) {
    let mut screen = screen();
    let bytes = screen.show(line);
    put(bytes.as_bytes());
}

/// From here on, a thread writes to stderr: a daemon must not block if its log isn't read.
///
/// # Errors
/// When the thread can't be started.
pub(crate) fn detach() -> io::Result<()> {
    let writer = Writer::start(io::stderr)?;
    // One writer is enough.
    let _ = WRITER.set(writer);
    Ok(())
}

/// Waits until everything written so far is out, up to this timeout.
pub(crate) fn flush(most: Duration) {
    if let Some(writer) = WRITER.get() {
        writer.flush(most);
    }
}

/// Removes the progress line. It never blocks, since it is called while exiting.
pub(crate) fn clear() {
    let mut screen = match SCREEN.try_lock() {
        Ok(screen) => screen,
        Err(TryLockError::Poisoned(screen)) => screen.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    let bytes = screen.show("");
    put(bytes.as_bytes());
}

/// Writes whole lines in one call.
pub(crate) fn write(lines: &[u8]) {
    let screen = screen();
    put(&screen.above(lines));
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without a stderr, errors can't be reported anywhere.
fn put(bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    match WRITER.get() {
        Some(writer) => writer.put(bytes),
        None => {
            let _ = io::stderr().lock().write_all(bytes);
        }
    }
}

/// A writer of whole lines.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stderr;

impl Write for Stderr {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        write(lines);
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether stderr is a terminal that supports escape sequences.
pub(crate) fn is_terminal() -> bool {
    let knows = env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb");
    knows && io::stderr().is_terminal()
}

/// Whether stderr is colored, where `--color` says so.
static COLORED: OnceLock<bool> = OnceLock::new();

/// Sets whether stderr is colored; `None`: where it is a terminal.
pub(crate) fn set_color(colored: Option<bool>) {
    if let Some(colored) = colored {
        // The command line is read once.
        let _ = COLORED.set(colored);
    }
}

/// Whether stderr is colored: as `--color` says, else on a terminal, see <https://no-color.org>.
pub(crate) fn is_colored() -> bool {
    let plain = || env::var_os("NO_COLOR").is_none_or(|text| text.is_empty());
    COLORED.get().copied().unwrap_or_else(|| is_terminal() && plain())
}
