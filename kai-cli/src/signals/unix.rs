use std::io;

use tokio::signal::unix::{self, SignalKind};
use tracing::info;

use super::Signal;

pub(super) struct Listener {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hangup: Option<unix::Signal>,
}

impl Listener {
    /// Has to be called inside a runtime.
    pub(super) fn install(daemon: bool) -> io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hangup: daemon.then(|| unix::signal(SignalKind::hangup())).transpose()?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => return Signal::Interrupt,
                _ = self.terminate.recv() => return Signal::Terminate,
                () = hung_up(self.hangup.as_mut()) => {
                    info!("SIGHUP is ignored: credentials are read again by themselves, and a \
                           change of the configuration takes a restart");
                }
            }
        }
    }
}

async fn hung_up(hangup: Option<&mut unix::Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => std::future::pending().await,
    }
}
