//! SIGINT and SIGTERM, and their equivalents on Windows; SIGHUP is ignored in periodic mode.

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

/// How long ending may take: a process that is stuck, in a write to a pipe that nobody reads or in
/// the reading of a file that does not come, is ended then.
const END_MAX: Duration = Duration::from_millis(4500);

/// How long a reader of the log may take for its last lines then.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A signal that asks the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, as Ctrl-C sends it.
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

/// The handlers, before it is known what they are for: a signal ends the process at once, since
/// nothing is under way. (As process 1 the kernel ignores a signal without a handler.)
#[derive(Debug)]
pub(crate) struct Handlers {
    arm: oneshot::Sender<Armed>,
    done: std::sync::mpsc::Receiver<io::Result<()>>,
}

/// What a signal means once something is under way.
#[derive(Debug)]
struct Armed {
    daemon: bool,
    first: oneshot::Sender<Signal>,
    hangups: mpsc::Sender<()>,
}

/// The first signal; the second ends the process at once.
#[derive(Debug)]
pub(crate) struct Signals {
    first: oneshot::Receiver<Signal>,
    hangups: mpsc::Receiver<()>,
}

impl Handlers {
    /// Installs the handlers, which is to be done before anything that may block.
    ///
    /// They live in a thread of their own, where neither a long computation nor a write to a
    /// pipe that nobody reads can keep a signal from ending the process.
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

    /// From here on the first signal is for whoever waits for it. Where that has not ended the
    /// process within 5 s, whatever holds it up, the handlers do.
    ///
    /// A daemon also ignores SIGHUP, and to end it is no failure.
    pub(crate) fn arm(self, daemon: bool) -> io::Result<Signals> {
        let (first, waits) = oneshot::channel();
        // Room for one: to say it once for two that come together is enough.
        let (hung_up, hangups) = mpsc::channel(1);
        // The thread that listens ends with the process only.
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
    // Where nothing is armed, the process is about to end anyway.
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

/// Ends the process at the next signal.
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

    /// Waits for the first signal, whichever it is. Meanwhile SIGHUP gets its line in the log: not
    /// from the thread that listens, which a log that takes no line would keep from all others.
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

    /// The first signal, if it has come.
    pub(crate) fn received(&mut self) -> Option<Signal> {
        self.first.try_recv().ok()
    }
}

async fn told(first: &mut oneshot::Receiver<Signal>) -> Signal {
    match first.await {
        Ok(signal) => signal,
        // The sending thread ends only with the process.
        Err(_) => std::future::pending().await,
    }
}
