//! The bytes of an input, under any executor.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read};
use std::task::Poll;
use std::thread;

use tokio::sync::mpsc::{self, Receiver};

/// How much is read at once.
pub(super) const CHUNK: usize = 64 * 1024;
/// How many chunks a thread reads ahead.
const AHEAD: usize = 2;

/// An input that is being read.
pub(crate) enum Input {
    /// It never blocks for long: a regular file.
    Ready(Box<dyn Read + Send>),
    /// A thread of its own reads it, for as long as that blocks.
    Thread {
        chunks: Receiver<io::Result<Vec<u8>>>,
        /// The chunk at hand, and how much of it was taken.
        chunk: Vec<u8>,
        taken: usize,
    },
}

impl Input {
    /// A file that was opened.
    pub(crate) fn of_file(file: File) -> io::Result<Self> {
        let is_regular = file.metadata()?.is_file();
        if is_regular { Ok(Self::Ready(Box::new(file))) } else { Self::in_thread(|| file) }
    }

    /// Standard input.
    pub(crate) fn stdin() -> io::Result<Self> {
        Self::in_thread(io::stdin)
    }

    /// An input that a thread opens and reads. The thread ends with the input, or with the next
    /// chunk after the stream was dropped. Where there are no threads, it is read in place.
    fn in_thread<R: Read + Send + 'static>(
        open: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<Self> {
        if cfg!(target_family = "wasm") {
            return Ok(Self::Ready(Box::new(open())));
        }
        let (sender, chunks) = mpsc::channel(AHEAD);
        let read = move || {
            let mut input = open();
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match input.read(&mut chunk) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read,
                };
                let is_last = !matches!(read, Ok(1..));
                let sent = sender.blocking_send(read.map(|length| {
                    chunk.truncate(length);
                    chunk
                }));
                if is_last || sent.is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().name("input".to_owned()).spawn(read)?;
        Ok(Self::Thread { chunks, chunk: Vec::new(), taken: 0 })
    }

    /// Reads what is there; 0 at the end.
    pub(super) async fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Ready(input) => {
                // A long input leaves room for others.
                yield_now().await;
                loop {
                    match input.read(into) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => return read,
                    }
                }
            }
            Self::Thread { chunks, chunk, taken } => {
                if *taken == chunk.len() {
                    let Some(next) = chunks.recv().await else { return Ok(0) };
                    (*chunk, *taken) = (next?, 0);
                }
                let length = into.len().min(chunk.len() - *taken);
                into[..length].copy_from_slice(&chunk[*taken..*taken + length]);
                *taken += length;
                Ok(length)
            }
        }
    }
}

/// Lets others run once.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
