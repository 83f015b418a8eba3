//! SIGINT and SIGTERM, and what Windows has instead; SIGHUP where nobody is to be ended by it.

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

/// How long a daemon may take to end: one that is stuck, in a write to a log that nobody reads, is
/// ended then.
const END_MAX: Duration = Duration::from_secs(5);

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

/// The first signal; the second ends the process at once.
#[derive(Debug)]
pub(crate) struct Signals {
    first: oneshot::Receiver<Signal>,
    hangups: mpsc::Receiver<()>,
}

impl Signals {
    /// Installs the handlers. (As process 1 the kernel ignores a signal without one.)
    ///
    /// They live in a thread of their own, where neither a long computation nor a write to a
    /// pipe that nobody reads can keep the second signal from ending the process.
    ///
    /// A daemon also ignores SIGHUP, and to end it is no failure; it ends within 5 s of the first
    /// signal, whatever holds it up.
    pub(crate) fn install(daemon: bool) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        // Room for one: to say it once for two that come together is enough.
        let (hung_up, hangups) = mpsc::channel(1);
        let mut listener = {
            let _inside = runtime.enter();
            Listener::install(daemon.then_some(hung_up))?
        };
        let (tell, first) = oneshot::channel();
        let listen = async move {
            // Where nobody listens any more, the process is about to end anyway.
            let _ = tell.send(listener.next().await);
            let exit_code = if daemon {
                tokio::select! {
                    _ = listener.next() => {}
                    () = sleep(END_MAX) => {}
                }
                Exit::Success
            } else {
                listener.next().await.into()
            };
            console::clear();
            exit(exit_code.code().into());
        };
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(listen))?;
        Ok(Self { first, hangups })
    }

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
        // The thread that tells ends with the process only.
        Err(_) => std::future::pending().await,
    }
}
