//! stderr, shared by the log and, on a terminal, by one line of progress below it.

#[cfg(test)]
mod tests;
mod writer;

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::time::Duration;

use writer::Writer;

/// Begins the line anew and erases what stood there.
const ERASE: &str = "\r\x1b[K";

/// What is on the screen; whoever writes to stderr holds it.
static SCREEN: Mutex<Screen> = Mutex::new(Screen { line: String::new() });

/// What writes to stderr for a daemon.
static WRITER: OnceLock<Writer> = OnceLock::new();

/// stderr with a line of progress at its end, or none.
#[derive(Debug)]
struct Screen {
    line: String,
}

impl Screen {
    /// What is to be written to show this line in place of the last; empty: no line.
    fn show(&mut self, line: &str) -> String {
        if line == self.line {
            return String::new();
        }
        line.clone_into(&mut self.line);
        format!("{ERASE}{line}")
    }

    /// What is to be written for a text of whole lines to stand above the line of progress.
    fn above(&self, text: &[u8]) -> Vec<u8> {
        if self.line.is_empty() {
            return text.to_vec();
        }
        [ERASE.as_bytes(), text, self.line.as_bytes()].concat()
    }
}

/// Shows a line of progress below everything else, in place of the last.
pub(crate) fn show(line: &str) {
    let mut screen = screen();
    let bytes = screen.show(line);
    put(bytes.as_bytes());
}

/// Writes in a thread of its own from here on, so that a daemon is not blocked by an unread log.
///
/// # Errors
/// When there is no thread to be had.
pub(crate) fn detach() -> io::Result<()> {
    let writer = Writer::start(io::stderr)?;
    // One is enough.
    let _ = WRITER.set(writer);
    Ok(())
}

/// Waits until what was written has gone out, and no longer than this.
pub(crate) fn flush(most: Duration) {
    if let Some(writer) = WRITER.get() {
        writer.flush(most);
    }
}

/// Takes the line of progress away. It never waits: it is called on the way out.
pub(crate) fn clear() {
    let mut screen = match SCREEN.try_lock() {
        Ok(screen) => screen,
        Err(TryLockError::Poisoned(screen)) => screen.into_inner(),
        Err(TryLockError::WouldBlock) => return,
    };
    let bytes = screen.show("");
    put(bytes.as_bytes());
}

/// Writes whole lines, at once.
pub(crate) fn write(lines: &[u8]) {
    let screen = screen();
    put(&screen.above(lines));
}

fn screen() -> MutexGuard<'static, Screen> {
    SCREEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without a stderr, output is dropped.
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

/// Whether stderr is a terminal that understands more than letters.
pub(crate) fn is_terminal() -> bool {
    let knows = env::var_os("TERM").is_some_and(|name| !name.is_empty() && name != "dumb");
    knows && io::stderr().is_terminal()
}

/// Whether colours are wanted there, see <https://no-color.org>.
pub(crate) fn is_colored() -> bool {
    is_terminal() && env::var_os("NO_COLOR").is_none_or(|text| text.is_empty())
}
