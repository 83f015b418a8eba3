//! SIGINT and SIGTERM, and what Windows has instead; SIGHUP where nobody is to be ended by it.

#[cfg_attr(unix, path = "signals/unix.rs")]
#[cfg_attr(windows, path = "signals/windows.rs")]
mod listener;

use std::io;
use std::process::exit;
use std::thread;

use tokio::runtime;
use tokio::sync::oneshot;

use crate::console;
use crate::exit::Exit;
use listener::Listener;

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
}

impl Signals {
    /// Installs the handlers. (As process 1 the kernel ignores a signal without one.)
    ///
    /// They live in a thread of their own, where neither a long computation nor a write to a
    /// pipe that nobody reads can keep the second signal from ending the process.
    ///
    /// A daemon also ignores SIGHUP, and to end it is no failure.
    pub(crate) fn install(daemon: bool) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let mut listener = {
            let _inside = runtime.enter();
            Listener::install(daemon)?
        };
        let (tell, first) = oneshot::channel();
        let listen = async move {
            // Where nobody listens any more, the process is about to end anyway.
            let _ = tell.send(listener.next().await);
            let second = listener.next().await;
            console::clear();
            exit(if daemon { Exit::Success } else { second.into() }.code().into());
        };
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(listen))?;
        Ok(Self { first })
    }

    /// Waits for the first signal.
    pub(crate) async fn first(&mut self) -> Signal {
        match (&mut self.first).await {
            Ok(signal) => signal,
            // The thread that tells ends with the process only.
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for the first signal, whichever it is.
    pub(crate) async fn ended(mut self) {
        self.first().await;
    }

    /// The first signal, if it has come.
    pub(crate) fn received(&mut self) -> Option<Signal> {
        self.first.try_recv().ok()
    }
}
