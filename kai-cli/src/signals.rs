//! SIGINT and SIGTERM, and their Windows equivalents; a daemon ignores SIGHUP.

#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(windows, path = "signals/windows.rs")]
mod listener;

use std::io;
use std::process::exit;
use std::thread;
use std::time::Duration;

use tokio::runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;
use tracing::info;

use crate::console;
use crate::exit::Exit;
use listener::Listener;

/// Time limit for shutdown: a process that is blocked, in a write to a pipe without a reader or in
/// reading a file, is then terminated.
const END_MAX: Duration = Duration::from_millis(4500);

/// Time limit for flushing the log then.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A signal that requests termination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, sent by Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl From<Signal> for Exit {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupted,
            Signal::Terminate => Self::Terminated,
        }
    }
}

/// The handlers before they are armed: a signal ends the process at once, since there is nothing to
/// clean up. (For PID 1 the kernel ignores signals without a handler.)
#[derive(Debug)]
pub(crate) struct Handlers {
    arm: oneshot::Sender<Armed>,
    done: std::sync::mpsc::Receiver<io::Result<()>>,
}

/// The mode of the handlers once there is work in progress.
#[derive(Debug)]
struct Armed {
    daemon: bool,
    first: oneshot::Sender<Signal>,
    hangups: mpsc::Sender<()>,
}

/// Receives the first signal; the second ends the process at once.
#[derive(Debug)]
pub(crate) struct Signals {
    first: oneshot::Receiver<Signal>,
    hangups: mpsc::Receiver<()>,
}

impl Handlers {
    /// Installs the handlers. Must be called before anything that may block.
    ///
    /// They run on a thread of their own, so that neither a long computation nor a blocked write
    /// can keep a signal from ending the process.
    pub(crate) fn install() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            Listener::install()?
        };
        let (arm, armed) = oneshot::channel();
        let (tell_done, done) = std::sync::mpsc::channel();
        let listen = listen(listener, armed, tell_done);
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(listen))?;
        Ok(Self { arm, done })
    }

    /// From here on, the first signal is passed to the receiver. If that hasn't ended the process
    /// within 5 s, for whatever reason, the handlers do.
    ///
    /// A daemon also ignores SIGHUP, and its termination counts as success.
    pub(crate) fn arm(self, daemon: bool) -> io::Result<Signals> {
        let (first, waits) = oneshot::channel();
        // Capacity one: two signals in quick succession need only one log line.
        let (hung_up, hangups) = mpsc::channel(1);
        // The listening thread only ends with the process.
        let _ = self.arm.send(Armed { daemon, first, hangups: hung_up });
        self.done.recv().map_err(io::Error::other)??;
        Ok(Signals { first: waits, hangups })
    }
}

async fn listen(
    mut listener: Listener,
    armed: oneshot::Receiver<Armed>,
    done: std::sync::mpsc::Sender<io::Result<()>>,
) {
    let armed = tokio::select! {
        biased;
        signal = listener.next() => end(signal.into()),
        armed = armed => armed,
    };
    // If it is never armed, the process is about to end anyway.
    let Ok(Armed { daemon, first, hangups }) = armed else { return end_on(&mut listener).await };
    let _ = done.send(if daemon { listener.ignore_hangups(hangups) } else { Ok(()) });
    let signal = listener.next().await;
    let _ = first.send(signal);
    let second = tokio::select! {
        second = listener.next() => second,
        () = sleep(END_MAX) => signal,
    };
    end(if daemon { Exit::Success } else { second.into() });
}

/// Ends the process on the next signal.
async fn end_on(listener: &mut Listener) {
    end(listener.next().await.into());
}

fn end(code: Exit) -> ! {
    console::clear();
    console::flush(LAST_WORDS);
    exit(code.code().into());
}

impl Signals {
    /// Waits for the first signal.
    pub(crate) async fn first(&mut self) -> Signal {
        told(&mut self.first).await
    }

    /// Waits for the first signal, of any kind. Meanwhile logs SIGHUP: not on the listening thread,
    /// which a blocked log would keep from handling other signals.
    pub(crate) async fn ended(self) {
        let Self { mut first, mut hangups } = self;
        loop {
            tokio::select! {
                biased;
                _ = told(&mut first) => return,
                Some(()) = hangups.recv() => {
                    info!("SIGHUP is ignored: credentials are read again by themselves, and a \
                           change of the configuration takes a restart");
                }
            }
        }
    }

    /// The first signal, if received.
    pub(crate) fn received(&mut self) -> Option<Signal> {
        self.first.try_recv().ok()
    }
}

async fn told(first: &mut oneshot::Receiver<Signal>) -> Signal {
    match first.await {
        Ok(signal) => signal,
        // The sending thread only ends with the process.
        Err(_) => std::future::pending().await,
    }
}
