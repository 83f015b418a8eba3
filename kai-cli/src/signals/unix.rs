use std::io;

use tokio::signal::unix::{self, SignalKind};

use super::Signal;

pub(super) struct Listener {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Listener {
    /// Has to be called inside a runtime.
    pub(super) fn install() -> io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}
