//! Non-blocking output: a writer thread with a bounded queue.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

/// Capacity of the queue in lines, of about a hundred bytes each.
const ROOM: usize = 1024;
/// Stack size: the thread only writes.
const STACK: usize = 64 * 1024;

/// Queues lines for a thread. Lines that don't fit are dropped and counted, and the count is
/// written once there is room again.
#[derive(Debug)]
pub(super) struct Writer {
    lines: SyncSender<Job>,
    lost: Arc<AtomicUsize>,
}

enum Job {
    Write(Vec<u8>),
    /// Signals that everything queued before it was written.
    Flush(Sender<()>),
}

impl Writer {
    /// Starts the thread, which writes to the output that `open` returns.
    pub(super) fn start<W: Write>(open: impl FnOnce() -> W + Send + 'static) -> io::Result<Self> {
        let (lines, jobs) = sync_channel(ROOM);
        let lost = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lost);
        let thread = thread::Builder::new().name("stderr".into()).stack_size(STACK);
        thread.spawn(move || write(&jobs, &counted, open()))?;
        Ok(Self { lines, lost })
    }

    /// Queues lines, in order.
    pub(super) fn put(&self, lines: &[u8]) {
        if self.lines.try_send(Job::Write(lines.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything queued was written, up to this timeout.
    pub(super) fn flush(&self, most: Duration) {
        let (done, written) = channel();
        if self.lines.try_send(Job::Flush(done)).is_ok() {
            let _ = written.recv_timeout(most);
        }
    }
}

fn write(jobs: &Receiver<Job>, lost: &AtomicUsize, mut out: impl Write) {
    for job in jobs {
        match job {
            // Without a stderr, errors can't be reported anywhere.
            Job::Write(lines) => drop(out.write_all(&lines)),
            Job::Flush(done) => drop(done.send(())),
        }
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            let _ = writeln!(out, "warning: {count} lines of the log are lost: nobody read it");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};

    use super::*;

    /// Blocks all writes while it is closed.
    #[derive(Clone, Default)]
    struct Pipe(Arc<(Mutex<Held>, Condvar)>);
    /// Whether it is open, and what was written.
    type Held = (bool, Vec<u8>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut state = self.0.0.lock().unwrap();
            while !state.0 {
                state = self.0.1.wait(state).unwrap();
            }
            state.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_takes_nothing_holds_nobody_up_and_is_told_how_much_is_lost() {
        let pipe = Pipe::default();
        let end = pipe.clone();
        let writer = Writer::start(move || end).unwrap();
        for line in 0..ROOM + 100 {
            writer.put(format!("{line}\n").as_bytes());
        }
        writer.flush(Duration::ZERO);
        pipe.0.0.lock().unwrap().0 = true;
        pipe.0.1.notify_all();
        while {
            writer.flush(Duration::from_secs(10));
            pipe.0.0.lock().unwrap().1.is_empty()
        } {}
        writer.flush(Duration::from_secs(10));
        let text = String::from_utf8(pipe.0.0.lock().unwrap().1.clone()).unwrap();
        let (told, lines): (Vec<_>, Vec<_>) =
            text.lines().partition(|line| line.starts_with("warning: "));
        assert!(lines.len() >= ROOM, "{}", lines.len());
        assert_eq!(lines[..ROOM].to_vec(), (0..ROOM).map(|it| it.to_string()).collect::<Vec<_>>());
        let lost = ROOM + 100 - lines.len();
        let expected = format!("warning: {lost} lines of the log are lost: nobody read it");
        assert_eq!(told, [expected]);
    }
}
